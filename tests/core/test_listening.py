"""A supervisor listens to an operator's call, whispers, joins, takes over; the others notice nothing of it."""

from __future__ import annotations

import pytest

from ntpd112.core import messages as m
from ntpd112.core.commands import CommandName, Listening
from ntpd112.core.view import view
from tests.core.driver import Board
from tests.core.talks import consulting, parties, talking

MODES: tuple[Listening, ...] = ("listen", "whisper", "barge")


def listening(mode: CommandName = "listen", board: Board | None = None, to: str = "201") -> Board:
    """The supervisor 203 listens, by the phone of 203, to an operator."""
    board = board or talking()
    board.command("203", mode, to)
    board.pick_up("203")
    return board


def test_the_supervisors_phone_rings_and_hears_the_operators_call_once_it_is_picked_up() -> None:
    board = talking()
    board.command("203", "listen", "201")
    (ring,) = board.actions
    assert isinstance(ring, m.Ring)
    assert (ring.leg_id, ring.operator) == ("c1.l2", "203")
    assert board.pick_up("203") == [m.Listen("c1.l2", "c1", "c1.l1", "listen")]
    assert board.call().state == "talking"


@pytest.mark.parametrize("mode", MODES)
def test_it_stands_on_the_record_who_listened_and_how(mode: Listening) -> None:
    board = listening(mode)
    board.now += 5
    board.leave("203")
    board.hang_up()
    record = board.record()
    said = {"listen": "203 listens to 201", "whisper": "203 whispers to 201", "barge": "203 joins 201"}
    assert said[mode] in record.notes
    (_, offer) = sorted(record.offers, key=lambda each: each.leg_id)
    assert (offer.kind, offer.target, offer.result) == ("listen", "203", "answered")
    assert offer.answered_at is not None
    assert offer.ended_at - offer.answered_at == 5
    assert record.operator == "201"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("cause", [16, 27])
def test_a_listener_who_leaves_changes_nothing_for_the_others(mode: Listening, cause: int) -> None:
    board = listening(mode)
    assert board.leave("203", cause) == []
    assert board.call().state == "talking"
    assert board.operator("203").activity(board.now) == "idle"
    assert board.operator("203").calls == 0
    assert board.operator("203").presence == "available"


def test_a_supervisor_who_does_not_pick_up_is_blamed_for_nothing() -> None:
    board = talking()
    board.command("203", "listen", "201")
    board.tick(60)
    board.gone("203")
    assert board.operator("203").presence == "available"
    assert board.operator("203").available(board.now)
    assert board.call().state == "talking"


def test_from_one_way_to_another_nobody_is_rung_again() -> None:
    board = listening("listen")
    assert board.command("203", "listen", "201") == []
    assert board.command("203", "whisper", "201") == [m.Listen("c1.l2", "c1", "c1.l1", "whisper")]
    assert board.command("203", "barge", "201") == [m.Listen("c1.l2", "c1", "c1.l1", "barge")]
    assert board.command("203", "listen", "201") == [m.Listen("c1.l2", "c1", "c1.l1", "listen")]


def test_what_is_asked_for_while_it_rings_counts_when_it_is_picked_up() -> None:
    board = talking()
    board.command("203", "listen", "201")
    assert board.command("203", "whisper", "201") == []
    assert board.pick_up("203") == [m.Listen("c1.l2", "c1", "c1.l1", "whisper")]


def test_another_operator_is_listened_to_at_once() -> None:
    board = talking()
    board.talk("c2")
    listening("listen", board)
    board.command("203", "listen", "202")
    assert [drop.leg_id for drop in board.all(m.DropLeg)] == ["c1.l2"]
    assert [ring.leg_id for ring in board.all(m.Ring)] == ["c2.l2"]
    board.pick_up("203")
    board.gone("203")
    assert view(board.room, board.now).operators[2].listens_to == "202"


def test_a_supervisor_is_free_after_whichever_of_two_ends_comes_last() -> None:
    board = talking()
    board.talk("c2")
    listening("listen", board)
    board.command("203", "listen", "202")
    board.step(m.LegEnded("c2.l2", 16, 0))
    assert board.operator("203").leg is not None
    board.step(m.LegEnded("c1.l2", 16, 0))
    assert board.operator("203").leg is None


