"""Callers handed on: blindly, after asking, or to all three together; never left alone."""

from __future__ import annotations

import pytest

from ntpd112.core import messages as m
from ntpd112.core.call import Contact
from ntpd112.core.commands import CommandName
from tests.core.driver import START, Board
from tests.core.plans import make_plan
from tests.core.talks import PATIENT, consulting, parties, talking

# blind transfer


def test_a_blind_transfer_lets_the_operator_go_and_rings_the_next_party() -> None:
    board = talking()
    board.command("201", "blind", "damkar")
    assert board.all(m.Ring) == [m.Ring("c1.l2", "c1", "", "113", "landline", "+62811", "ambulance", 30.0)]
    assert board.all(m.DropLeg) == [m.DropLeg("c1.l1", "c1")]
    assert parties(board) == m.SetParties("c1", False, ())
    assert board.call().state == "transferring"
    board.pick_up("damkar")
    assert parties(board) == m.SetParties("c1", True, ("c1.l2",))
    board.tick(30.0)
    board.leave("damkar")
    board.hang_up()
    record = board.record()
    assert (record.outcome, record.operator, record.destination) == ("transferred", "201", "damkar")
    assert [(offer.kind, offer.target) for offer in record.offers] == [("operator", "201"), ("transfer", "damkar")]


def test_a_destination_is_known_by_name_and_by_number() -> None:
    board = talking()
    board.command("201", "blind", "113")
    assert board.call().main is board.leg("damkar")


def test_a_call_can_be_transferred_to_another_operator_even_one_on_a_break_and_from_hold() -> None:
    board = talking()
    board.set_presence("on_break", "202")
    board.command("201", "hold")
    board.command("201", "blind", "202")
    board.pick_up("202")
    assert board.call().state == "talking"
    assert board.call().contact == Contact(START, "201", None, True)


@pytest.mark.parametrize(("cause", "sip_status"), [(17, 486), (21, 603), (20, 404), (16, 0)])
def test_a_transfer_that_fails_brings_the_caller_back_to_the_head_of_the_queue(cause: int, sip_status: int) -> None:
    board = talking()
    board.command("201", "blind", "damkar")
    board.leave("damkar", cause, sip_status)
    assert (board.ringing(), board.call().priority) == (["202"], -1)
    assert board.call().notes[-1] == "transfer to damkar failed"


def test_a_transfer_that_nobody_answers_brings_the_caller_back() -> None:
    board = talking()
    board.command("201", "blind", "203")
    board.rings("203")
    board.tick(15.0)
    assert board.ringing() == ["202"]


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("", "no such target"),
        ("999", "no such target"),
        ("201", "target busy"),
        ("203", "target off duty"),
        ("204", "target unreachable"),
    ],
)
def test_a_transfer_to_nobody_or_to_somebody_who_cannot_take_it_is_refused_and_changes_nothing(
    target: str, why: str
) -> None:
    board = Board(make_plan(("201", "202", "203", "204"), PATIENT), on_duty=("201", "202", "204"))
    board.talk()
    board.phone("204", "unreachable")
    assert board.command("201", "blind", target) == []
    assert board.call().state == "talking"
    assert board.call().notes == [f"blind transfer to {target} refused: {why}"]


def test_a_transfer_to_an_operator_who_speaks_is_refused() -> None:
    board = Board(make_plan(queue=PATIENT), on_duty=("201", "202"))
    board.talk("c1")
    board.talk("c2")
    assert board.command("201", "warm", "202") == []
    assert board.call("c1").notes == ["warm transfer to 202 refused: target busy"]


def test_a_transfer_uses_the_numbers_of_the_plan_the_call_came_under() -> None:
    board = talking()
    board.reload(make_plan(destinations={}))
    board.command("201", "blind", "damkar")
    assert board.leg("damkar").kind == "transfer"


def test_a_caller_who_hangs_up_during_a_transfer_ends_the_ring() -> None:
    board = talking()
    board.command("201", "blind", "damkar")
    board.hang_up()
    assert board.all(m.CancelRing) == [m.CancelRing("c1.l2", "c1", "caller_gone")]
    assert board.record().outcome == "answered"


# warm transfer, conference


def test_a_warm_transfer_rings_beside_the_operator_while_the_caller_hears_music() -> None:
    board = talking()
    board.command("201", "warm", "damkar")
    assert [type(action) for action in board.actions] == [m.Ring, m.SetParties]
    assert parties(board) == m.SetParties("c1", False, ("c1.l1",))
    board.pick_up("damkar")
    assert parties(board) == m.SetParties("c1", False, ("c1.l1", "c1.l2"))
    assert board.call().state == "consulting"


def test_complete_leaves_caller_and_third_party_talking() -> None:
    board = consulting()
    board.command("201", "complete")
    assert board.all(m.DropLeg) == [m.DropLeg("c1.l1", "c1")]
    assert parties(board) == m.SetParties("c1", True, ("c1.l2",))
    board.hang_up()
    record = board.record()
    assert (record.outcome, record.destination) == ("transferred", "damkar")
    assert [(offer.kind, offer.result) for offer in record.offers] == [
        ("operator", "answered"),
        ("consult", "answered"),
    ]


def test_complete_while_the_third_party_still_rings_is_a_blind_transfer() -> None:
    board = consulting(speaks=False)
    board.command("201", "complete")
    assert parties(board) == m.SetParties("c1", False, ())
    assert board.call().state == "transferring"
    board.pick_up("damkar")
    assert board.call().contact == Contact(START, "201", "damkar", True)


