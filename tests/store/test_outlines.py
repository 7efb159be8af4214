"""What is counted and told of the records without anybody's number, name or note."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from ntpd112.core.records import IncidentFieldSet, IncidentNoted, IncidentTypeSet
from ntpd112.store.outlines import calls_since, latest_incidents, outline
from tests.store.records import NOON, a_call, opened
from tests.store.writing import write_all


async def test_calls_are_read_as_they_would_be_counted_live(engine: AsyncEngine, tmp_path: Path) -> None:
    early, late = a_call("a", arrived_at=NOON), a_call("b", arrived_at=NOON + 1, connected_at=None, type=None)
    await write_all(engine, tmp_path, early, late, a_call("s", arrived_at=NOON + 2, trunk_kind="selftest"))
    found = await calls_since(engine, NOON)
    assert sorted(found, key=lambda call: call.call_id) == [outline(early), outline(late)]
    assert await calls_since(engine, NOON + 0.5) == [outline(late)]


async def test_the_latest_incidents_come_with_their_types_and_districts_and_without_notes_and_other_fields(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    facts = [opened(f"i{n}", f"c{n}", NOON + n) for n in range(5)]
    typed = IncidentTypeSet("i4", NOON + 9, "201", "crime")
    noted = IncidentNoted("i4", NOON + 8, "201", "Jalan Merdeka 1")
    before, district = (IncidentFieldSet("i3", NOON + n, "201", "district", where) for n, where in ((6, "A"), (7, "B")))
    address = IncidentFieldSet("i3", NOON + 8, "201", "address", "Jalan Merdeka 2")
    of_another = IncidentFieldSet("i1", NOON + 8, "201", "district", "C")
    await write_all(engine, tmp_path, *facts, noted, typed, before, district, address, of_another)
    assert await latest_incidents(engine, 2) == [facts[3], facts[4], typed, district]
