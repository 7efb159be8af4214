from __future__ import annotations

import pytest

from ntpd112.core import messages as m
from ntpd112.core import phone_events as p
from ntpd112.core.snapshot import restore, take
from ntpd112.core.switchboard import Switchboard
from ntpd112.core.view import view
from tests.core.driver import Board
from tests.core.plans import make_plan

PAUSE_S = make_plan().decline_pause_s
ALONE = make_plan(queue={"overflow": ()})


def does(board: Board, operator: str) -> str:
    return next(seen.phone_does for seen in view(board.room, board.now).operators if seen.operator == operator)


# forwards


@pytest.mark.parametrize("status", [300, 301, 302, 305, 380])
def test_a_phone_that_forwards_its_call_has_declined_it_and_somebody_is_told_once(status: int) -> None:
    board = Board(on_duty=("201", "202"))
    board.queue()
    board.leave("201", 23, status)
    assert board.ringing() == ["202"]
    assert board.alarms() == ["phone_forwards"]
    assert does(board, "201") == "forwards"
    board.set_presence("logged_out", "202")
    board.gone("202")
    board.tick(PAUSE_S)
    board.leave("201", 23, status)
    assert board.alarms() == []
    board.hang_up()
    record = board.record()
    assert [offer.result for offer in record.offers if offer.target == "201"] == ["declined", "declined"]
    assert "201's phone forwards its calls: not followed" in record.notes
    assert board.operator("201").presence == "available"


def test_a_phone_that_answers_again_forwards_no_more() -> None:
    board = Board(on_duty=("201",))
    board.queue()
    board.leave("201", 23, 302)
    board.tick(PAUSE_S)
    board.pick_up("201")
    assert does(board, "201") == ""


def test_a_forward_that_comes_when_the_caller_has_gone_is_told_all_the_same() -> None:
    board = Board(on_duty=("201",))
    board.queue()
    board.hang_up()
    board.step(m.LegEnded("c1.l1", 23, 302))
    assert board.alarms() == ["phone_forwards"]


@pytest.mark.parametrize("first", [True, False])
def test_where_a_phone_forwards_to_stands_on_the_record_whichever_is_told_first(first: bool) -> None:
    board = Board(on_duty=("201",))
    board.queue()
    told = p.LegForwarded("c1.l1", "0811223344")
    if first:
        board.step(told)
    board.leave("201", 23, 302)
    board.step(told, told, p.LegForwarded("c1.l9", "112"))
    board.hang_up()
    assert board.record().notes.count("201's phone forwards to 0811223344: not followed") == 1


def test_a_destination_that_forwards_has_refused_and_the_next_is_rung() -> None:
    board = Board(on_duty=())
    board.queue()
    board.step(p.LegForwarded(board.leg("neighbour").leg_id, "sip:elsewhere"))
    board.leave("neighbour", 23, 302)
    assert board.alarms() == ["destination_refused"]
    assert board.ringing() == ["mobile"]
    board.hang_up()
    record = board.record()
    assert record.offers[0].result == "refused"
    assert "neighbour: 302 forwards the call elsewhere" in record.notes


# transfers


def talking(*others: str) -> Board:
    board = Board(ALONE, on_duty=("201", *others))
    board.talk()
    return board


def asks(board: Board, target: str = "112") -> None:
    board.step(p.LegTransferAsked(board.leg("201").leg_id, target))


def test_a_transfer_by_the_phone_rings_nobody_and_is_told_once() -> None:
    board = talking("202")
    asks(board)
    assert board.alarms() == ["phone_transfer_refused"]
    assert board.all(m.Ring) == []
    assert does(board, "201") == "transfers"
    asks(board, "202")
    assert board.alarms() == []
    assert board.call().state == "talking"


@pytest.mark.parametrize("after_s", [0.0, 3.0, 9.9])
def test_a_hang_up_soon_after_a_refused_transfer_puts_the_caller_first_in_line(after_s: float) -> None:
    board = talking()
    board.queue("c2")
    asks(board)
    board.tick(after_s)
    board.leave("201")
    assert board.alarms() == ["phone_left_softly"]
    assert board.call().state in {"waiting", "ringing"}
    board.tick(board.operator("201").plan.wrap_up_s)
    assert board.ringing("c1") == ["201"]
    assert board.ringing("c2") == []


def test_a_hang_up_long_after_a_refused_transfer_ends_the_call() -> None:
    board = talking()
    asks(board)
    board.tick(10.1)
    board.leave("201")
    assert board.all(m.EndCall) == [m.EndCall("c1")]


def test_a_transfer_asked_for_by_a_destination_is_told_with_its_own_cure() -> None:
    board = talking()
    board.command("201", "warm", "damkar")
    board.pick_up("damkar")
    board.step(p.LegTransferAsked(board.leg("damkar").leg_id, ""))
    (alarm,) = board.all(m.RaiseAlarm)
    assert (alarm.kind, alarm.operator) == ("phone_transfer_refused", "")
    assert "nobody" in alarm.text


