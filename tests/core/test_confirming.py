"""Numbers outside: what answers there is no human until it presses a key, or speaks with the caller for a while."""

from __future__ import annotations

import pytest

from ntpd112.core import messages as m
from ntpd112.core.call import Contact
from ntpd112.core.plan import CallDestination, OverflowStep
from tests.core.driver import START, Board
from tests.core.plans import make_plan
from tests.core.talks import parties, talking
from tests.core.test_resume import resume

CHAIN = (OverflowStep(5, CallDestination("mobile")), OverflowStep(9, CallDestination("neighbour")))


def outside() -> Board:
    """Nobody is on duty, and the mobile outside has been answered."""
    board = Board(make_plan(queue={"overflow": CHAIN}), on_duty=())
    board.queue()
    board.pick_up("mobile")
    return board


def results(board: Board) -> list[tuple[str, str]]:
    return [(offer.target, offer.result) for offer in board.call().offers]


# overflow


def test_what_answers_outside_is_asked_and_the_caller_keeps_the_turn() -> None:
    board = outside()
    assert board.actions == [m.AskToConfirm("c1.l1", "c1", ("id",))]
    assert (board.call().state, board.line(), board.ringing()) == ("ringing", ["c1"], ["mobile"])
    assert board.call().contact == Contact()


def test_it_is_asked_in_every_language_of_the_city() -> None:
    board = Board(make_plan(queue={"overflow": CHAIN}, languages=("id", "en")), on_duty=())
    board.queue()
    board.pick_up("mobile")
    assert board.all(m.AskToConfirm) == [m.AskToConfirm("c1.l1", "c1", ("id", "en"))]


def test_a_key_takes_the_call() -> None:
    board = outside()
    board.tick(7.0)
    board.keys("mobile", "1")
    assert parties(board) == m.SetParties("c1", True, ("c1.l1",))
    assert board.call().contact == Contact(START + 7.0, None, "mobile", False)
    board.hang_up()
    assert (board.record().outcome, board.record().destination) == ("overflowed", "mobile")
    assert [offer.result for offer in board.record().offers] == ["answered"]


@pytest.mark.parametrize("keys", ["2", "*", "0000", "#9"])
def test_another_key_means_nothing(keys: str) -> None:
    board = outside()
    assert board.keys("mobile", keys) == []
    assert board.call().state == "ringing"


def test_what_does_not_confirm_in_time_is_let_go_and_the_next_number_is_rung() -> None:
    board = outside()
    board.tick(20.0)
    assert board.all(m.CancelRing) == [m.CancelRing("c1.l1", "c1", "not_confirmed")]
    assert board.ringing() == ["neighbour"]
    assert results(board) == [("mobile", "not_confirmed")]


@pytest.mark.parametrize("cause", [16, 31, 38])
def test_what_hangs_up_unconfirmed_has_not_answered(cause: int) -> None:
    board = outside()
    board.tick(8.0)
    board.leave("mobile", cause)
    assert (board.ringing(), results(board)) == (["neighbour"], [("mobile", "not_confirmed")])
    board.hang_up()
    record = board.record()
    assert (record.outcome, record.connected_at, record.destination) == ("abandoned", None, None)


def test_an_operator_who_logs_in_meanwhile_is_rung_and_gets_the_call() -> None:
    board = outside()
    board.set_presence("available", "201")
    assert board.ringing() == ["mobile", "201"]
    board.pick_up("201")
    assert board.all(m.CancelRing) == [m.CancelRing("c1.l1", "c1", "answered_elsewhere")]
    assert parties(board) == m.SetParties("c1", True, ("c1.l2",))
    assert results(board) == [("mobile", "answered_elsewhere")]
    assert board.step(m.LegDigit("c1.l1", "1")) == []


def test_a_key_pressed_too_late_or_twice_changes_nothing() -> None:
    board = outside()
    board.tick(20.0)
    assert board.step(m.LegDigit("c1.l1", "1")) == []
    board.pick_up("neighbour")
    assert board.step(m.LegDigit("c1.l2", "1")) == []
    assert board.call().state == "talking"


def test_a_key_before_the_answer_means_nothing() -> None:
    board = Board(make_plan(queue={"overflow": CHAIN}), on_duty=())
    board.queue()
    assert board.keys("mobile", "1") == []
    board.pick_up("mobile")
    assert board.call().state == "ringing"


def test_a_staffed_desk_need_not_confirm() -> None:
    board = outside()
    board.leave("mobile")
    board.pick_up("neighbour")
    assert parties(board) == m.SetParties("c1", True, ("c1.l2",))
    assert board.ever(m.AskToConfirm) == [m.AskToConfirm("c1.l1", "c1", ("id",))]


def test_a_caller_who_hangs_up_lets_go_of_what_was_asked() -> None:
    board = outside()
    board.hang_up()
    assert board.all(m.CancelRing) == [m.CancelRing("c1.l1", "c1", "caller_gone")]


def test_the_next_controller_asks_again() -> None:
    board = outside()
    assert m.AskToConfirm("c1.l1", "c1", ("id",)) in resume(board)
    board.keys("mobile", "1")
    assert board.call().state == "talking"


# ends within seconds


def test_a_party_outside_who_hangs_up_within_seconds_does_not_end_the_call() -> None:
    board = outside()
    board.keys("mobile", "1")
    board.tick(29.0)
    board.leave("mobile")
    assert board.all(m.EndCall) == []
    assert (board.ringing(), board.call().priority, results(board)) == (["neighbour"], -1, [("mobile", "quick_end")])
    assert board.call().notes[-2:] == ["mobile ended the call 29 s after it began", "overflow: neighbour"]
    board.hang_up()
    assert (board.record().outcome, board.record().connected_at) == ("abandoned", None)


