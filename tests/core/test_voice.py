"""Voices that are not heard, and phones that hang up although nobody need have meant it."""

from __future__ import annotations

import pytest

from ntpd112.core import messages as m
from ntpd112.core.phone_events import LegHeld
from ntpd112.core.view import view
from tests.core.driver import Board
from tests.core.talks import consulting, talking

# voices that are not heard


def _silent(board: Board, leg_id: str = "", silent_s: float = 10.0) -> list[m.Action]:
    return board.step(m.VoiceChanged("c1", leg_id, silent_s))


def _unheard(board: Board) -> tuple[str, ...]:
    (call,) = view(board.room, board.now).calls
    return call.unheard


def test_a_caller_who_is_not_heard_is_shown_alarmed_and_noted_and_nothing_else_changes() -> None:
    board = talking()
    actions = _silent(board)
    (alarm,) = board.all(m.RaiseAlarm)
    assert (actions, alarm.kind, alarm.call_id, alarm.operator) == ([alarm], "one_way_audio", "c1", "")
    assert "from the caller for 10 s" in alarm.text
    assert "trunk mobile" in alarm.text
    assert (_unheard(board), board.call().state) == (("",), "talking")
    board.hang_up()
    assert board.record().notes == ("no sound came from the caller for 10 s",)


def test_an_operator_who_is_not_heard_is_named() -> None:
    board = talking()
    _silent(board, "c1.l1", 12.0)
    (alarm,) = board.all(m.RaiseAlarm)
    assert (alarm.kind, alarm.operator) == ("one_way_audio", "201")
    assert "from 201 for 12 s" in alarm.text
    assert _unheard(board) == ("201",)


def test_a_phone_on_hold_is_no_alarm() -> None:
    board = talking()
    board.step(LegHeld("c1.l1", True))
    assert _silent(board, "c1.l1") == []
    assert _unheard(board) == ("201",)


def test_a_third_party_who_is_not_heard_is_named() -> None:
    board = consulting()
    assert board.call().third is not None
    _silent(board, board.leg("damkar").leg_id)
    assert _unheard(board) == ("damkar",)
    board.leave("damkar")
    assert _unheard(board) == ()


def test_it_is_told_once_until_the_voice_is_heard_again() -> None:
    board = talking()
    _silent(board)
    assert _silent(board, silent_s=20.0) == []
    assert _silent(board, silent_s=0.0) == []
    assert _unheard(board) == ()
    assert _silent(board, silent_s=0.0) == []
    _silent(board, silent_s=15.0)
    assert board.alarms() == ["one_way_audio"]
    board.hang_up()
    assert board.record().notes == (
        "no sound came from the caller for 10 s",
        "the caller was heard again",
        "no sound came from the caller for 15 s",
    )


def test_somebody_who_speaks_with_nobody_is_not_missed() -> None:
    board = Board()
    board.queue()
    assert _silent(board) == []
    assert _unheard(board) == ()


@pytest.mark.parametrize("event", [m.VoiceChanged("c2", "", 10.0), m.VoiceChanged("c1", "c1.l9", 10.0)])
def test_the_voice_of_somebody_unknown_changes_nothing(event: m.Event) -> None:
    board = talking()
    assert board.step(event) == []
    assert _unheard(board) == ()


def test_a_voice_that_comes_back_after_its_leg_has_ended_changes_nothing() -> None:
    board = talking()
    _silent(board, "c1.l1")
    board.leave("201", cause=38)
    assert _silent(board, "c1.l1", 0.0) == []
    assert _unheard(board) == ()


# ends that nobody need have meant


@pytest.mark.parametrize("soft", ["no sound had come from it for 8 s", "its registration had ended"])
def test_a_caller_whose_operators_phone_ended_by_itself_is_kept_first_in_line(soft: str) -> None:
    board = talking()
    board.queue("c2")
    board.tick(20.0)
    board.leave("201", soft=soft)
    (alarm,) = board.all(m.RaiseAlarm)
    assert (alarm.kind, alarm.operator) == ("phone_left_softly", "201")
    assert soft in alarm.text
    assert board.all(m.EndCall) == []
    assert (board.call().state, board.call().priority) in [("ringing", -1), ("waiting", -1)]
    board.hang_up()
    record = board.record()
    assert record.notes == (f"201 left, but {soft}",)
    assert (record.outcome, record.side, record.operator) == ("answered", "caller", "201")


def test_a_caller_on_hold_is_kept_however_the_operators_phone_ends() -> None:
    board = talking()
    board.command("201", "hold")
    board.leave("201")
    assert (board.all(m.EndCall), board.call().priority) == ([], -1)


def test_an_operator_who_was_told_to_leave_leaves_whatever_the_phone_says() -> None:
    board = talking()
    board.command("201", "end")
    board.step(m.LegEnded("c1.l1", 16, 0, "it was not heard"))
    assert board.alarms() == []
    board.hang_up()
    assert (board.record().side, board.record().cause) == ("operator", "201 hung up")


def test_a_supervisor_who_had_joined_goes_on_when_the_operators_phone_ends_by_itself() -> None:
    board = talking()
    board.command("203", "barge", "201")
    board.pick_up("203")
    board.leave("201", soft="it was not heard")
    assert board.call().main is board.leg("203")
    assert board.all(m.EndCall) == []
