"""The waiting line: by priority, then by arrival; those who need skills in lists of their own."""

from __future__ import annotations

from ntpd112.core.call import Call
from ntpd112.core.messages import CallArrived
from ntpd112.core.queue import ANYBODY, WaitingLine
from tests.core.plans import make_plan

FIRE = frozenset({"fire"})


def caller(turn: int, priority: int = 3) -> Call:
    plan = make_plan()
    arrived = CallArrived(f"c{turn}", "mobile", "mobile", "112", "112", True, None, "", "missing", "")
    return Call(arrived, 1000.0, turn, plan, "id", plan.queues["main"], priority)


def test_callers_stand_by_priority_then_by_turn() -> None:
    line = WaitingLine()
    calls = [caller(1), caller(2, 0), caller(3), caller(4, 0)]
    for call in reversed(calls):
        line.add(call)
    assert [call.turn for call in line.ordered()] == [2, 4, 1, 3]
    assert len(line) == 4


def test_each_list_of_skills_has_its_head_and_the_first_in_line_comes_first() -> None:
    line = WaitingLine()
    first, second, third = caller(1), caller(2), caller(3)
    line.add(third, FIRE)
    line.add(second)
    line.add(first, FIRE)
    assert line.heads() == [(first, FIRE), (second, ANYBODY)]


def test_who_leaves_the_line_is_gone_and_may_leave_twice() -> None:
    line = WaitingLine()
    first, second = caller(1), caller(2)
    line.add(first, FIRE)
    line.add(second, FIRE)
    line.remove(first)
    line.remove(first)
    assert line.heads() == [(second, FIRE)]
    line.remove(second)
    assert line.heads() == []
    assert first.position is second.position is None


def test_who_stands_in_line_already_is_moved() -> None:
    line = WaitingLine()
    call = caller(1)
    line.add(call, FIRE)
    call.priority = 0
    line.add(call)
    assert len(line) == 1
    assert line.heads() == [(call, ANYBODY)]
    assert call.position == (0, 1)