def test_that_holds_for_a_staffed_desk_too() -> None:
    board = outside()
    board.leave("mobile")
    board.pick_up("neighbour")
    board.leave("neighbour")
    assert (board.call().state, results(board)[1:]) == ("waiting", [("neighbour", "quick_end")])
    board.tick(30.0)
    assert board.ringing() == ["mobile"]


def test_a_party_outside_who_spoke_long_enough_ends_the_call() -> None:
    board = outside()
    board.keys("mobile", "1")
    board.tick(30.0)
    board.leave("mobile")
    assert board.all(m.EndCall) == [m.EndCall("c1")]
    board.hang_up()
    assert (board.record().outcome, board.record().cause) == ("overflowed", "mobile hung up")


def test_one_whom_the_network_cuts_off_within_seconds_is_alarmed_and_the_next_number_rung() -> None:
    board = outside()
    board.keys("mobile", "1")
    board.leave("mobile", cause=38)
    assert board.alarms()[0] == "human_cut_off"
    assert board.ringing() == ["neighbour"]


def test_an_operator_who_spoke_before_stays_on_the_record() -> None:
    board = talking()
    board.command("201", "blind", "damkar")
    board.pick_up("damkar")
    board.tick(3.0)
    board.leave("damkar")
    assert board.call().contact == Contact(START, "201", None, False)
    assert board.ringing() == ["202"]


def test_a_conference_counts_for_the_time_that_a_party_outside_has_spoken() -> None:
    board = talking()
    board.command("201", "warm", "damkar")
    board.pick_up("damkar")
    board.command("201", "conference")
    board.tick(29.0)
    board.leave("201")
    board.tick(1.0)
    board.leave("damkar")
    assert board.all(m.EndCall) == [m.EndCall("c1")]


# transfers


def test_a_blind_transfer_is_taken_with_the_key() -> None:
    board = talking()
    board.command("201", "blind", "police")
    board.pick_up("police")
    assert board.actions == [m.AskToConfirm("c1.l2", "c1", ("id",))]
    assert board.call().state == "transferring"
    board.keys("police", "1")
    assert parties(board) == m.SetParties("c1", True, ("c1.l2",))
    assert board.call().contact == Contact(START, "201", "police", True)


@pytest.mark.parametrize("how", ["late", "gone"])
def test_a_blind_transfer_that_is_not_taken_brings_the_caller_to_the_head_of_the_queue(how: str) -> None:
    board = talking()
    board.command("201", "blind", "police")
    board.pick_up("police")
    if how == "late":
        board.tick(20.0)
    else:
        board.leave("police")
    assert (board.ringing(), board.call().priority) == (["202"], -1)
    assert results(board) == [("201", "answered"), ("police", "not_confirmed")]
    assert board.call().contact == Contact(START, "201", None, False)


def test_the_operator_hears_at_once_what_they_asked_and_nobody_talks_over_it() -> None:
    board = talking()
    board.command("201", "warm", "police")
    board.pick_up("police")
    assert board.actions == [m.SetParties("c1", False, ("c1.l1", "c1.l2"))]
    board.tick(600.0)
    assert board.call().state == "consulting"


def test_a_third_party_who_has_pressed_the_key_is_given_the_caller_at_once() -> None:
    board = talking()
    board.command("201", "warm", "police")
    board.pick_up("police")
    assert board.keys("police", "1") == []
    board.command("201", "complete")
    assert parties(board) == m.SetParties("c1", True, ("c1.l2",))
    assert board.call().contact == Contact(START, "201", "police", True)


@pytest.mark.parametrize("conference", [True, False])
@pytest.mark.parametrize("how", ["complete", "leave"])
def test_a_third_party_who_has_not_is_asked_before_the_caller_is_given_to_it(how: str, conference: bool) -> None:
    board = talking()
    board.command("201", "warm", "police")
    board.pick_up("police")
    if conference:
        board.command("201", "conference")
        assert parties(board) == m.SetParties("c1", True, ("c1.l1", "c1.l2"))
    if how == "complete":
        board.command("201", "complete")
    else:
        board.leave("201")
    assert board.actions[-2:] == [m.SetParties("c1", False, ()), m.AskToConfirm("c1.l2", "c1", ("id",))]
    assert (board.call().state, board.call().contact) == ("transferring", Contact(START, "201", None, False))
    board.keys("police", "1")
    assert parties(board) == m.SetParties("c1", True, ("c1.l2",))
    board.hang_up()
    assert (board.record().outcome, board.record().destination) == ("transferred", "police")


def test_a_third_party_who_confirms_in_the_conference_stands_on_the_record() -> None:
    board = talking()
    board.command("201", "warm", "police")
    board.pick_up("police")
    board.command("201", "conference")
    board.keys("police", "1")
    assert board.call().contact == Contact(START, "201", "police", True)
    board.command("201", "complete")
    assert parties(board) == m.SetParties("c1", True, ("c1.l2",))


def test_a_mailbox_that_the_operator_has_heard_was_no_answer() -> None:
    board = talking()
    board.command("201", "warm", "police")
    board.pick_up("police")
    board.command("201", "cancel")
    assert board.all(m.DropLeg) == [m.DropLeg("c1.l2", "c1")]
    assert results(board) == [("police", "withdrawn")]


def test_a_caller_who_leaves_the_consultation_ends_it_without_words() -> None:
    board = talking()
    board.command("201", "warm", "police")
    board.pick_up("police")
    board.hang_up()
    assert board.all(m.DropLeg) == [m.DropLeg("c1.l1", "c1"), m.DropLeg("c1.l2", "c1")]
