"""One number with many calls: its further ones wait behind all others, or are refused; nobody else is kept out."""

from __future__ import annotations

import pytest

from ntpd112.core import messages as m
from ntpd112.core.fairness import BEHIND, REFUSED
from ntpd112.core.records import CALL_BACK
from tests.core.driver import Board
from tests.core.plans import make_plan


def room(*, refuse: bool = False) -> Board:
    """A room whose only operator is busy, where a number may have two calls."""
    board = Board(make_plan(calls_per_number=2, refuse_repeated=refuse, queue={"overflow": ()}), ("201",))
    comes(board, "c0", "+62899")
    board.pick_up("201")
    return board


def comes(board: Board, call_id: str, ani: str | None, key: str = "4") -> None:
    board.arrive(call_id, ani=ani)
    board.step(m.CallAnswered(call_id))
    board.press(key, call_id)


def test_the_calls_beyond_the_limit_wait_behind_all_others_whatever_they_are_about() -> None:
    board = room()
    for number in range(4):
        comes(board, f"x{number}", "+62811", "5")
    comes(board, "y", "+62812", "0")
    comes(board, "z", None, "0")
    assert board.line() == ["x0", "x1", "y", "z", "x2", "x3"]
    assert BEHIND in board.call("x2").notes
    assert BEHIND not in board.call("x1").notes


def test_a_key_pressed_while_waiting_lets_nobody_overtake_who_is_not_behind() -> None:
    board = room()
    for number in range(3):
        comes(board, f"x{number}", "+62811", "0")
    comes(board, "y", "+62812", "0")
    board.press("5", "x2")
    assert board.line() == ["x0", "x1", "y", "x2"]


def test_when_a_call_of_the_number_ends_the_next_one_behind_has_its_turn_back() -> None:
    board = room()
    for number in range(4):
        comes(board, f"x{number}", "+62811", "0")
    comes(board, "y", "+62812", "0")
    board.hang_up("x3")
    assert board.line() == ["x0", "x1", "y", "x2"]
    board.hang_up("x0")
    assert board.line() == ["x1", "x2", "y"]
    board.hang_up("y")
    board.hang_up("x1")
    assert board.line() == ["x2"]


def test_one_behind_that_is_still_in_the_menu_has_its_turn_back_too() -> None:
    board = room()
    for number in range(2):
        comes(board, f"x{number}", "+62811", "0")
    board.arrive("x2", ani="+62811")
    comes(board, "y", "+62812", "0")
    board.hang_up("x0")
    board.step(m.CallAnswered("x2"))
    board.press("0", "x2")
    assert board.line() == ["x1", "x2", "y"]


def test_callers_without_a_number_are_never_too_many() -> None:
    board = room(refuse=True)
    for number in range(5):
        comes(board, f"x{number}", None, "0")
    assert board.line() == [f"x{number}" for number in range(5)]


def test_without_a_limit_nobody_is_behind() -> None:
    board = Board(make_plan(queue={"overflow": ()}), ())
    for number in range(9):
        comes(board, f"x{number}", "+62811", "0")
    assert board.line() == [f"x{number}" for number in range(9)]


def test_a_caller_who_lost_the_line_is_not_behind_old_lines_that_nobody_has_missed_yet() -> None:
    board = room()
    for number in range(2):
        comes(board, f"x{number}", "+62811", "0")
    comes(board, "x2", "+62811", "0")
    board.hang_up("x1", cause=38)
    comes(board, "x3", "+62811", "0")
    assert not board.call("x3").behind


def test_a_caller_whose_operator_was_cut_off_is_first_even_from_behind() -> None:
    board = room()
    for number in range(3):
        comes(board, f"x{number}", "+62811", "0")
    board.set_presence("available", "202")
    assert board.ringing("x0") == ["202"]
    board.pick_up("202")
    board.set_presence("available", "203")
    board.pick_up("203")
    board.command("201", "end")
    board.gone("201")
    board.step(m.CallEnded("c0", 16, 0))
    board.tick(30.0)
    board.pick_up("201")
    assert board.call("x2").main is not None
    board.leave("201", 38)
    assert not board.call("x2").behind
    assert board.call("x2").priority == -1