@pytest.mark.parametrize("speaks", [True, False])
def test_cancel_drops_the_third_party_and_returns_to_the_caller(speaks: bool) -> None:
    board = consulting(speaks=speaks)
    board.command("201", "cancel")
    gone = m.DropLeg("c1.l2", "c1") if speaks else m.CancelRing("c1.l2", "c1", "withdrawn")
    assert board.actions == [gone, m.SetParties("c1", True, ("c1.l1",))]
    assert board.call().state == "talking"


def test_in_a_conference_all_three_hear_each_other_and_the_destination_stands_on_the_record() -> None:
    board = consulting()
    board.command("201", "conference")
    assert parties(board) == m.SetParties("c1", True, ("c1.l1", "c1.l2"))
    board.leave("damkar")
    assert parties(board) == m.SetParties("c1", True, ("c1.l1",))
    board.hang_up()
    assert (board.record().outcome, board.record().destination) == ("transferred", "damkar")


def test_a_conference_with_another_operator_is_no_transfer() -> None:
    board = consulting("202")
    board.command("201", "conference")
    assert parties(board) == m.SetParties("c1", True, ("c1.l1", "c1.l2"))
    board.hang_up()
    assert (board.record().outcome, board.record().operator) == ("answered", "201")


def test_a_conference_needs_a_third_party_who_speaks_and_is_called_once() -> None:
    board = consulting(speaks=False)
    assert board.command("201", "conference") == []
    board.pick_up("damkar")
    board.command("201", "conference")
    assert board.command("201", "conference") == []
    assert board.call().state == "conference"


@pytest.mark.parametrize("command", ["complete", "cancel"])
def test_a_conference_ends_by_leaving_or_by_dropping_the_third_party(command: CommandName) -> None:
    board = consulting()
    board.command("201", "conference")
    board.command("201", command)
    assert parties(board) == m.SetParties("c1", True, ("c1.l2",) if command == "complete" else ("c1.l1",))
    assert board.call().state == "talking"


@pytest.mark.parametrize("speaks", [True, False])
def test_a_third_party_who_leaves_or_does_not_answer_brings_the_operator_back_to_the_caller(speaks: bool) -> None:
    board = consulting(speaks=speaks)
    board.leave("damkar", 16 if speaks else 17)
    assert parties(board) == m.SetParties("c1", True, ("c1.l1",))
    assert (board.call().state, board.call().third) == ("talking", None)


def test_a_third_party_who_rings_too_long_is_given_up() -> None:
    board = consulting(speaks=False)
    board.tick(30.0)
    assert board.all(m.CancelRing) == [m.CancelRing("c1.l2", "c1", "no_answer")]
    assert board.call().state == "talking"


@pytest.mark.parametrize("cause", [16, 38])
@pytest.mark.parametrize("conference", [True, False])
def test_an_operator_who_leaves_a_third_party_who_speaks_leaves_the_caller_with_them(
    cause: int, conference: bool
) -> None:
    board = consulting()
    if conference:
        board.command("201", "conference")
    board.leave("201", cause)
    assert parties(board) == m.SetParties("c1", True, ("c1.l2",))
    assert (board.call().main, board.call().third) == (board.leg("damkar"), None)


def test_an_operator_who_leaves_while_the_third_party_rings_sends_the_caller_on() -> None:
    board = consulting(speaks=False)
    board.leave("201")
    assert board.call().state == "transferring"
    board.leave("damkar", 17)
    assert board.ringing() == ["202"]


def test_the_third_party_who_took_over_may_transfer_in_turn() -> None:
    board = consulting("202")
    board.command("201", "complete")
    board.command("202", "blind", "damkar")
    assert board.call().main is board.leg("damkar")


def test_a_caller_who_hangs_up_during_a_consultation_ends_both_legs() -> None:
    board = consulting()
    board.hang_up()
    assert board.all(m.DropLeg) == [m.DropLeg("c1.l1", "c1"), m.DropLeg("c1.l2", "c1")]
    assert board.record().outcome == "answered"


# commands that make no sense now


@pytest.mark.parametrize("command", ["hold", "mute", "blind", "warm", "conference", "complete", "cancel"])
def test_a_command_of_nobody_or_before_the_conversation_changes_nothing(command: CommandName) -> None:
    board = Board()
    board.queue()
    for operator in ("unknown", "201", "202"):
        assert board.command(operator, command, "damkar") == []


@pytest.mark.parametrize("command", ["conference", "complete", "cancel"])
def test_a_command_for_a_third_party_without_one_changes_nothing(command: CommandName) -> None:
    assert talking().command("201", command) == []


@pytest.mark.parametrize("command", ["hold", "blind", "warm"])
def test_what_does_not_fit_a_consultation_changes_nothing(command: CommandName) -> None:
    board = consulting("202")
    assert board.command("201", command, "damkar") == []
    assert board.command("202", command, "damkar") == []


@pytest.mark.parametrize("target", ["damkar", "202"])
def test_the_operator_who_asks_is_to_hear_how_it_rings_and_nobody_else_is(target: str) -> None:
    board = talking()
    board.command("201", "warm", target)
    assert [ring.heard_by for ring in board.all(m.Ring)] == ["c1.l1"]
    board.command("201", "cancel")
    board.gone(target)
    board.command("201", "blind", target)
    assert [ring.heard_by for ring in board.all(m.Ring)] == [""]
