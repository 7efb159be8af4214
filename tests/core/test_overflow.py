"""The overflow chain: what else is tried, in which order, and that the caller keeps the turn meanwhile."""

from __future__ import annotations

from ntpd112.core import messages as m
from ntpd112.core.plan import CallDestination, OverflowStep, RingAll
from tests.core.driver import Board
from tests.core.plans import make_plan


def busy() -> Board:
    """A room whose only operator on duty speaks, with one caller waiting for a medical operator."""
    board = Board(on_duty=("202",))
    board.talk("c0", "5")
    board.queue("c1", "5")
    return board


def test_the_links_are_taken_in_their_order_at_their_times() -> None:
    board = busy()
    board.tick(20.0)
    assert not board.call("c1").skills_matter
    assert not board.call("c1").ring_all
    board.tick(20.0)
    assert board.call("c1").ring_all
    assert board.ringing("c1") == []
    board.tick(20.0)
    assert board.ringing("c1") == ["neighbour"]
    assert board.all(m.Ring) == [m.Ring("c1.l1", "c1", "", "0212345678", "landline", "+62811", "medical", 30.0)]


def test_any_operator_lifts_the_restriction_to_skills() -> None:
    board = Board(make_plan(queue={"skill_wait_s": 60.0}), on_duty=("202",))
    board.talk("c0", "5")
    board.queue("c1", "5")
    board.set_presence("available", "203")
    assert board.ringing("c1") == []
    board.tick(20.0)
    assert board.ringing("c1") == ["203"]


def test_the_link_ring_all_rings_everybody_who_becomes_available() -> None:
    board = busy()
    board.tick(40.0)
    board.set_presence("available", "201")
    board.set_presence("available", "203")
    assert board.ringing("c1") == ["201", "203"]


def test_the_link_ring_all_lets_others_join_a_ring_that_goes_on() -> None:
    board = Board(make_plan(queue={"ring_s": 50.0, "overflow": (OverflowStep(10, RingAll()),)}), ("201",))
    board.queue("c1")
    board.queue("c2")
    board.hang_up("c2")
    board.tick(10.0)
    board.set_presence("available", "202")
    assert board.ringing("c1") == ["201", "202"]


def test_a_number_outside_that_fails_is_followed_by_the_next_at_once() -> None:
    board = busy()
    board.tick(60.0)
    board.leave("neighbour", 17, 486)
    assert board.ringing("c1") == ["mobile"]
    assert board.call("c1").notes[-2:] == ["overflow: neighbour", "overflow: mobile"]


def test_a_number_outside_that_does_not_answer_is_followed_by_the_next() -> None:
    board = busy()
    board.tick(60.0)
    board.rings("neighbour")
    board.tick(30.0)
    assert board.ringing("c1") == ["mobile"]
    assert [offer.result for offer in board.call("c1").offers] == ["no_answer"]


def test_when_all_numbers_outside_have_failed_they_are_tried_again_after_a_pause() -> None:
    board = busy()
    board.tick(60.0)
    board.leave("neighbour", 17)
    board.leave("mobile", 17)
    assert (board.ringing("c1"), board.call("c1").state) == ([], "waiting")
    board.tick(29.9)
    assert board.ringing("c1") == []
    board.tick(0.1)
    assert board.ringing("c1") == ["neighbour"]


def test_a_link_outside_that_comes_due_while_another_rings_or_all_have_failed_changes_nothing() -> None:
    board = Board(on_duty=())
    board.queue()
    board.leave("neighbour", 17)
    board.leave("mobile", 17)
    board.step(m.CallEnded("x", 16, 0))
    assert board.ringing() == []
    board.tick(29.0)
    board.tick(1.0)
    assert board.ringing() == ["neighbour"]
    board.tick(30.0)
    assert board.ringing() == ["mobile"]


def test_the_caller_keeps_the_turn_while_a_number_outside_rings() -> None:
    board = busy()
    board.queue("c2", "4")
    board.tick(60.0)
    assert board.line() == ["c1", "c2"]
    board.set_presence("available", "203")
    assert board.ringing("c1") == ["neighbour", "203"]