@pytest.mark.parametrize("mode", MODES)
def test_the_caller_hangs_up_and_the_listener_is_let_go(mode: Listening) -> None:
    board = listening(mode)
    board.hang_up()
    assert {drop.leg_id for drop in board.all(m.DropLeg)} == {"c1.l1", "c1.l2"}


@pytest.mark.parametrize("mode", ["listen", "whisper"])
def test_the_operator_hangs_up_and_the_call_ends_whoever_listens(mode: Listening) -> None:
    board = listening(mode)
    board.leave("201")
    assert board.all(m.EndCall)
    assert [drop.leg_id for drop in board.all(m.DropLeg)] == ["c1.l2"]


@pytest.mark.parametrize("cause", [16, 27])
def test_who_has_joined_keeps_the_caller_when_the_operator_is_gone(cause: int) -> None:
    board = listening("barge")
    board.leave("201", cause)
    assert parties(board) == m.SetParties("c1", True, ("c1.l2",))
    assert not board.all(m.EndCall)
    assert board.call().state == "talking"
    board.leave("203")
    board.hang_up()
    record = board.record()
    assert (record.outcome, record.operator) == ("answered", "201")
    assert "203 took over" in record.notes
    assert board.operator("203").calls == 1


def test_who_joins_while_it_rings_there_is_nobodys_heir() -> None:
    board = talking()
    board.command("203", "barge", "201")
    board.leave("201")
    assert board.all(m.EndCall)


def test_who_has_joined_takes_the_caller_from_hold_when_the_operator_is_gone() -> None:
    board = listening("barge")
    board.command("201", "hold")
    board.leave("201")
    assert parties(board) == m.SetParties("c1", True, ("c1.l2",))
    assert board.call().state == "talking"


def test_who_has_joined_is_asked_for_again_with_every_change_of_the_parties() -> None:
    board = listening("barge")
    assert board.command("201", "hold") == [
        m.SetParties("c1", False, ("c1.l1",)),
        m.Listen("c1.l2", "c1", "c1.l1", "barge"),
    ]
    listening("listen", board)
    assert board.command("201", "hold") == [m.SetParties("c1", True, ("c1.l1",))]


def test_an_operator_who_is_cut_off_loses_the_listener_and_not_the_caller() -> None:
    board = listening("whisper")
    board.leave("201", 27)
    assert [drop.leg_id for drop in board.all(m.DropLeg)] == ["c1.l2"]
    assert board.call().state in {"waiting", "ringing"}


@pytest.mark.parametrize("mode", MODES)
def test_who_listens_takes_over_and_the_operator_is_free(mode: Listening) -> None:
    board = listening(mode)
    board.command("203", "take_over", "201")
    assert [drop.leg_id for drop in board.all(m.DropLeg)] == ["c1.l1"]
    assert parties(board) == m.SetParties("c1", True, ("c1.l2",))
    board.gone("201")
    assert board.operator("201").activity(board.now) == "wrap_up"
    board.leave("203")
    assert board.all(m.EndCall)
    assert board.operator("203").activity(board.now) == "wrap_up"
    board.hang_up()
    offers = {offer.target: (offer.kind, offer.result) for offer in board.record().offers}
    assert offers == {"201": ("operator", "answered"), "203": ("take_over", "answered")}


def test_to_take_over_needs_no_listening_before() -> None:
    board = talking()
    board.command("203", "take_over", "201")
    assert not board.all(m.DropLeg)
    board.pick_up("203")
    assert parties(board) == m.SetParties("c1", True, ("c1.l2",))
    assert board.call().listeners == {}


def test_who_takes_over_from_a_consulted_colleague_speaks_with_both() -> None:
    board = consulting("202")
    listening("listen", board, to="202")
    board.command("203", "take_over", "202")
    assert board.call().state == "consulting"
    assert parties(board) == m.SetParties("c1", False, ("c1.l3", "c1.l2"))


