"""Nobody waits while somebody who may take the call is free, and nobody is overtaken."""

from __future__ import annotations

import pytest

from ntpd112.core import messages as m
from ntpd112.core.plan import Strategy
from tests.core.driver import Board
from tests.core.plans import make_plan

PATIENT = {"overflow": ()}


def room(strategy: Strategy, on_duty: tuple[str, ...] = ("201", "202", "203"), **queue: object) -> Board:
    return Board(make_plan(queue={**PATIENT, "strategy": strategy, **queue}), on_duty=on_duty)


def serve(board: Board, call_id: str, key: str = "4") -> str:
    """One call from its arrival to its end, with no wrap-up left."""
    operator = board.talk(call_id, key)
    board.tick(1.0)
    board.hang_up(call_id)
    board.gone(operator)
    board.set_presence("available", operator)
    return operator


def test_a_ring_shows_the_operator_who_calls_and_why() -> None:
    board = Board()
    board.queue(key="5")
    assert board.all(m.Ring) == [m.Ring("c1.l1", "c1", "202", "", "", "+62811", "medical", 15.0)]


def test_without_number_and_type_the_phone_shows_what_the_trunk_said() -> None:
    board = Board()
    board.arrive(ani=None)
    board.step(m.CallAnswered("c1"))
    board.press("0")
    (ring,) = board.all(m.Ring)
    assert (ring.caller_number, ring.caller_name) == ("anonymous", "Ani")


def test_longest_idle_takes_who_has_been_idle_longest() -> None:
    board = room("longest_idle")
    assert [serve(board, f"c{n}") for n in range(6)] == ["201", "202", "203", "201", "202", "203"]


def test_round_robin_goes_round_even_when_a_ring_was_in_vain() -> None:
    board = room("round_robin")
    board.queue("c0")
    board.hang_up("c0")
    board.gone("201")
    assert [serve(board, f"c{n}") for n in range(1, 5)] == ["202", "203", "201", "202"]


def test_fewest_calls_takes_who_has_had_the_fewest_since_log_in() -> None:
    board = room("fewest_calls")
    serve(board, "c1")
    serve(board, "c2")
    board.set_presence("logged_out", "203")
    board.set_presence("available", "203")
    assert [serve(board, f"c{n}") for n in (3, 4)] == ["203", "201"]


def test_ring_all_rings_everybody_who_is_available() -> None:
    board = room("ring_all")
    board.queue()
    assert board.ringing() == ["201", "202", "203"]
    assert [ring.leg_id for ring in board.all(m.Ring)] == ["c1.l1", "c1.l2", "c1.l3"]


def test_the_preferred_operator_has_the_skills_whatever_the_strategy_says() -> None:
    for strategy in ("longest_idle", "round_robin", "fewest_calls"):
        board = room(strategy)
        board.queue(key="5")
        assert board.ringing() == ["202"]


def test_a_free_operator_gets_the_first_in_line() -> None:
    board = room("longest_idle", ())
    board.queue("c1", "0")
    board.queue("c2", "4")
    board.set_presence("available", "203")
    assert (board.ringing("c2"), board.line()) == (["203"], ["c1"])


def test_who_waits_for_a_skill_lets_others_pass_to_operators_without_it() -> None:
    board = room("longest_idle", ("201",))
    board.talk("c1")
    board.queue("c2", "1")
    board.queue("c3", "0")
    board.set_presence("available", "203")
    assert (board.ringing("c3"), board.line()) == (["203"], ["c2"])


def test_an_operator_with_the_skill_takes_the_first_in_line_not_the_best_match() -> None:
    board = room("longest_idle", ("202",))
    board.talk("c1")
    board.queue("c2", "4")
    board.queue("c3", "5")
    board.hang_up("c2")
    board.queue("c4", "0")
    board.set_presence("available", "201")
    assert board.ringing("c4") == ["201"]
    board.hang_up("c1")
    board.gone("202")
    board.set_presence("available", "202")
    assert board.ringing("c3") == ["202"]


def test_with_two_waiting_and_two_becoming_free_each_gets_one() -> None:
    board = room("longest_idle", ())
    board.queue("c1")
    board.queue("c2")
    board.set_presence("available", "201", "202")
    assert (board.ringing("c1"), board.ringing("c2")) == (["201"], ["202"])


# ring-all


def test_who_becomes_available_while_everybody_rings_rings_along() -> None:
    board = room("ring_all", ("201",))
    board.queue()
    board.set_presence("available", "202")
    assert board.ringing() == ["201", "202"]


def test_who_becomes_available_takes_the_next_in_line_rather_than_ring_along() -> None:
    board = room("ring_all", ("201",))
    board.queue("c1")
    board.queue("c2")
    board.set_presence("available", "202")
    assert (board.ringing("c1"), board.ringing("c2")) == (["201"], ["202"])


def test_who_becomes_available_rings_along_for_the_first_in_line() -> None:
    board = room("ring_all", ("201",))
    board.queue("c1", "0")
    board.queue("c2", "4")
    board.set_presence("available", "202")
    board.set_presence("available", "203")
    assert (board.ringing("c1"), board.ringing("c2")) == (["201"], ["202", "203"])


def test_the_first_of_two_who_answer_at_the_same_instant_has_the_call() -> None:
    board = room("ring_all")
    board.queue()
    board.step(m.LegAnswered("c1.l2"), m.LegAnswered("c1.l1"))
    assert board.all(m.SetParties) == [m.SetParties("c1", True, ("c1.l2",))]
    assert board.all(m.CancelRing) == [
        m.CancelRing("c1.l1", "c1", "answered_elsewhere"),
        m.CancelRing("c1.l3", "c1", "answered_elsewhere"),
    ]
    assert board.operator("201").leg is not None
    board.gone("201")
    assert board.operator("201").available(board.now)


def test_ring_all_goes_on_until_the_last_phone_has_failed() -> None:
    board = room("ring_all", ("201", "202"))
    board.queue()
    board.leave("201", cause=17)
    assert (board.ringing(), board.line()) == (["202"], [])
    board.leave("202", cause=17)
    assert (board.ringing(), board.line()) == ([], ["c1"])
    assert not board.room.ring_all
    board.tick(2.0)
    assert board.ringing() == ["202"]


def test_ring_all_rings_only_those_with_the_skills_for_as_long_as_skills_matter() -> None:
    board = room("ring_all")
    board.queue(key="5")
    assert board.ringing() == ["202"]
    board.tick(4.9)
    assert board.ringing() == ["202"]
    board.tick(0.1)
    assert board.ringing() == ["202", "201", "203"]


def test_who_waits_for_a_skill_in_a_room_that_rings_all_lets_others_pass() -> None:
    board = room("ring_all", ("202",))
    board.talk("c1", "5")
    board.queue("c2", "5")
    board.queue("c3", "4")
    board.set_presence("available", "203")
    assert (board.line(), board.ringing("c3")) == (["c2"], ["203"])


@pytest.mark.parametrize("strategy", ["longest_idle", "ring_all"])
def test_nobody_rings_for_a_caller_who_has_gone(strategy: Strategy) -> None:
    board = room(strategy)
    board.queue()
    board.hang_up()
    assert not board.room.ring_all
    assert {cancel.reason for cancel in board.all(m.CancelRing)} == {"caller_gone"}
    board.gone("201")
    board.set_presence("available", "201")
    assert board.all(m.Ring) == []
