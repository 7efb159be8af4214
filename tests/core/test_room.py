"""Operators come and go with the plan; calls keep the plan they came under."""

from __future__ import annotations

import pytest

from ntpd112.core import messages as m
from ntpd112.core import room as room_module
from tests.core.driver import Board
from tests.core.plans import OPERATORS, make_plan


def test_operators_begin_logged_out_and_off_duty() -> None:
    board = Board(on_duty=())
    assert {operator.presence for operator in board.room.operators.values()} == {"logged_out"}
    assert board.room.on_duty == set()


def test_a_new_operator_may_log_in_after_a_reload() -> None:
    board = Board()
    board.reload(make_plan((*OPERATORS, "204")))
    board.set_presence("available", "204")
    assert board.operator("204").on_duty


def test_a_removed_operator_is_logged_out_and_forgotten_and_the_exchange_told_once() -> None:
    board = Board()
    plan = make_plan(("202",))
    assert board.reload(plan) == [
        m.ShowPresence("201", "logged_out", "removed"),
        m.ShowPresence("203", "logged_out", "removed"),
    ]
    assert list(board.room.operators) == ["202"]
    assert board.reload(plan) == []


def test_a_removed_operator_keeps_the_call_and_is_told_once() -> None:
    board = Board()
    board.talk()
    plan = make_plan(("202", "203"))
    board.reload(plan)
    assert board.reload(plan) == []
    assert board.call().state == "talking"
    board.leave("201")
    assert list(board.room.operators) == ["202", "203"]


def test_a_removed_operator_whose_phone_rings_may_still_answer() -> None:
    board = Board()
    board.queue()
    board.reload(make_plan(("202", "203")))
    board.pick_up("201")
    assert board.call().contact.operator == "201"


def test_an_operator_who_was_removed_and_added_again_in_mid_call_may_log_in_again() -> None:
    board = Board()
    board.talk()
    board.reload(make_plan(("202", "203")))
    board.reload(make_plan())
    assert board.operator("201").presence == "logged_out"
    board.hang_up()
    board.gone("201")
    board.set_presence("available", "201")
    assert board.operator("201").available(board.now)


def test_a_reload_brings_new_skills_to_operators_who_are_there() -> None:
    board = Board(on_duty=("203",))
    plan = make_plan()
    plan.operators["203"] = type(plan.operators["203"])("203", "Operator 203", ("medical",))
    board.reload(plan)
    board.set_presence("available", "201")
    board.queue(key="5")
    assert board.ringing() == ["203"]


def test_a_call_keeps_the_plan_it_came_under() -> None:
    board = Board()
    board.ask("c1")
    board.reload(make_plan(version="next", types={}, menu=type(make_plan().menu)({})))
    board.press("5", "c1")
    board.ask("c2")
    board.press("5", "c2")
    assert (board.call("c1").type, board.call("c2").type) == ("medical", None)
    board.hang_up("c1")
    board.hang_up("c2")
    assert (board.record("c1").plan_version, board.record("c2").plan_version) == ("test", "next")


def test_the_wrap_up_of_an_operator_who_was_forgotten_ends_nowhere() -> None:
    board = Board(on_duty=("201", "202"))
    board.talk()
    board.leave("201")
    board.hang_up()
    board.reload(make_plan(("202",)))
    assert board.tick(30.0) == []


def test_ended_calls_are_remembered_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_module, "_REMEMBERED_CALLS", 2)
    board = Board()
    for call_id in ("c1", "c2", "c3"):
        board.arrive(call_id)
        board.hang_up(call_id)
    assert [board.room.has_ended(call_id) for call_id in ("c1", "c2", "c3")] == [False, True, True]
