"""Deadlines by name."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ntpd112.core.timers import Timers


def test_without_deadlines_nothing_is_due() -> None:
    timers = Timers()
    assert timers.next_deadline() is None
    assert timers.pop_due(1e9) is None


def test_a_deadline_is_due_at_its_instant_and_only_once() -> None:
    timers = Timers()
    timers.set("ring", "l1", 10.0)
    assert timers.pop_due(9.999) is None
    assert timers.pop_due(10.0) == ("ring", "l1")
    assert timers.pop_due(10.0) is None


def test_deadlines_come_in_order_of_time_then_of_name() -> None:
    timers = Timers()
    for kind, owner, at in (("b", "x", 5.0), ("c", "x", 4.0), ("a", "y", 5.0), ("a", "x", 5.0)):
        timers.set(kind, owner, at)
    assert [timers.pop_due(9.0) for _ in range(4)] == [("c", "x"), ("a", "x"), ("a", "y"), ("b", "x")]


def test_a_deadline_that_was_moved_counts_at_its_new_instant_only() -> None:
    timers = Timers()
    timers.set("ring", "l1", 10.0)
    timers.set("ring", "l1", 20.0)
    assert timers.next_deadline() == 20.0
    timers.set("ring", "l1", 5.0)
    assert timers.pop_due(30.0) == ("ring", "l1")
    assert timers.pop_due(30.0) is None


def test_a_cleared_deadline_never_comes() -> None:
    timers = Timers()
    timers.set("ring", "l1", 10.0)
    timers.clear("l1", "ring")
    timers.clear("unknown", "ring", "grace")
    assert not timers.has("ring", "l1")
    assert timers.next_deadline() is None


def test_deadlines_that_are_moved_for_ever_take_no_more_room_than_those_that_are_set() -> None:
    timers = Timers()
    for number in range(100_000):
        timers.set("comfort", f"c{number % 10}", 1000.0 + number)
    assert len(timers._heap) <= 1025
    assert timers.next_deadline() == 1000.0 + 99_990


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["set", "clear", "pop"]), st.sampled_from("ab"), st.sampled_from("xyz"), st.integers(0, 9)
        )
    )
)
def test_whatever_is_set_moved_cleared_and_taken_the_earliest_deadline_is_known(
    moves: list[tuple[str, str, str, int]],
) -> None:
    timers, truth = Timers(), dict[tuple[str, str], float]()
    for move, kind, owner, at in moves:
        if move == "set":
            timers.set(kind, owner, float(at))
            truth[kind, owner] = float(at)
        elif move == "clear":
            timers.clear(owner, kind)
            truth.pop((kind, owner), None)
        else:
            due = min(((instant, key) for key, instant in truth.items() if instant <= at), default=None)
            assert timers.pop_due(float(at)) == (due[1] if due else None)
            if due:
                del truth[due[1]]
        assert timers.next_deadline() == min(truth.values(), default=None)
        assert all(timers.has(*key) for key in truth)
