"""What is counted of a day, whatever is heard of it, in whatever order and however often."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ntpd112.console.day import ALL, Days, Mark, marks
from ntpd112.console.latest import SHOWN, LatestIncidents
from ntpd112.console.wall_answer import incidents_of, today_of
from ntpd112.core.records import IncidentFact, IncidentFieldSet, IncidentNoted, IncidentOpened, IncidentTypeSet, Outcome
from ntpd112.store.outlines import CallOutline, outline
from tests.store.records import a_call

ZONE = ZoneInfo("Asia/Jakarta")
NOON = datetime(2026, 11, 26, 12, tzinfo=ZONE).timestamp()
MIDNIGHT = datetime(2026, 11, 27, tzinfo=ZONE).timestamp()


def a_finished(call_id: str = "c", at: float = NOON, **changes: object) -> CallOutline:
    call = CallOutline(call_id, "mobile", at, at + 5, at + 10, at + 60, "answered", None)
    return replace(call, **changes)


def gave_up(call_id: str, at: float) -> CallOutline:
    return a_finished(call_id, at, connected_at=None, outcome="abandoned")


def counted(*calls: CallOutline, now: float = NOON + 60) -> dict[Mark, int]:
    days = Days(ZONE)
    for call in calls:
        days.add(call)
    return dict(+days.today(now))


OUTCOMES: list[Outcome] = ["answered", "abandoned", "overflowed", "transferred", "failed"]
TIMES = st.floats(0, 200, allow_nan=False)


@st.composite
def versions(draw: st.DrawFn) -> list[CallOutline]:
    """One call, as it may be heard of: as its end was seen, and as it was completed later."""
    at = NOON + draw(st.floats(-100_000, 100_000, allow_nan=False))
    call = a_finished(
        f"c{draw(st.integers(0, 10_000))}",
        at,
        queued_at=draw(st.none() | TIMES.map(at.__add__)),
        connected_at=draw(st.none() | TIMES.map(at.__add__)),
        outcome=draw(st.sampled_from(OUTCOMES)),
        type=draw(st.sampled_from(["fire", "crime", None])),
    )
    given_back = replace(call, connected_at=None, outcome="overflowed")
    later = replace(given_back, ended_at=call.ended_at + draw(TIMES), outcome=draw(st.sampled_from(OUTCOMES)))
    return [given_back, later] if draw(st.booleans()) else [call]


@given(st.lists(versions(), max_size=12, unique_by=lambda each: each[0].call_id), st.data())
def test_the_order_and_repeats_change_nothing(calls: list[list[CallOutline]], data: st.DataObject) -> None:
    heard = [version for each in calls for version in each]
    again = data.draw(st.permutations(heard + data.draw(st.lists(st.sampled_from(heard)) if heard else st.just([]))))
    last = [each[-1] for each in calls if datetime.fromtimestamp(each[0].arrived_at, ZONE).date().day == 26]
    once = Counter(mark for call in last for mark in marks(call, ZONE))
    assert counted(*again) == counted(*heard) == once


def test_both_clocks_and_their_bounds() -> None:
    arrived = 1_790_000_000.3  # 15 s later, the difference of the two doubles is a little more than 15
    calls = [
        a_finished("a", arrived, queued_at=arrived + 5, connected_at=arrived + 15),
        a_finished("b", arrived, queued_at=arrived + 5, connected_at=arrived + 15.001),
        a_finished("c", arrived, queued_at=arrived + 5, connected_at=arrived + 21),
        a_finished("d", arrived, queued_at=None, connected_at=arrived + 3),
    ]
    found = counted(*calls, now=arrived)
    assert [found["invite", within] for within in (ALL, 15, 20)] == [4, 2, 3]
    assert [found["queue", within] for within in (ALL, 15, 20)] == [3, 2, 3]


def test_whoever_waited_past_the_goal_has_missed_it_answered_or_not() -> None:
    late = [
        replace(gave_up(f"g{lasted}", NOON), queued_at=NOON + 5, ended_at=NOON + lasted)
        for lasted in (3, 15, 18, 23, 44)
    ]
    told = today_of(NOON, Counter(counted(a_finished(), *late)), {})
    assert [(goal.from_invite, goal.of_invite, goal.from_queue, goal.of_queue) for goal in told.goals] == [
        (1, 4, 1, 3),
        (1, 3, 1, 2),
    ]
    assert told.abandoned == 5


def test_a_call_belongs_to_the_day_on_which_it_arrived() -> None:
    before, after = a_finished("a", MIDNIGHT - 1), gave_up("b", MIDNIGHT)
    assert counted(before, after, now=MIDNIGHT - 0.5)["arrived", ALL] == 1
    found = counted(before, after, now=MIDNIGHT)
    assert (found["arrived", ALL], found["abandoned", ALL], found["arrived", 0]) == (1, 1, 1)
    assert ("answered", ALL) not in found


def test_given_a_clock_that_is_set_back_over_midnight_then_no_call_is_lost() -> None:
    days = Days(ZONE)
    days.add(a_finished("a", MIDNIGHT - 1))
    assert days.today(MIDNIGHT + 1)["arrived", ALL] == 0
    assert days.today(MIDNIGHT - 1)["arrived", ALL] == 1
    days.today(MIDNIGHT + timedelta(days=1).total_seconds())
    assert days.today(MIDNIGHT - 1)["arrived", ALL] == 0


def test_in_another_time_zone_the_same_calls_are_another_day() -> None:
    days = Days(ZONE)
    days.add(a_finished("a", MIDNIGHT - 1800))
    moved = days.moved_to(ZoneInfo("Asia/Makassar"))
    assert moved.today(MIDNIGHT - 1800)["arrived", 0] == 1
    assert moved.begins_at(MIDNIGHT - 1800) == MIDNIGHT - 3600


def test_what_the_centre_dials_itself_is_no_citizens_call() -> None:
    assert counted(a_finished(trunk_kind="selftest")) == {}
    assert counted(a_finished(trunk_kind="internal"))["arrived", ALL] == 1


@pytest.mark.parametrize(("type_", "label"), [("fire", "Kebakaran"), ("flood", "flood"), (None, "")])
def test_every_type_of_the_city_is_told_of_and_every_other_that_is_counted(type_: str | None, label: str) -> None:
    days = Days(ZONE)
    days.add(a_finished(type=type_))
    told = today_of(days.begins_at(NOON), days.today(NOON), {"fire": "Kebakaran", "crime": ""})
    assert [one.calls for one in told.types if one.type == type_] == [1]
    assert [one.label for one in told.types if one.type == type_] == [label]
    assert [one.type for one in told.types][:2] == ["fire", "crime"]
    assert [one.hour for one in told.hours if one.arrived] == [12]


def test_an_outline_has_no_number_and_no_name() -> None:
    call = a_call("c1", type="fire")
    kept = outline(call)
    assert (kept.call_id, kept.type, kept.arrived_at) == ("c1", "fire", call.arrived_at)
    assert str(call.ani) not in repr(kept)
    assert call.caller_name not in repr(kept)


FACTS: list[IncidentFact] = [
    IncidentOpened("i1", "c1", 1.0, "fire", "201"),
    IncidentTypeSet("i1", 3.0, "caller", "crime"),
    IncidentTypeSet("i1", 5.0, "201", "medical"),
    IncidentOpened("i2", "c2", 2.0, None, "201"),
    IncidentNoted("i2", 4.0, "201", "Jalan Merdeka 1"),
    IncidentFieldSet("i1", 3.0, "201", "district", "Pinang"),
    IncidentFieldSet("i1", 6.0, "201", "district", "Benda"),
    IncidentFieldSet("i1", 6.0, "202", "district", "Ciledug"),
    IncidentFieldSet("i1", 7.0, "201", "address", "Jalan Merdeka 2"),
    IncidentFieldSet("i2", 5.0, "201", "district", "Pinang"),
    IncidentFieldSet("i2", 8.0, "201", "district", ""),
    IncidentFieldSet("i3", 9.0, "201", "district", "Pinang"),
]


@given(st.permutations(FACTS * 2))
def test_the_latest_incidents_are_the_same_in_whatever_order_they_are_heard_of(facts: list[IncidentFact]) -> None:
    latest = LatestIncidents()
    for fact in facts:
        latest.hear(fact)
    assert [(seen.incident_id, seen.opened_at, seen.type, seen.district_said[1]) for seen in latest.shown()] == [
        ("i2", 2.0, None, ""),
        ("i1", 1.0, "medical", "Ciledug"),
    ]
    assert "Merdeka" not in repr(latest.shown())


@pytest.mark.parametrize(
    ("districts", "told"),
    [(("Pinang", "Benda"), ["Benda", None, None]), ((), [None] * 3)],
)
def test_the_wall_is_told_the_citys_own_districts_and_nothing_else_that_was_written(
    districts: tuple[str, ...], told: list[str | None]
) -> None:
    latest = LatestIncidents()
    for n, text in enumerate(("", "Pak Budi 081234567890", "Benda"), start=1):
        latest.hear(IncidentOpened(f"i{n}", f"c{n}", float(n), None, None))
        latest.hear(IncidentFieldSet(f"i{n}", n + 0.5, "201", "district", text))
        latest.hear(IncidentFieldSet(f"i{n}", n + 0.5, "201", "landmark", "Benda"))
    assert [one.district for one in incidents_of(latest.shown(), {}, districts)] == told


def test_only_the_latest_are_shown_and_older_ones_forgotten() -> None:
    latest = LatestIncidents()
    for n in range(1, 1000):
        latest.hear(IncidentOpened(f"i{n}", "c", float(n), None, None))
    assert [seen.opened_at for seen in latest.shown()] == [float(n) for n in range(999, 999 - SHOWN, -1)]
    assert len(latest._seen) < 300