def test_a_transfer_asked_for_by_a_leg_that_is_over_changes_nothing() -> None:
    board = talking()
    leg_id = board.leg("201").leg_id
    board.hang_up()
    assert board.step(p.LegTransferAsked(leg_id, "112"), p.LegTransferAsked("unknown", "112")) == []
    assert board.step(p.LegForwarded(leg_id, "112"), p.LegHeld("unknown", on=True)) == []


# hold


def test_a_phones_own_hold_is_shown_and_a_hang_up_in_it_ends_nothing() -> None:
    board = talking()
    leg_id = board.leg("201").leg_id
    board.step(p.LegHeld(leg_id, on=True))
    assert does(board, "201") == "holds"
    board.leave("201")
    assert board.alarms() == ["phone_left_softly"]
    assert board.call().state in {"waiting", "ringing"}


def test_a_phone_that_took_its_call_back_ends_it_by_hanging_up() -> None:
    board = talking()
    leg_id = board.leg("201").leg_id
    board.step(p.LegHeld(leg_id, on=True), p.LegHeld(leg_id, on=False))
    assert does(board, "201") == ""
    board.leave("201")
    assert board.all(m.EndCall) == [m.EndCall("c1")]


# phones that come, go and move


def test_a_phone_that_moved_while_it_rang_is_rung_anew_at_once_and_without_a_break() -> None:
    board = Board(on_duty=("201",))
    board.queue()
    leg = board.leg("201")
    board.step(p.PhoneLeft(leg.leg_id, moved=True))
    assert board.all(m.CancelRing) == [m.CancelRing(leg.leg_id, "c1", "moved")]
    board.step(m.LegEnded(leg.leg_id, 16, 0))
    assert [ring.operator for ring in board.all(m.Ring)] == ["201"]
    assert board.operator("201").presence == "available"
    board.hang_up()
    assert board.record().offers[0].result == "unreachable"
    assert "201's phone moved while it rang" in board.record().notes


def test_a_phone_that_left_while_it_rang_is_given_up_and_another_is_rung() -> None:
    board = Board(on_duty=("201", "202"))
    board.queue()
    leg = board.leg("201")
    board.step(p.PhoneLeft(leg.leg_id, moved=False))
    assert board.ringing() == ["202"]
    board.step(m.LegEnded(leg.leg_id, 16, 0))
    assert board.operator("201").presence == "available"
    assert board.operator("201").paused_until > board.now


def test_a_phone_that_left_when_it_was_picked_up_or_is_unknown_changes_nothing() -> None:
    board = talking()
    assert board.step(p.PhoneLeft(board.leg("201").leg_id, moved=True), p.PhoneLeft("unknown", moved=False)) == []


# phones of which nobody has heard


def test_an_operator_who_was_added_is_unreachable_until_something_is_reported_of_the_phone() -> None:
    board = Board(make_plan(("201",), {"overflow": ()}), on_duty=())
    board.phone("201", "unreachable")
    board.step(p.PhonesListed())
    board.reload(make_plan(("201", "204"), {"overflow": ()}))
    board.set_presence("available", "204")
    board.queue()
    assert board.ringing() == []
    board.phone("204", "free")
    assert board.ringing() == ["204"]


def test_a_phone_that_was_reported_before_its_operator_was_added_is_known() -> None:
    board = Board(make_plan(("201",)), on_duty=())
    board.phone("204", "free")
    board.step(p.PhonesListed())
    board.reload(make_plan(("201", "204")))
    assert board.operator("204").phone == "free"


def test_a_phone_that_is_on_no_list_is_not_there() -> None:
    board = Board(on_duty=("201", "202"))
    board.phone("202", "free")
    board.queue()
    assert board.ringing() == ["201"]
    board.step(p.PhonesListed())
    assert board.operator("201").phone == "unreachable"
    assert board.ringing() == ["202"]


def test_while_nobody_reports_phones_every_phone_is_rung() -> None:
    board = Board(ALONE, on_duty=("201",))
    board.step(p.PhonesListed())
    board.queue()
    assert board.ringing() == []
    board.step(p.PhonesOutOfSight())
    assert board.ringing() == ["201"]
    board.reload(make_plan(("201", "204")))
    assert board.operator("204").phone == "free"


def test_what_was_reported_outlives_the_controller() -> None:
    board = Board(make_plan(("201",)), on_duty=())
    board.phone("204", "in_use")
    board.step(p.PhonesListed())
    other = Switchboard(restore(take(board.room)))
    other.step(board.now, m.RoutingChanged(make_plan(("201", "204", "205"))))
    phones = {name: operator.phone for name, operator in other.room.operators.items()}
    assert phones == {"201": "unreachable", "204": "in_use", "205": "unreachable"}