def test_a_third_partys_listener_goes_with_the_third_party() -> None:
    board = consulting("202")
    listening("listen", board, to="202")
    board.leave("202")
    assert [drop.leg_id for drop in board.all(m.DropLeg)] == ["c1.l3"]
    assert board.call().state == "talking"


def test_another_listener_goes_with_the_operator_when_one_takes_over() -> None:
    board = talking()
    board.command("202", "listen", "201")
    board.pick_up("202")
    listening("take_over", board)
    assert {drop.leg_id for drop in board.all(m.DropLeg)} == {"c1.l1", "c1.l2"}


def test_to_leave_ends_the_listening_and_nothing_else() -> None:
    board = listening()
    assert board.command("203", "leave") == [m.DropLeg("c1.l2", "c1")]
    assert board.command("203", "leave") == []
    assert board.command("201", "leave") == []
    assert board.call().state == "talking"


@pytest.mark.parametrize(
    ("supervisor", "target"), [("203", "202"), ("203", "nobody"), ("201", "201"), ("nobody", "201"), ("203", "203")]
)
def test_what_makes_no_sense_changes_nothing(supervisor: str, target: str) -> None:
    board = talking()
    assert board.command(supervisor, "listen", target) == []


def test_who_speaks_with_a_caller_or_cannot_be_reached_listens_to_nobody() -> None:
    board = talking()
    board.talk("c2")
    assert board.command("202", "listen", "201") == []
    board.phone("203", "unreachable")
    assert board.command("203", "listen", "201") == []


def test_a_listener_is_listened_to_by_nobody() -> None:
    board = listening()
    assert board.command("202", "listen", "203") == []


def test_when_the_exchange_cannot_do_it_the_supervisor_is_told_and_let_go() -> None:
    board = listening()
    board.step(m.ActionFailed("c1", "c1.l2", "Listen", "no snoop"))
    assert board.alarms() == ["listening_failed"]
    assert board.all(m.DropLeg) == [m.DropLeg("c1.l2", "c1")]
    assert board.call().state == "talking"
    board.step(m.ActionFailed("c1", "c1.l2", "Listen", "no snoop"))
    assert board.alarms() == []


@pytest.mark.parametrize("mode", MODES)
def test_the_next_controller_asks_for_it_again(mode: Listening) -> None:
    board = listening(mode)
    board.step(m.ServiceResumed(("c1",), (), ("c1",), ("c1.l1", "c1.l2"), ("c1.l1", "c1.l2")))
    assert m.Listen("c1.l2", "c1", "c1.l1", mode) in board.actions
    assert not board.all(m.DropLeg)


def test_one_who_rings_is_not_asked_for_again() -> None:
    board = talking()
    board.command("203", "listen", "201")
    board.step(m.ServiceResumed(("c1",), (), ("c1",), ("c1.l1", "c1.l2"), ("c1.l1",)))
    assert board.all(m.Listen) == []


def test_when_the_service_stops_a_listener_is_let_go_and_who_speaks_is_left_alone() -> None:
    board = listening()
    board.step(m.ServiceStopping())
    assert board.all(m.DropLeg) == [m.DropLeg("c1.l2", "c1")]


def test_it_can_be_seen_who_listens_and_who_has_joined() -> None:
    board = listening("whisper")
    seen = view(board.room, board.now)
    assert [(one.operator, one.listens_to, one.listening) for one in seen.operators] == [
        ("201", "", None),
        ("202", "", None),
        ("203", "201", "whisper"),
    ]
    assert seen.calls[0].speaks_with == ("201",)
    board.command("203", "barge", "201")
    assert view(board.room, board.now).calls[0].speaks_with == ("201", "203")


def test_who_has_joined_keeps_the_caller_when_the_operator_ends_the_call_by_command() -> None:
    board = listening("barge")
    board.command("201", "end")
    assert [drop.leg_id for drop in board.all(m.DropLeg)] == ["c1.l1"]
    assert parties(board) == m.SetParties("c1", True, ("c1.l2",))
    assert not board.all(m.EndCall)