def test_the_number_outside_that_answers_first_has_the_call() -> None:
    board = busy()
    board.tick(60.0)
    board.set_presence("available", "203")
    board.pick_up("neighbour")
    assert board.all(m.CancelRing) == [m.CancelRing("c1.l2", "c1", "answered_elsewhere")]
    assert board.all(m.SetParties) == [m.SetParties("c1", True, ("c1.l1",))]
    assert board.all(m.SaveIncident) == []
    board.tick(30.0)
    board.leave("neighbour")
    board.hang_up("c1")
    record = board.record("c1")
    assert (record.outcome, record.operator, record.destination) == ("overflowed", None, "neighbour")
    assert (record.side, record.cause) == ("operator", "neighbour hung up")


def test_the_operator_who_answers_first_has_the_call() -> None:
    board = busy()
    board.tick(60.0)
    board.set_presence("available", "203")
    board.pick_up("203")
    assert board.all(m.CancelRing) == [m.CancelRing("c1.l1", "c1", "answered_elsewhere")]
    board.hang_up("c1")
    assert (board.record("c1").outcome, board.record("c1").destination) == ("answered", None)


def test_a_caller_whom_an_operator_takes_is_not_sent_outside_later() -> None:
    board = busy()
    board.tick(50.0)
    board.set_presence("available", "203")
    board.pick_up("203")
    assert board.tick(600.0) == []


# nobody there, or too many


def test_with_nobody_on_duty_the_numbers_outside_are_rung_at_once_with_an_alarm() -> None:
    board = Board(on_duty=())
    board.queue()
    assert board.ringing() == ["neighbour"]
    assert board.all(m.RaiseAlarm) == [m.RaiseAlarm("nobody_on_duty", "a caller waits and nobody is on duty", "c1", "")]
    assert board.call().notes == ["nobody on duty", "overflow: neighbour"]
    assert board.said() == [("connecting",)]


def test_with_nobody_on_duty_and_no_number_outside_the_caller_waits_with_an_alarm() -> None:
    board = Board(make_plan(queue={"overflow": (OverflowStep(10, RingAll()),)}), on_duty=())
    board.queue()
    assert board.alarms() == ["nobody_on_duty"]
    assert (board.call().state, board.line()) == ("waiting", ["c1"])


def test_when_the_last_operator_leaves_everybody_who_waits_is_sent_outside() -> None:
    board = Board(on_duty=("201",))
    board.talk("c0")
    board.queue("c1", "0")
    board.arrive("c2", ani="+62812")
    board.step(m.CallAnswered("c2"))
    board.press("5", "c2")
    board.set_presence("on_break", "201")
    assert [ring.call_id for ring in board.all(m.Ring)] == ["c2", "c1"]
    assert board.alarms() == ["nobody_on_duty", "nobody_on_duty"]


def test_when_the_phone_of_the_last_operator_is_lost_its_caller_is_sent_outside() -> None:
    board = Board(on_duty=("201",))
    board.queue()
    board.phone("201", "unreachable")
    assert board.ringing() == ["neighbour"]


def test_an_operator_who_logs_in_while_a_number_outside_rings_is_rung_too() -> None:
    board = Board(on_duty=())
    board.queue()
    board.set_presence("available", "201")
    assert board.ringing() == ["neighbour", "201"]


def test_a_caller_who_finds_the_queue_full_takes_the_numbers_outside_at_once() -> None:
    board = Board(make_plan(queue={"max_waiting": 1}), on_duty=("201",))
    board.talk("c0")
    board.queue("c1")
    assert board.ringing("c1") == []
    board.queue("c2")
    assert board.ringing("c2") == ["neighbour"]
    assert board.alarms() == []


def test_a_caller_who_was_cut_off_does_not_count_as_one_who_found_the_queue_full() -> None:
    board = Board(make_plan(queue={"max_waiting": 1}), on_duty=("201",))
    board.talk("c0")
    board.queue("c1")
    board.queue("c2")
    board.pick_up("neighbour")
    board.tick(30.0)
    board.leave("neighbour", cause=38)
    assert (board.line(), board.ringing("c2")) == (["c2", "c1"], [])


def test_the_numbers_outside_of_a_chain_are_tried_in_its_order() -> None:
    chain = (OverflowStep(5, CallDestination("mobile")), OverflowStep(9, CallDestination("damkar")))
    board = Board(make_plan(queue={"overflow": chain}), on_duty=())
    board.queue()
    board.leave("mobile", 17)
    assert board.ringing() == ["damkar"]
