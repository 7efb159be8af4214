"""What one can ask the records."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ntpd112.core.records import (
    CallClassified,
    IncidentCallLinked,
    IncidentFieldSet,
    IncidentNoted,
    IncidentStatusSet,
    IncidentTypeSet,
)
from ntpd112.store.context import Context, Contexts, Mark
from ntpd112.store.engine import open_database
from ntpd112.store.queries import DAY_S, Incident, IncidentCall, IncidentField, IncidentNote, Records
from ntpd112.store.transaction import close_database
from ntpd112.store.trouble import TROUBLE
from tests.store.conftest import LIMITS
from tests.store.databases import Database, PostgresDatabase
from tests.store.records import NOON, a_call, an_offer, noted, opened
from tests.store.writing import write_all


async def test_calls_since_come_in_order_of_arrival(engine: AsyncEngine, tmp_path: Path) -> None:
    late, early, before = (a_call(name, arrived_at=NOON + at, offers=()) for name, at in (("b", 2), ("a", 1), ("c", 0)))
    await write_all(engine, tmp_path, late, early, before)
    records = Records(engine)
    assert await records.calls_since(NOON + 1) == [early, late]
    assert await records.calls_since(NOON, NOON + 2) == [before, early]
    assert await records.calls_since(NOON, limit=1) == [before]
    assert await records.calls_since(NOON, outcome="abandoned") == []


async def test_a_call_nobody_knows_is_none(engine: AsyncEngine) -> None:
    assert await Records(engine).call("nobody") is None
    assert await Records(engine).incident("nobody") is None


async def test_outcomes_are_counted(engine: AsyncEngine, tmp_path: Path) -> None:
    words = ["answered", "abandoned", "abandoned", "failed"]
    await write_all(engine, tmp_path, *(a_call(str(place), outcome=word) for place, word in enumerate(words)))
    assert await Records(engine).outcomes(NOON) == {"abandoned": 2, "answered": 1, "failed": 1}
    assert await Records(engine).outcomes(NOON + 1) == {}


async def test_both_answering_clocks_are_read_and_who_gave_up_is_counted(engine: AsyncEngine, tmp_path: Path) -> None:
    arrived = 1_790_000_000.3  # 15 s later, the difference of the two doubles is a little more than 15
    clocks = {"a": (10.0, 5.0), "b": (15.0, 5.0), "c": (15.001, 0.001), "d": (20.0, 4.0), "e": (65.0, 5.0)}
    answered = [
        a_call(name, arrived_at=arrived, queued_at=arrived + queued, connected_at=arrived + connected)
        for name, (connected, queued) in clocks.items()
    ]
    past_the_queue = a_call("f", arrived_at=arrived, queued_at=None, connected_at=arrived + 3)
    gave_up = [
        a_call(f"g{lasted}", arrived_at=arrived, connected_at=None, ended_at=arrived + lasted, outcome="abandoned")
        for lasted in (3, 15, 18, 90)
    ]
    await write_all(engine, tmp_path, *answered, past_the_queue, *gave_up)
    answering = await Records(engine).answering(NOON - 1, NOON + 3600)
    assert answering.arrived == 10
    assert (answering.from_invite.answered, answering.from_queue.answered) == (6, 5)
    assert (answering.from_invite.within_15_s, answering.from_invite.within_20_s) == (3, 5)
    assert (answering.from_queue.within_15_s, answering.from_queue.within_20_s) == (3, 4)
    assert (answering.from_invite.longest_s, answering.from_queue.longest_s) == pytest.approx((65.0, 60.0))
    assert (answering.from_invite.of_15_s, answering.from_invite.of_20_s) == (6 + 2, 6 + 1)
    assert (answering.from_queue.of_15_s, answering.from_queue.of_20_s) == (5 + 1, 5 + 1)
    assert (answering.abandoned, answering.abandoned_within_15_s, answering.abandoned_within_20_s) == (4, 2, 3)


async def test_without_calls_the_clocks_say_nothing(engine: AsyncEngine) -> None:
    answering = await Records(engine).answering(0)
    assert (answering.arrived, answering.from_invite.answered, answering.from_invite.longest_s) == (0, 0, None)


async def test_calls_of_a_number_and_of_an_operator(engine: AsyncEngine, tmp_path: Path) -> None:
    mine = a_call("mine", offers=(an_offer("mine"),))
    old = a_call("old", arrived_at=NOON - 31 * DAY_S)
    other = a_call("other", ani="+62811", operator="202")
    nameless = a_call("nameless", ani=None, operator=None)
    await write_all(engine, tmp_path, mine, old, other, nameless)
    records = Records(engine)
    assert await records.calls_of_ani("+6281234567890", 30, NOON) == [mine]
    assert await records.calls_of_ani("+6281234567890", 40, NOON) == [mine, old]
    assert await records.calls_of_operator("202", NOON) == [other]


async def test_an_incident_is_the_fold_of_its_facts(engine: AsyncEngine, tmp_path: Path) -> None:
    await write_all(
        engine,
        tmp_path,
        opened(),
        IncidentTypeSet(incident_id="i1", at=NOON + 1, by="201", type="accident"),
        IncidentCallLinked(incident_id="i1", call_id="c2", at=NOON + 2, by="202"),
        IncidentCallLinked(incident_id="i1", call_id="c1", at=NOON + 3, by="202"),
        noted("three cars"),
        IncidentStatusSet(incident_id="i1", at=NOON + 4, by="202", status="closed"),
    )
    assert await Records(engine).incident("i1") == Incident(
        incident_id="i1",
        type="accident",
        status="closed",
        opened_at=NOON,
        closed_at=NOON + 4,
        operator="201",
        calls=(IncidentCall("c1", NOON, "201"), IncidentCall("c2", NOON + 2, "202")),
        notes=(IncidentNote(NOON + 1, "201", "three cars"),),
        fields=(),
    )
    assert await Records(engine).open_incidents() == []
    await write_all(engine, tmp_path, IncidentStatusSet(incident_id="i1", at=NOON + 5, by="202", status="open"))
    (again,) = await Records(engine).open_incidents()
    assert again.closed_at is None


async def test_of_a_field_and_of_a_calls_class_the_latest_word_counts(engine: AsyncEngine, tmp_path: Path) -> None:
    await write_all(
        engine,
        tmp_path,
        opened(),
        IncidentFieldSet("i1", NOON + 1, "201", field="address", text="Jalan Mawar"),
        IncidentFieldSet("i1", NOON + 2, "201", field="address", text="Jalan Mawar 12"),
        IncidentFieldSet("i1", NOON + 3, "201", field="hurt", text="2"),
        CallClassified("i1", "c1", NOON + 4, "201", "prank", "nothing"),
        CallClassified("i1", "c1", NOON + 5, "201", "normal", "forwarded"),
    )
    found = await Records(engine).incident("i1")
    assert found is not None
    assert found.fields == (
        IncidentField("address", "Jalan Mawar 12", NOON + 2, "201"),
        IncidentField("hurt", "2", NOON + 3, "201"),
    )
    await write_all(engine, tmp_path, a_call("c1", incident_id="i1"))
    (past,) = (await Contexts(engine).of("+6281234567890", NOON + 10)).calls
    assert (past.call_class, past.disposition, past.incident_id) == ("normal", "forwarded", "i1")


async def test_what_is_known_of_a_number_is_recent_and_its_own(engine: AsyncEngine, tmp_path: Path) -> None:
    contexts, ani = Contexts(engine), "+6281234567890"
    assert await contexts.of(ani, NOON) == Context((), (), None)
    await write_all(
        engine,
        tmp_path,
        a_call("c1", incident_id="i1"),
        a_call("older", arrived_at=NOON - 29 * DAY_S, incident_id="i2"),
        a_call("too old", arrived_at=NOON - 31 * DAY_S, incident_id="i3"),
        a_call("other", ani="+62811", incident_id="i4"),
        *(opened(f"i{n}", call_id) for n, call_id in enumerate(("c1", "older", "too old", "other"), 1)),
        IncidentStatusSet(incident_id="i2", at=NOON, by="201", status="closed"),
    )
    found = await contexts.of(ani, NOON + 60)
    assert [call.call_id for call in found.calls] == ["c1", "older"]
    assert [one.incident_id for one in found.incidents] == ["i1"]


async def test_a_mark_is_told_until_its_time_and_can_be_replaced_and_taken_away(engine: AsyncEngine) -> None:
    contexts, ani = Contexts(engine), "+6281234567890"
    await contexts.mark(ani, Mark("prank", NOON + 100, NOON, "siti"))
    assert (await contexts.of(ani, NOON + 99)).mark == Mark("prank", NOON + 100, NOON, "siti")
    assert (await contexts.of(ani, NOON + 100)).mark is None
    assert (await contexts.of("+62811", NOON)).mark is None
    await contexts.mark(ani, Mark("prank", NOON + 500, NOON + 50, "budi"))
    assert (await contexts.of(ani, NOON + 100)).mark == Mark("prank", NOON + 500, NOON + 50, "budi")
    await contexts.unmark(ani)
    await contexts.unmark(ani)
    assert (await contexts.of(ani, NOON)).mark is None


async def test_a_fact_about_an_unknown_incident_shows_it_as_open(engine: AsyncEngine, tmp_path: Path) -> None:
    await write_all(engine, tmp_path, noted("smoke", incident_id="lost", at=NOON + 7))
    (incident,) = await Records(engine).open_incidents()
    assert (incident.incident_id, incident.opened_at, incident.operator) == ("lost", NOON + 7, None)
    await write_all(engine, tmp_path, opened("lost"))
    (incident,) = await Records(engine).open_incidents()
    assert (incident.opened_at, incident.operator) == (NOON, "201")


async def test_the_incidents_a_number_reported_are_found_by_its_finished_calls(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    month = 30 * DAY_S
    await write_all(
        engine,
        tmp_path,
        a_call("c1"),
        a_call("c2", ani="+62811"),
        opened("i1", "c1"),
        opened("old", "c1", at=NOON - month - 1),
        opened("theirs", "c2"),
        opened("closed", "c1", at=NOON - 1),
        IncidentStatusSet(incident_id="closed", at=NOON, by="201", status="closed"),
    )
    records = Records(engine)
    found = await records.incidents_of_ani("+6281234567890", 30, NOON)
    still_open = await records.incidents_of_ani("+6281234567890", 30, NOON, only_open=True)
    assert [incident.incident_id for incident in found] == ["i1", "closed"]
    assert [incident.incident_id for incident in still_open] == ["i1"]


async def test_incident_facts_are_the_whole_log(engine: AsyncEngine, tmp_path: Path) -> None:
    facts = [opened(), noted("a"), IncidentNoted(incident_id="i1", at=NOON - 5, by="202", text="b")]
    await write_all(engine, tmp_path, *facts)
    assert await Records(engine).incident_facts("i1") == facts


async def test_more_calls_than_one_question_takes_keys_come_back_whole(engine: AsyncEngine, tmp_path: Path) -> None:
    calls = [a_call(f"c{number:04}", arrived_at=NOON + number) for number in range(1200)]
    await write_all(engine, tmp_path, *calls)
    assert await Records(engine).calls_since(NOON, limit=5000) == calls


async def test_given_the_database_does_not_answer_in_time_then_the_question_ends(database: Database) -> None:
    engine = open_database(database.url, LIMITS)
    holder = open_database(database.url)
    async with holder.execution_options(writes=True).begin() as connection:
        if isinstance(database, PostgresDatabase):
            await connection.exec_driver_sql("LOCK TABLE calls IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(TROUBLE):
                await Records(engine, limit_s=0.05).calls_since(0)
        else:  # WAL: readers do not wait for a writer at all
            assert await Records(engine, limit_s=0.5).calls_since(0) == []
    assert await Records(engine).calls_since(0) == []
    await close_database(engine)
    await close_database(holder)


async def test_calls_of_the_centre_to_itself_are_no_citizens(engine: AsyncEngine, tmp_path: Path) -> None:
    citizen = a_call("a", offers=())
    own = a_call("b", trunk="selfcall", trunk_kind="selftest", offers=())
    await write_all(engine, tmp_path, citizen, own)
    records = Records(engine)
    assert await records.calls_since(NOON) == [citizen]
    assert await records.calls_since(NOON, self_calls=True) == [citizen, own]
    assert await records.call("b") == own
    assert await records.outcomes(NOON) == {citizen.outcome: 1}
    assert (await records.answering(NOON)).arrived == 1
