"""While humans speak: whoever leaves, the caller is never left alone."""

from __future__ import annotations

import pytest

from ntpd112.core import messages as m
from ntpd112.core.call import Contact
from tests.core.driver import START, Board
from tests.core.plans import make_plan
from tests.core.talks import PATIENT, consulting, parties, talking

# joining


def test_the_operator_who_answers_is_joined_with_the_caller_and_an_incident_opened() -> None:
    board = Board()
    board.queue(key="5")
    board.tick(3.0)
    actions = board.pick_up("202")
    assert [type(action) for action in actions] == [m.SaveIncident, m.SetParties]
    assert parties(board) == m.SetParties("c1", True, ("c1.l1",))
    assert board.call().state == "talking"
    assert board.call().contact == Contact(START + 3, "202")


def test_an_operator_who_hangs_up_ends_the_call() -> None:
    board = talking()
    board.tick(60.0)
    assert board.leave("201") == [m.EndCall("c1")]
    board.hang_up()
    record = board.record()
    assert (record.outcome, record.stage, record.side, record.cause) == (
        "answered",
        "talking",
        "operator",
        "201 hung up",
    )
    assert board.tick(3600.0) == []


@pytest.mark.parametrize("cause", [0, 18, 27, 31, 38, 44, 127])
def test_an_operator_who_is_cut_off_is_replaced_by_the_next_at_once(cause: int) -> None:
    board = talking()
    board.leave("201", cause)
    assert board.alarms() == ["human_cut_off"]
    assert board.ringing() == ["202"]
    assert board.said() == [("connecting",)]
    board.pick_up("202")
    assert parties(board) == m.SetParties("c1", True, ("c1.l2",))
    board.hang_up()
    assert board.record().operator == "201"
    assert [(offer.target, offer.result) for offer in board.record().offers] == [
        ("201", "answered"),
        ("202", "answered"),
    ]


def test_a_caller_who_was_cut_off_and_joined_again_reports_one_incident() -> None:
    board = talking()
    board.leave("201", cause=38)
    board.pick_up("202")
    assert len(board.ever(m.SaveIncident)) == 1


def test_a_caller_who_hangs_up_ends_the_operators_leg() -> None:
    board = talking()
    board.hang_up()
    assert board.all(m.DropLeg) == [m.DropLeg("c1.l1", "c1")]
    assert board.operator("201").activity(board.now) == "talking"
    board.gone("201")
    assert board.operator("201").activity(board.now) == "wrap_up"


# a join that the exchange refuses


def test_a_join_that_fails_brings_the_caller_back_to_the_head_of_the_queue_as_if_nobody_had_answered() -> None:
    board = talking()
    board.step(m.ActionFailed("c1", "", "SetParties", "no bridge"))
    assert board.all(m.DropLeg) == [m.DropLeg("c1.l1", "c1")]
    assert board.alarms() == ["join_failed"]
    assert (board.ringing(), board.call().priority) == (["202"], -1)
    assert board.call().contact == Contact()
    board.gone("201")
    assert board.operator("201").calls == 0
    board.tick(5.0)
    board.pick_up("202")
    board.hang_up()
    record = board.record()
    assert (record.operator, record.connected_at) == ("202", START + 5)
    assert [offer.result for offer in record.offers] == ["withdrawn", "answered"]
    assert record.notes == ("SetParties failed: no bridge", "join failed: no bridge")


def test_a_hold_that_fails_does_not_undo_that_they_spoke() -> None:
    board = talking()
    board.tick(300.0)
    board.command("201", "hold")
    board.step(m.ActionFailed("c1", "", "SetParties", "timeout"))
    assert board.call().contact == Contact(START, "201")
    board.gone("201")
    assert board.operator("201").calls == 1
    board.hang_up()
    assert board.record().outcome == "answered"


def test_a_transfer_whose_join_fails_is_no_transfer() -> None:
    board = talking()
    board.command("201", "blind", "damkar")
    board.pick_up("damkar")
    board.step(m.ActionFailed("c1", "", "SetParties", "timeout"))
    assert board.call().contact == Contact(START, "201")
    assert board.call().state == "ringing"


def test_a_consultation_whose_join_fails_lets_both_go_and_brings_the_caller_back() -> None:
    board = consulting()
    board.step(m.ActionFailed("c1", "", "SetParties", "timeout"))
    assert [drop.leg_id for drop in board.all(m.DropLeg)] == ["c1.l1", "c1.l2"]
    assert (board.call().main, board.call().third) == (None, None)
    assert board.ringing() == ["202"]


def test_other_failures_and_failures_without_a_human_are_noted_only() -> None:
    board = Board(make_plan(queue=PATIENT), on_duty=())
    board.queue()
    assert board.step(m.ActionFailed("c1", "", "SetParties", "late"), m.ActionFailed("c1", "", "StartMusic", "x")) == []
    assert board.step(m.ActionFailed("unknown", "", "Answer", "x")) == []
    assert board.call().notes[-2:] == ["SetParties failed: late", "StartMusic failed: x"]


# hold and mute


def test_hold_lets_the_caller_hear_music_and_takes_back() -> None:
    board = talking()
    board.command("201", "hold")
    assert parties(board) == m.SetParties("c1", False, ("c1.l1",))
    assert board.call().state == "on_hold"
    board.command("201", "hold")
    assert parties(board) == m.SetParties("c1", True, ("c1.l1",))


def test_an_operator_who_hangs_up_on_hold_leaves_the_caller_to_the_next() -> None:
    board = talking()
    board.command("201", "hold")
    board.leave("201")
    assert board.all(m.EndCall) == []
    assert board.ringing() == ["202"]
    assert board.call().notes == ["201 left while the caller was on hold"]


def test_mute_is_for_the_operators_leg_and_toggles() -> None:
    board = talking()
    assert board.command("201", "mute") == [m.MuteLeg("c1.l1", "c1", True)]
    assert board.command("201", "mute") == [m.MuteLeg("c1.l1", "c1", False)]


def test_an_operator_ends_the_call_by_command_as_by_hanging_up() -> None:
    board = talking()
    board.command("201", "end")
    assert [type(action) for action in board.actions] == [m.DropLeg, m.EndCall]
    board.gone("201")
    assert board.operator("201").activity(board.now) == "wrap_up"
    board.hang_up()
    record = board.record()
    assert (record.side, record.cause, record.outcome) == ("operator", "201 hung up", "answered")


def test_nobody_is_ended_by_command_who_is_on_hold_or_while_somebody_else_is_asked() -> None:
    board = talking()
    board.command("201", "hold")
    assert board.command("201", "end") == []
    assert consulting().command("201", "end") == []
