"""Joining the queue, keeping the turn there, and what the caller hears meanwhile."""

from __future__ import annotations

from ntpd112.core import messages as m
from tests.core.driver import START, Board
from tests.core.plans import make_plan

PATIENT = {"overflow": ()}


def test_with_a_phone_ringing_the_caller_is_being_connected() -> None:
    board = Board()
    board.queue()
    assert board.said() == [("connecting",)]
    assert board.played() == [m.StartMusic("c1")]


def test_with_everybody_busy_the_caller_is_asked_to_wait() -> None:
    board = Board(on_duty=("201",))
    board.talk("c1")
    board.queue("c2")
    assert board.said() == [("wait",)]


def test_with_nobody_on_duty_the_caller_is_told_so() -> None:
    board = Board(make_plan(queue=PATIENT), on_duty=())
    board.queue()
    assert board.said() == [("no_operator_yet",)]


def test_a_waiting_caller_is_comforted_at_the_pace_of_the_plan() -> None:
    board = Board(make_plan(queue={**PATIENT, "comfort_every_s": 20.0}), on_duty=())
    board.queue()
    board.played()
    assert board.tick(19.9) == []
    assert board.tick(0.1) == [m.Play("c1", "c1.p3", ("still_waiting",), "id")]
    board.played()
    assert len(board.tick(20.0)) == 1


def test_comfort_never_interrupts_a_prompt_that_still_plays() -> None:
    board = Board(make_plan(queue={**PATIENT, "comfort_every_s": 20.0}), on_duty=())
    board.queue()
    assert board.tick(20.0) == []
    board.played()
    assert board.tick(20.0) == [m.Play("c1", "c1.p3", ("still_waiting",), "id")]


def test_without_comfort_there_is_music_only() -> None:
    board = Board(make_plan(queue={**PATIENT, "comfort_every_s": 0.0}), on_duty=())
    board.queue()
    assert board.played() == [m.StartMusic("c1")]
    assert board.tick(3600.0) == []


def test_the_turn_goes_by_priority_and_then_by_arrival() -> None:
    board = Board(make_plan(queue=PATIENT), on_duty=())
    for call_id, key in (("c1", "0"), ("c2", "4"), ("c3", "0"), ("c4", "5"), ("c5", "4")):
        board.queue(call_id, key)
    assert board.line() == ["c4", "c2", "c5", "c1", "c3"]


def test_the_turn_goes_by_arrival_even_for_who_takes_longer_in_the_menu() -> None:
    board = Board(make_plan(queue=PATIENT), on_duty=())
    board.ask("c1")
    board.queue("c2", "0")
    board.press("0", "c1")
    assert board.line() == ["c1", "c2"]


def test_a_caller_whose_human_was_lost_stands_before_everybody_and_is_told() -> None:
    board = Board(on_duty=("201",))
    board.talk("c1", "0")
    board.queue("c2", "5")
    board.leave("201", cause=38)
    assert board.line() == ["c1", "c2"]
    assert board.call("c1").priority == -1
    assert board.said() == [("wait",)]
    board.hang_up("c1")
    assert board.record("c1").notes == ("201 was cut off, Q.850 38",)


def test_callers_who_were_cut_off_keep_their_order_among_each_other() -> None:
    board = Board(make_plan(("201", "202"), PATIENT), on_duty=("201", "202"))
    board.talk("c1")
    board.talk("c2")
    board.leave("202", cause=38)
    board.leave("201", cause=38)
    assert board.line() == ["c1", "c2"]


def test_the_overflow_chain_of_a_caller_who_was_cut_off_begins_anew() -> None:
    board = Board(on_duty=("201",))
    board.talk("c1")
    board.tick(600.0)
    board.leave("201", cause=38)
    assert board.ringing() == []
    board.tick(59.9)
    assert "neighbour" not in board.ringing()
    board.tick(0.1)
    assert board.ringing() == ["201", "neighbour"]


def test_the_record_keeps_when_the_queue_was_joined_first() -> None:
    board = Board()
    board.talk()
    board.tick(10.0)
    board.leave("201", cause=38)
    board.hang_up()
    assert board.record().queued_at == START


def test_the_comfort_of_a_caller_who_speaks_is_over() -> None:
    board = Board()
    board.talk()
    assert board.tick(3600.0) == []


def test_a_joining_caller_beyond_the_limit_of_the_queue_is_noted_and_keeps_the_turn() -> None:
    board = Board(make_plan(queue={"max_waiting": 1}), on_duty=("201",))
    board.talk("c1")
    board.queue("c2")
    board.queue("c3")
    assert board.call("c2").notes == []
    assert board.call("c3").notes == ["queue full on joining", "overflow: neighbour"]
    assert board.line() == ["c2", "c3"]


def test_skills_restrict_for_a_while_and_then_no_longer() -> None:
    board = Board(make_plan(queue=PATIENT), on_duty=("202", "203"))
    board.talk("c1", "5")
    board.queue("c2", "5")
    assert board.ringing("c2") == []
    board.tick(4.9)
    assert board.ringing("c2") == []
    board.tick(0.1)
    assert board.ringing("c2") == ["203"]


def test_skills_do_not_restrict_when_nobody_on_duty_has_them() -> None:
    board = Board(on_duty=("201", "203"))
    board.queue(key="5")
    assert board.ringing() == ["201"]


def test_a_caller_who_was_cut_off_is_for_anybody() -> None:
    board = Board(on_duty=("202", "203"))
    board.talk("c1", "5")
    board.leave("202", cause=38)
    assert board.ringing() == ["203"]


def test_the_time_of_skills_runs_on_while_a_phone_rings() -> None:
    board = Board(make_plan(queue={**PATIENT, "ring_s": 3.0}), on_duty=("202", "203"))
    board.queue(key="5")
    board.rings("202")
    board.tick(3.0)
    assert board.ringing() == []
    board.tick(2.0)
    assert board.ringing() == ["203"]
