"""Another controller goes on: what the exchange has, what is asked again, and nobody pays for the time between."""

from __future__ import annotations

import pytest

from ntpd112.core import messages as m
from tests.core.driver import Board
from tests.core.plans import make_plan

PATIENT = {"overflow": ()}


def resume(
    board: Board,
    *,
    gone: tuple[str, ...] = (),
    elsewhere: tuple[str, ...] = (),
    paired: tuple[str, ...] = (),
    answered: tuple[str, ...] = (),
) -> list[m.Action]:
    """Let another controller go on, with everything alive but what is ``gone``."""
    calls = tuple(call for call in board.room.calls if call not in (*gone, *elsewhere))
    legs = tuple(leg for leg in board.room.legs if leg not in gone)
    return board.step(m.ServiceResumed(calls, elsewhere, paired, legs, answered))


def test_an_arriving_call_is_answered_once_more_and_has_its_time_for_that() -> None:
    board = Board()
    board.arrive()
    board.now += 60.0
    assert m.Answer("c1") in resume(board)
    assert board.call().state == "arriving"
    assert board.tick(2.9) == []


def test_a_call_that_is_gone_has_its_record() -> None:
    board = Board(make_plan(queue=PATIENT), on_duty=())
    board.queue()
    resume(board, gone=("c1",))
    record = board.record()
    assert (record.outcome, record.side) == ("failed", "network")


def test_a_call_that_is_in_the_fallback_counts_as_given_back() -> None:
    board = Board(make_plan(queue=PATIENT), on_duty=())
    board.queue()
    resume(board, elsewhere=("c1",))
    record = board.record()
    assert (record.outcome, record.stage, record.side) == ("overflowed", "fallback", "us")


def test_a_caller_who_hears_somebody_unknown_is_left_alone() -> None:
    board = Board()
    board.queue()
    resume(board, paired=("c1",))
    record = board.record()
    assert record.cause == "speaks with somebody of whom the journal does not know"
    assert [offer.result for offer in record.offers] == ["withdrawn"]


def test_a_waiting_caller_hears_music_again_and_keeps_turn_and_clock() -> None:
    board = Board(make_plan(queue=PATIENT), on_duty=())
    board.queue("c1")
    board.queue("c2", "5")
    for call_id in ("c1", "c2"):
        board.played(call_id)
    queued_at = board.call().queued_at
    board.now += 60.0
    actions = resume(board)
    assert [action for action in actions if isinstance(action, m.StartMusic)] == [
        m.StartMusic("c1"),
        m.StartMusic("c2"),
    ]
    assert board.line() == ["c2", "c1"]
    assert board.call().queued_at == queued_at


def test_a_prompt_that_may_still_play_is_not_disturbed() -> None:
    board = Board(make_plan(queue=PATIENT), on_duty=())
    board.queue()
    assert not [action for action in resume(board) if isinstance(action, m.StartMusic | m.Play)]


def test_a_phone_that_rings_goes_on_ringing() -> None:
    board = Board(on_duty=("201",))
    board.queue()
    resume(board)
    assert board.ringing() == ["201"]
    assert not board.all(m.Ring)


def test_a_phone_that_does_not_ring_any_more_is_not_blamed_and_rung_again() -> None:
    board = Board(on_duty=("201", "202"))
    board.queue()
    resume(board, gone=("c1.l1",))
    assert [ring.operator for ring in board.all(m.Ring)] == ["201"]


def test_a_phone_that_was_picked_up_meanwhile_has_the_caller_although_its_time_was_over() -> None:
    board = Board(on_duty=("201",))
    board.queue()
    board.now += 600.0
    assert m.SetParties("c1", True, ("c1.l1",)) in resume(board, answered=("c1.l1",))
    assert board.call().state == "talking"


