"""Who can be rung now, in the order of each strategy."""

from __future__ import annotations

from ntpd112.core.operator import Operator
from ntpd112.core.plan import OperatorPlan, Strategy
from ntpd112.core.roster import Roster

NOW = 1000.0


def operator(name: str, *skills: str, idle_since: float = 0.0, last_offer: int = 0, calls: int = 0) -> Operator:
    entry = OperatorPlan(name, name, skills)
    return Operator(entry, frozenset(skills), "available", idle_since=idle_since, last_offer=last_offer, calls=calls)


def roster(*operators: Operator) -> Roster:
    made = Roster()
    for one in operators:
        made.update(one, NOW)
    return made


def order(made: Roster, strategy: Strategy) -> list[str]:
    return [one.operator for one in made.ordered(strategy)]


def test_longest_idle_and_ring_all_begin_with_who_has_been_idle_longest() -> None:
    made = roster(operator("201", idle_since=30), operator("202", idle_since=10), operator("203", idle_since=20))
    assert order(made, "longest_idle") == order(made, "ring_all") == ["202", "203", "201"]


def test_round_robin_begins_with_whose_last_ring_is_longest_ago() -> None:
    made = roster(operator("201", last_offer=7), operator("202", last_offer=9), operator("203", last_offer=8))
    assert order(made, "round_robin") == ["201", "203", "202"]


def test_fewest_calls_begins_with_who_has_had_the_fewest() -> None:
    made = roster(operator("201", calls=3), operator("202", calls=1), operator("203", calls=2))
    assert order(made, "fewest_calls") == ["202", "203", "201"]


def test_equals_stand_by_idle_time_and_then_by_extension() -> None:
    made = roster(operator("203", calls=1), operator("201", calls=1), operator("202", calls=1, idle_since=5))
    assert order(made, "fewest_calls") == ["201", "203", "202"]


def test_only_who_is_available_stands_in_the_lists() -> None:
    one = operator("201")
    made = roster(one)
    one.presence = "on_break"
    made.update(one, NOW)
    made.update(one, NOW)
    assert len(made.available) == 0
    assert order(made, "longest_idle") == []


def test_a_change_moves_an_operator_in_every_list() -> None:
    one, other = operator("201"), operator("202", idle_since=5, calls=1, last_offer=1)
    made = roster(one, other)
    one.idle_since, one.calls, one.last_offer = 9, 2, 2
    made.update(one, NOW)
    assert order(made, "longest_idle") == order(made, "fewest_calls") == order(made, "round_robin") == ["202", "201"]


def test_the_first_with_all_skills_is_picked_else_the_first() -> None:
    made = roster(operator("201"), operator("202", "fire"), operator("203", "fire", "english"))
    assert made.pick("longest_idle", frozenset(), required=False) is next(made.ordered("longest_idle"))
    picked = made.pick("longest_idle", frozenset({"fire", "english"}), required=False)
    assert picked is not None
    assert picked.operator == "203"
    other = made.pick("longest_idle", frozenset({"medical"}), required=False)
    assert other is not None
    assert other.operator == "201"


def test_nobody_is_picked_without_required_skills_or_from_an_empty_room() -> None:
    assert roster(operator("201")).pick("longest_idle", frozenset({"fire"}), required=True) is None
    assert roster().pick("longest_idle", frozenset(), required=False) is None