def test_refused_calls_are_busy_and_on_record_and_on_no_list_of_lost_lines() -> None:
    board = room(refuse=True)
    for number in range(2):
        comes(board, f"x{number}", "+62811", "0")
    board.arrive("x2", ani="+62811")
    assert board.actions == [
        m.RaiseAlarm("caller_repeats", "a number has 2 calls here and calls again; it gets 486", "x2", ""),
        m.EndCall("x2", busy=True),
    ]
    board.step(m.CallEnded("x2", 17, 486))
    record = board.record("x2")
    assert (record.outcome, record.side, record.cause, record.stage) == ("failed", "us", REFUSED, "arriving")
    assert CALL_BACK not in record.notes
    board.arrive("y", ani="+62812")
    assert board.actions == [m.Answer("y")]


def test_a_refusal_that_the_exchange_does_not_confirm_is_asked_for_again() -> None:
    board = room(refuse=True)
    for number in range(2):
        comes(board, f"x{number}", "+62811", "0")
    board.arrive("x2", ani="+62811")
    assert m.EndCall("x2", busy=True) in board.tick(5.0)
    board.tick(5.0)
    assert board.record("x2").cause == REFUSED


@pytest.mark.parametrize("refuse", [False, True])
def test_the_first_calls_of_a_number_are_served_as_any_other(refuse: bool) -> None:
    board = Board(make_plan(calls_per_number=2, refuse_repeated=refuse), ("201", "202"))
    comes(board, "x0", "+62811")
    comes(board, "x1", "+62811")
    assert (board.ringing("x0"), board.ringing("x1")) == (["201"], ["202"])


def test_a_call_behind_is_answered_all_the_same_when_somebody_is_free() -> None:
    board = Board(make_plan(calls_per_number=1), ("201", "202"))
    comes(board, "x0", "+62811")
    comes(board, "x1", "+62811")
    assert board.ringing("x1") == ["202"]


# rooms that overflow to each other, when the network drops the header that tells


def test_a_destination_rings_once_at_a_time_for_one_number_and_the_next_one_rings_instead() -> None:
    board = Board(on_duty=())
    comes(board, "c1", "+62811")
    comes(board, "c2", "+62811")
    assert (board.ringing("c1"), board.ringing("c2")) == (["neighbour"], ["mobile"])
    assert [alarm for alarm in board.log if isinstance(alarm, m.RaiseAlarm) and alarm.kind == "overflow_loop"]


@pytest.mark.parametrize("anis", [("+62811", "+62812"), (None, None)])
def test_different_callers_and_callers_without_a_number_ring_the_same_destination(anis: tuple[str | None, ...]) -> None:
    board = Board(on_duty=())
    for call_id, ani in zip(("c1", "c2"), anis, strict=True):
        comes(board, call_id, ani)
    assert (board.ringing("c1"), board.ringing("c2")) == (["neighbour"], ["neighbour"])


def test_when_every_destination_rings_for_the_same_number_the_chain_is_tried_again_later() -> None:
    board = Board(on_duty=())
    for call_id in ("c1", "c2", "c3"):
        comes(board, call_id, "+62811")
    assert (board.ringing("c3"), board.call("c3").state) == ([], "waiting")
    board.tick(30.0)
    assert board.call("c3").ringing, "whoever waits is rung for in the end"
    alarms = [alarm for alarm in board.log if isinstance(alarm, m.RaiseAlarm) and alarm.call_id == "c3"]
    assert [alarm.kind for alarm in alarms].count("overflow_loop") == 2


@pytest.mark.parametrize("status", [482, 483])
def test_a_room_that_has_the_caller_already_is_a_loop(status: int) -> None:
    board = Board(on_duty=())
    board.queue()
    board.leave("neighbour", 0, status)
    assert board.ringing() == ["mobile"]
    assert "overflow_loop" in [alarm.kind for alarm in board.log if isinstance(alarm, m.RaiseAlarm)]
