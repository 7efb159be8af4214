"""How a ring ended, told apart by what the network said and by what we did."""

from __future__ import annotations

import pytest

from ntpd112.core import messages as m
from ntpd112.core.call import Leg
from ntpd112.core.legs import let_go, result_of
from ntpd112.core.messages import CancelReason
from ntpd112.core.records import OfferRecord, OfferResult
from tests.core.driver import START, Board
from tests.core.plans import make_plan


def leg(*, rang: bool = True) -> Leg:
    return Leg("c1.l1", "c1", "operator", "201", "201", START, rang_at=START + 1 if rang else None)


@pytest.mark.parametrize(
    ("cause", "sip_status", "rang", "result"),
    [
        (17, 486, True, "busy"),
        (0, 600, True, "busy"),
        (17, 0, False, "busy"),
        (21, 603, True, "declined"),
        (0, 403, True, "declined"),
        (21, 0, True, "declined"),
        (19, 480, True, "no_answer"),
        (0, 408, True, "no_answer"),
        (18, 0, True, "no_answer"),
        (0, 487, True, "no_answer"),
        (19, 480, False, "unreachable"),
        (18, 408, False, "unreachable"),
        (20, 404, False, "unreachable"),
        (38, 503, True, "unreachable"),
        (0, 0, True, "unreachable"),
    ],
)
def test_what_the_network_says_tells_how_a_ring_ended(
    cause: int, sip_status: int, rang: bool, result: OfferResult
) -> None:
    assert result_of(leg(rang=rang), cause, sip_status) == result


@pytest.mark.parametrize(
    ("cause", "sip_status", "rang", "result"),
    [
        (21, 403, False, "refused"),
        (21, 403, True, "refused"),
        (0, 401, False, "refused"),
        (0, 407, False, "refused"),
        (1, 404, False, "refused"),
        (58, 488, False, "refused"),
        (0, 604, False, "refused"),
        (34, 503, True, "refused"),
        (21, 603, False, "refused"),
        (21, 603, True, "declined"),
        (21, 0, True, "declined"),
        (21, 0, False, "refused"),
        (1, 0, False, "refused"),
        (17, 486, True, "busy"),
        (19, 480, False, "unreachable"),
        (20, 0, False, "unreachable"),
        (0, 0, False, "unreachable"),
        (19, 480, True, "no_answer"),
    ],
)
def test_outside_only_a_human_declines_and_whatever_a_machine_refuses_is_refused(
    cause: int, sip_status: int, rang: bool, result: OfferResult
) -> None:
    outside = Leg("c1.l1", "c1", "overflow", "damkar", "", START, rang_at=START + 1 if rang else None)
    assert result_of(outside, cause, sip_status) == result


@pytest.mark.parametrize("reason", ["caller_gone", "answered_elsewhere", "withdrawn", "unreachable"])
def test_what_we_did_ourselves_weighs_more_than_what_the_network_says(reason: CancelReason) -> None:
    one = leg()
    one.cancel_reason = reason
    assert result_of(one, 17, 486) == reason


def test_a_phone_that_never_rang_was_unreachable_rather_than_unanswered() -> None:
    rang, silent = leg(), leg(rang=False)
    rang.cancel_reason = silent.cancel_reason = "no_answer"
    assert (result_of(rang), result_of(silent)) == ("no_answer", "unreachable")


def test_who_spoke_has_answered_however_it_ended() -> None:
    one = leg()
    one.spoke, one.cancel_reason = True, "caller_gone"
    assert result_of(one, 38, 503) == "answered"


def test_a_leg_is_let_go_once() -> None:
    board = Board()
    board.queue()
    one = board.leg("201")
    let_go(board.room, one, "withdrawn")
    let_go(board.room, one, "unreachable")
    assert board.step(m.TimePassed()).count(m.CancelRing("c1.l1", "c1", "withdrawn")) == 1
    assert [offer.result for offer in board.call().offers] == ["withdrawn"]


def test_legs_and_prompts_are_numbered_within_their_call() -> None:
    board = Board(make_plan(queue={"strategy": "ring_all"}))
    board.queue("a")
    assert [ring.leg_id for ring in board.all(m.Ring)] == ["a.l1", "a.l2", "a.l3"]
    assert [play.play_id for play in board.all(m.Play)] == ["a.p2"]


def test_every_ring_stands_on_the_record_with_what_the_network_said() -> None:
    board = Board()
    board.queue()
    board.tick(1.0)
    board.rings("201")
    board.tick(4.0)
    board.leave("201", cause=21, sip_status=603)
    board.tick(2.0)
    board.rings("202")
    board.pick_up("202")
    board.tick(60.0)
    board.leave("202")
    board.hang_up()
    assert board.record().offers == (
        OfferRecord("c1.l1", "operator", "201", START, START + 1, None, START + 5, "declined", "Q.850 21 / SIP 603"),
        OfferRecord("c1.l2", "operator", "202", START + 5, START + 7, START + 7, START + 67, "answered", "Q.850 16"),
    )


def test_a_leg_whose_end_is_not_confirmed_is_given_up_with_an_alarm() -> None:
    board = Board()
    board.queue()
    board.hang_up()
    assert board.tick(4.9) == []
    assert board.tick(0.1) == [m.RaiseAlarm("leg_stuck", "leg c1.l1 did not end", "c1", "201")]
    assert board.operator("201").available(board.now)
    assert not board.room.legs


def test_an_operator_whose_leg_ends_keeps_an_unreachable_phone() -> None:
    board = Board()
    board.talk()
    board.phone("201", "unreachable")
    board.leave("201")
    assert board.operator("201").phone == "unreachable"


def test_an_operator_who_left_the_routing_file_is_forgotten_with_the_last_leg() -> None:
    board = Board()
    board.talk()
    board.reload(make_plan(("202", "203")))
    assert board.operator("201").reason == "removed"
    board.leave("201")
    assert "201" not in board.room.operators


def test_a_break_for_a_reason_called_removed_removes_nobody() -> None:
    board = Board()
    board.talk()
    board.set_presence("on_break", "201", reason="removed")
    board.leave("201")
    assert board.operator("201").presence == "on_break"
