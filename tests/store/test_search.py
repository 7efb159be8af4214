"""Looking calls and incidents up: which are found, in which order, page by page, and by which index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from ntpd112.core.records import CallClassified, IncidentFieldSet, IncidentStatusSet, IncidentTypeSet
from ntpd112.store.engine import open_database
from ntpd112.store.search import CallFilter, IncidentFilter, Said, Search
from ntpd112.store.transaction import close_database
from ntpd112.store.trouble import TROUBLE
from tests.store.conftest import LIMITS
from tests.store.databases import Database, PostgresDatabase
from tests.store.records import NOON, a_call, noted, opened
from tests.store.writing import write_all

EVERY = CallFilter(since=0.0)


def names(found: list[Any]) -> list[str]:
    return [one.record.call_id for one in found]


async def test_pages_follow_each_other_without_a_gap_also_among_calls_of_one_instant(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    calls = [a_call(f"c{n}", arrived_at=NOON + n // 3, offers=()) for n in range(8)]
    await write_all(engine, tmp_path, *calls, a_call("own", trunk_kind="selftest", offers=()))
    search = Search(engine)
    assert names(await search.calls(EVERY)) == ["c6", "c7", "c3", "c4", "c5", "c0", "c1", "c2"]
    seen: list[str] = []
    while page := names(await search.calls(EVERY, seen[-1] if seen else None, limit=2)):
        seen += page
        await write_all(engine, tmp_path, a_call(f"new{len(seen)}", arrived_at=NOON + 100, offers=()))
    assert seen == ["c6", "c7", "c3", "c4", "c5", "c0", "c1", "c2"]
    assert await search.calls(EVERY, "nobody") == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"since": NOON + 2}, ["c4", "c3", "c2"]),
        ({"until": NOON + 2}, ["c1", "c0"]),
        ({"operator": "202"}, ["c1"]),
        ({"type": "crime"}, ["c2"]),
        ({"type": "a\0b"}, []),
        ({"outcome": "abandoned"}, ["c3"]),
        ({"call_class": "prank"}, ["c1"]),
        ({"is_unclassified": True}, ["c4", "c2", "c0"]),
        ({"number_begins": "+6281"}, ["c4", "c3", "c2", "c1", "c0"]),
        ({"number_begins": "+628119"}, ["c1"]),
        ({"number_begins": "+629"}, []),
        ({"number_has": "7890"}, ["c4", "c3", "c2", "c0"]),
        ({"number_has": "555"}, ["c1"]),
        ({"operator": "201", "type": "fire", "call_class": "prank"}, []),
    ],
)
async def test_calls_are_found_by_what_is_asked_of_them(
    engine: AsyncEngine, tmp_path: Path, wanted: dict[str, Any], found: list[str]
) -> None:
    await write_all(
        engine,
        tmp_path,
        a_call("c0"),
        a_call("c1", arrived_at=NOON + 1, ani="+62811999", ani_raw="0811-555", operator="202"),
        a_call("c2", arrived_at=NOON + 2, type="crime"),
        a_call("c3", arrived_at=NOON + 3, operator=None, connected_at=None, outcome="abandoned", incident_id=None),
        a_call("c4", arrived_at=NOON + 4),
        opened(),
        CallClassified("i1", "c1", NOON + 5, "siti", "prank", "nothing"),
    )
    assert names(await Search(engine).calls(CallFilter(**{"since": 0.0} | wanted))) == found


async def test_a_call_comes_whole_with_who_said_what_it_was(engine: AsyncEngine, tmp_path: Path) -> None:
    call = a_call("c1", incident_id="i1")
    await write_all(engine, tmp_path, call, opened(), CallClassified("i1", "c1", NOON + 5, "siti", "ghost", "nothing"))
    found = await Search(engine).call("c1")
    assert found is not None
    assert (found.record, found.said) == (call, Said("ghost", "nothing", NOON + 5, "siti"))
    assert await Search(engine).call("c\0" * 1000) is None


async def test_incidents_are_found_by_status_type_and_words_in_the_form_and_notes(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    await write_all(
        engine,
        tmp_path,
        opened("i1", at=NOON),
        opened("i2", "c2", at=NOON + 1),
        opened("i3", "c3", at=NOON + 2),
        IncidentStatusSet("i2", NOON + 3, "siti", "closed"),
        IncidentTypeSet("i3", NOON + 3, "siti", "crime"),
        IncidentFieldSet("i1", NOON + 3, "siti", "address", "Jl. MAWAR 12"),
        noted("100% api di mawar_2", "i2"),
    )
    search = Search(engine)

    async def found(**wanted: Any) -> list[str]:
        return [one.incident_id for one in await search.incidents(IncidentFilter(**{"since": 0.0} | wanted))]

    assert await found() == ["i3", "i2", "i1"]
    assert await found(since=NOON + 1) == ["i3", "i2"]
    assert await found(status="open") == ["i3", "i1"]
    assert await found(type="crime") == ["i3"]
    assert await found(text="mawar") == ["i2", "i1"]
    assert await found(text="100% api") == ["i2"]
    assert await found(text="r_2") == ["i2"]
    assert await found(text="%") == ["i2"]
    assert await found(text="\0") == []
    second = await search.incidents(IncidentFilter(since=0.0), before="i3", limit=1)
    assert [one.incident_id for one in second] == ["i2"]
    assert await search.incidents(IncidentFilter(since=0.0), before="i9") == []


async def test_given_the_database_does_not_answer_in_time_then_the_question_ends(database: Database) -> None:
    engine, holder = open_database(database.url, LIMITS), open_database(database.url)
    async with holder.execution_options(writes=True).begin() as connection:
        if isinstance(database, PostgresDatabase):
            await connection.exec_driver_sql("LOCK TABLE calls IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(TROUBLE):
                await Search(engine, limit_s=0.05).calls(EVERY)
        else:  # WAL: readers do not wait for a writer at all
            assert await Search(engine, limit_s=0.5).calls(EVERY) == []
    await close_database(engine)
    await close_database(holder)


@contextmanager
def statements(engine: AsyncEngine) -> Iterator[list[tuple[str, Any]]]:
    """Collect what the database is asked meanwhile."""
    said: list[tuple[str, Any]] = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        said.append((statement, parameters))

    event.listen(engine.sync_engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", hear)


async def plan_of(engine: AsyncEngine, statement: str, parameters: Any) -> str:
    async with engine.connect() as connection:
        if engine.dialect.name == "postgresql":  # so small a table is read as a whole, unless that costs much
            await connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            await connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
        explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
        rows = await connection.exec_driver_sql(explain + statement, parameters)
        return "\n".join(str(row[-1]) for row in rows)


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        ({}, "ix_calls_arrived_at"),
        ({"call_class": "prank"}, "ix_calls_arrived_at"),
        ({"is_unclassified": True}, "ix_calls_arrived_at"),
        ({"type": "fire"}, "ix_calls_arrived_at"),
        ({"operator": "201"}, "ix_calls_operator_arrived_at"),
        ({"outcome": "failed"}, "ix_calls_outcome_arrived_at"),
        ({"number_begins": "+62812"}, "ix_calls_a"),
    ],
)
async def test_an_index_carries_every_page_of_calls(engine: AsyncEngine, wanted: dict[str, Any], index: str) -> None:
    with statements(engine) as said:
        await Search(engine).calls(CallFilter(since=NOON, **wanted), before="c1")
    (asked,) = [each for each in said if "FROM calls" in each[0]]
    plan = await plan_of(engine, *asked)
    assert index in plan
    assert "SCAN calls" not in plan
    assert "Seq Scan on calls" not in plan


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        ({}, "ix_incidents_opened_at"),
        ({"text": "mawar"}, "ix_incidents_opened_at"),
        ({"status": "open"}, "ix_incidents_status_opened_at"),
    ],
)
async def test_an_index_carries_every_page_of_incidents(
    engine: AsyncEngine, wanted: dict[str, Any], index: str
) -> None:
    with statements(engine) as said:
        await Search(engine).incidents(IncidentFilter(since=NOON, **wanted), before="i1")
    (asked,) = [each for each in said if "FROM incidents" in each[0]]
    plan = await plan_of(engine, *asked)
    assert index in plan
    assert "SCAN incidents" not in plan
    assert "Seq Scan on incidents" not in plan