@pytest.mark.parametrize("after_s", [0.0, 0.1, 3.0])
def test_who_heard_nobody_and_hangs_up_just_when_the_caller_comes_ends_no_line(after_s: float) -> None:
    board = Board(on_duty=("201",))
    board.queue()
    board.queue("c2")
    board.now += 5.0
    resume(board, answered=("c1.l1",))
    board.tick(after_s)
    board.leave("201")
    assert board.all(m.EndCall) == []
    assert board.alarms() == ["phone_left_softly"]
    board.tick(board.operator("201").plan.wrap_up_s)
    assert board.ringing("c1") == ["201"]
    assert board.ringing("c2") == []


def test_who_heard_nobody_and_then_the_caller_for_a_while_may_end_the_line() -> None:
    board = Board(on_duty=("201",))
    board.queue()
    resume(board, answered=("c1.l1",))
    board.tick(3.1)
    board.leave("201")
    assert board.all(m.EndCall) == [m.EndCall("c1")]


@pytest.mark.parametrize(("paired", "ended"), [((), []), (("c1",), [m.EndCall("c1")])])
def test_who_was_joined_by_the_other_in_word_only_ends_no_line_at_once(
    paired: tuple[str, ...], ended: list[m.Action]
) -> None:
    board = Board(on_duty=("201",))
    board.talk()
    resume(board, paired=paired)
    board.tick(1.0)
    board.leave("201")
    assert board.all(m.EndCall) == ended


def test_a_conversation_is_joined_again_and_who_was_mute_stays_so() -> None:
    board = Board(on_duty=("201",))
    board.talk()
    board.command("201", "mute")
    actions = resume(board)
    assert m.SetParties("c1", True, ("c1.l1",)) in actions
    assert m.MuteLeg("c1.l1", "c1", on=True) in actions
    assert m.StartRecording("c1", "c1") in actions


def test_a_recording_that_is_known_is_not_asked_for_again() -> None:
    board = Board()
    board.greet()
    board.step(m.RecordingStarted("c1", "c1.wav"))
    assert not [action for action in resume(board) if isinstance(action, m.StartRecording)]


def test_a_consultation_stays_one() -> None:
    board = Board(on_duty=("201", "202"))
    operator = board.talk()
    board.command(operator, "warm", "202" if operator == "201" else "201")
    resume(board)
    assert board.call().state == "consulting"
    assert board.all(m.SetParties) == [m.SetParties("c1", False, ("c1.l1",))]


def test_an_operator_who_is_gone_ends_the_conversation_as_the_network_would() -> None:
    board = Board(on_duty=("201",))
    board.talk()
    resume(board, gone=("c1.l1",))
    assert board.call().state == "waiting"
    assert "human_cut_off" in board.alarms()


def test_a_line_that_a_human_ended_is_ended_again() -> None:
    board = Board(on_duty=("201",))
    board.talk()
    board.leave("201")
    assert m.EndCall("c1") in resume(board)


def test_a_call_on_its_way_to_the_fallback_is_sent_there_again() -> None:
    board = Board()
    board.arrive()
    board.step(m.ActionFailed("c1", "", "Answer", "refused"))
    assert m.GiveBack("c1") in resume(board)


def test_a_phone_that_was_told_to_stop_ringing_is_told_again() -> None:
    board = Board(on_duty=("201",))
    board.queue()
    board.set_presence("on_break", "201")
    assert m.CancelRing("c1.l1", "c1", "withdrawn") in resume(board)


def test_the_exchange_hears_everybodys_presence_again() -> None:
    board = Board(on_duty=("201",))
    assert {action.operator: action.presence for action in resume(board) if isinstance(action, m.ShowPresence)} == {
        "201": "available",
        "202": "logged_out",
        "203": "logged_out",
    }


def test_after_a_planned_stop_calls_are_taken_again() -> None:
    board = Board()
    board.step(m.ServiceStopping())
    resume(board)
    board.arrive()
    assert board.all(m.Answer) == [m.Answer("c1")]
