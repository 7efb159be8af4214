"""Who lost the line calls again and has the old turn; who hung up stands behind."""

from __future__ import annotations

import msgspec
import pytest

from ntpd112.core import messages as m
from ntpd112.core.records import CALL_BACK
from tests.core.driver import Board

LOST = 27
"""Q.850: destination out of order."""


def _waiting(*callers: str) -> Board:
    """Nobody is on duty, and these wait, each with a number of their own."""
    board = Board(on_duty=())
    for caller in callers:
        board.arrive(caller, ani=f"+6281{caller}")
        board.step(m.CallAnswered(caller))
        board.press("4", caller)
    return board


def _order(board: Board) -> list[str]:
    return [call.call_id for call in board.room.line.ordered()]


def _calls_again(board: Board, caller: str, of: str, key: str = "4") -> None:
    board.arrive(caller, ani=f"+6281{of}")
    board.step(m.CallAnswered(caller))
    board.press(key, caller)


def test_given_a_lost_line_when_the_caller_calls_again_then_the_turn_is_kept() -> None:
    board = _waiting("a", "b", "c")
    board.hang_up("a", LOST)
    assert CALL_BACK in board.record("a").notes
    board.tick(60)
    _calls_again(board, "a2", "a")
    assert _order(board) == ["a2", "b", "c"]
    assert board.call("a2").notes[0] == "called again after call a was lost, and kept its turn"


def test_given_everybody_lost_with_the_exchange_when_they_call_again_then_the_order_is_the_old_one() -> None:
    board = _waiting("a", "b", "c")
    board.step(m.LineSynced((), ()))
    for caller in ("c", "new", "b", "a"):
        _calls_again(board, f"{caller}2", caller)
    assert _order(board) == ["a2", "b2", "c2", "new2"]


def test_given_a_lost_conversation_when_the_caller_calls_again_then_nobody_is_before_them() -> None:
    board = Board(on_duty=("201",))
    board.arrive("a", ani="+6281a")
    board.step(m.CallAnswered("a"))
    board.press("4", "a")
    board.pick_up("201")
    _calls_again(board, "b", "b", key="5")
    board.hang_up("a", LOST)
    _calls_again(board, "a2", "a")
    assert _order(board) == ["a2", "b"]


def test_given_a_lost_line_when_the_caller_says_nothing_any_more_then_the_type_is_still_known() -> None:
    board = _waiting("a")
    board.hang_up("a", LOST)
    board.arrive("a2", ani="+6281a")
    call = board.call("a2")
    assert (call.type, call.priority) == ("ambulance", board.plan.types["ambulance"].priority)


def test_given_a_lost_line_when_its_type_is_no_longer_there_then_the_turn_is_kept_all_the_same() -> None:
    board = _waiting("a")
    board.hang_up("a", LOST)
    types = {name: kind for name, kind in board.plan.types.items() if name != "ambulance"}
    board.reload(msgspec.structs.replace(board.plan, types=types))
    board.arrive("a2", ani="+6281a")
    assert (board.call("a2").type, board.call("a2").turn) == (None, 1)


@pytest.mark.parametrize("cause", [16, 0, 17])
def test_given_a_caller_who_hung_up_when_they_call_again_then_they_stand_behind(cause: int) -> None:
    board = _waiting("a", "b")
    board.hang_up("a", cause)
    assert CALL_BACK not in board.record("a").notes
    _calls_again(board, "a2", "a")
    assert _order(board) == ["b", "a2"]


def test_given_a_lost_line_when_the_caller_calls_too_late_then_they_stand_behind() -> None:
    board = _waiting("a", "b")
    board.hang_up("a", LOST)
    board.tick(board.plan.redial_s + 1)
    _calls_again(board, "a2", "a")
    assert _order(board) == ["b", "a2"]


def test_given_a_number_that_lost_two_lines_then_the_better_turn_is_kept_once() -> None:
    board = _waiting("a", "b")
    _calls_again(board, "a2", "a")
    board.hang_up("a", LOST)
    board.hang_up("a2", LOST)
    _calls_again(board, "a3", "a")
    _calls_again(board, "a4", "a")
    assert _order(board) == ["a3", "b", "a4"]


def test_given_a_lost_line_without_a_number_then_nothing_is_kept_of_it() -> None:
    board = Board(on_duty=())
    board.arrive("a", ani=None)
    board.hang_up("a", LOST)
    assert board.record("a").notes == ()
    assert not board.room.lost


def test_what_is_kept_of_lost_lines_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ntpd112.core.redial._MOST_LOST", 2)
    board = _waiting("a", "b", "c")
    board.step(m.LineSynced((), ()))
    assert list(board.room.lost) == ["+6281b", "+6281c"]
