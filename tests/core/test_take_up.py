"""An operator's page that is loaded again in mid-call: the caller is given to it anew, or to somebody else."""

from __future__ import annotations

import pytest

from ntpd112.core import messages as m
from tests.core.driver import Board
from tests.core.talks import consulting, parties, talking


def test_the_same_operator_is_rung_anew_and_speaks_on_with_the_caller() -> None:
    board = talking()
    board.command("201", "take_up")
    assert board.all(m.DropLeg) == [m.DropLeg("c1.l1", "c1")]
    assert [(ring.leg_id, ring.operator) for ring in board.all(m.Ring)] == [("c1.l2", "201")]
    assert parties(board) == m.SetParties("c1", False, ())
    board.step(m.LegEnded("c1.l1", 0, 0))
    board.step(m.LegAnswered("c1.l2"))
    assert parties(board) == m.SetParties("c1", True, ("c1.l2",))
    assert board.call().state == "talking"
    board.step(m.LegEnded("c1.l2", 16, 0))
    board.hang_up()
    record = board.record()
    assert (record.outcome, record.operator) == ("answered", "201")
    assert [(offer.kind, offer.target) for offer in record.offers] == [("operator", "201"), ("take_up", "201")]
    assert board.operator("201").calls == 1


@pytest.mark.parametrize("first", ["c1.l1", "c1.l2"])
def test_whichever_end_is_heard_of_first_the_operator_is_free_after_both(first: str) -> None:
    board = talking()
    board.command("201", "take_up")
    for leg_id in (first, *({"c1.l1", "c1.l2"} - {first})):
        assert board.operator("201").leg is not None
        board.step(m.LegEnded(leg_id, 16, 0))
    assert board.operator("201").leg is None
    assert board.call().state in {"waiting", "ringing"}


def test_a_page_that_does_not_come_back_sends_the_caller_to_the_head_of_the_queue() -> None:
    board = talking()
    board.queue("c2")
    board.command("201", "take_up")
    board.step(m.LegEnded("c1.l1", 0, 0))
    board.step(m.LegEnded("c1.l2", 20, 480))
    assert board.call().state in {"waiting", "ringing"}
    assert board.line() == sorted(board.line(), key=lambda call_id: board.call(call_id).turn)


def test_a_caller_on_hold_is_spoken_with_again() -> None:
    board = talking()
    board.command("201", "hold")
    board.command("201", "take_up")
    board.step(m.LegAnswered("c1.l2"))
    assert board.call().state == "talking"


def test_without_a_phone_that_could_ring_nothing_changes() -> None:
    board = talking()
    board.phone("201", "unreachable")
    assert board.command("201", "take_up") == []
    assert board.call().state == "talking"


def test_with_a_third_party_nothing_changes() -> None:
    board = consulting()
    assert board.command("201", "take_up") == []


def test_of_nobody_and_without_a_call_nothing_changes() -> None:
    board = Board()
    assert board.command("201", "take_up") == []
    assert board.command("999", "take_up") == []
