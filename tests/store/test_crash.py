"""kill -9, for real: what was safe is there, once and in order."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from ntpd112.core.records import IncidentNoted
from ntpd112.store.queries import Records
from tests.store.databases import Database
from tests.store.records import a_call
from tests.store.writing import write_all

ROOT = Path(__file__).parents[2]
_LIMIT_S = 60


async def _run_and_kill(url: str, folder: Path, first: int, lines: int) -> int:
    """Let the program say so many lines, kill it, and return the number below which everything was safe."""
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.store.crashing", url, str(folder), str(first)),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert program.stdout is not None
    safe = first
    try:
        async with asyncio.timeout(_LIMIT_S):
            for _ in range(lines):
                safe = _safe(await program.stdout.readline(), safe)
    finally:
        program.kill()
    async with asyncio.timeout(_LIMIT_S):
        for line in (await program.stdout.read()).splitlines():  # what it said before the kill reached it
            safe = _safe(line, safe)
        await program.wait()
    return safe


def _safe(line: bytes, before: int) -> int:
    words = line.split()
    return int(words[1]) if len(words) == 2 and words[0] == b"safe" else before


async def _stored(engine: AsyncEngine) -> list[int]:
    """Numbers of the notes in order, after making sure that their calls are there, once.

    The program puts the note first, then the call: a kill may come between them, once in each of its runs.
    """
    records = Records(engine, limit_s=30)
    facts = await records.incident_facts("i1")
    notes = [int(fact.text) for fact in facts if isinstance(fact, IncidentNoted)]
    calls = await records.calls_since(0, limit=100_000)
    numbers = [int(call.arrived_at) for call in calls]
    last_ones = {number for number in notes if number + 1 not in notes}
    assert sorted(notes) == sorted({*numbers, *last_ones})
    assert [call.offers for call in calls] == [a_call(call.call_id).offers for call in calls]
    return notes


async def test_given_a_kill_while_the_database_is_down_then_nothing_safe_is_lost_or_doubled(
    database: Database, engine: AsyncEngine, tmp_path: Path
) -> None:
    spill = tmp_path / "spill"
    await database.break_down()
    first = await _run_and_kill(database.url, spill, 0, 150)
    second = await _run_and_kill(database.url, spill, 10_000, 150)
    await database.mend()
    alarms = await write_all(engine, tmp_path)
    stored = await _stored(engine)
    one, two = [number for number in stored if number < 10_000], [number for number in stored if number >= 10_000]
    assert stored == one + two
    assert one == list(range(len(one)))
    assert two == list(range(10_000, 10_000 + len(two)))
    assert len(one) >= first > 20
    assert 10_000 + len(two) >= second > 10_020
    assert alarms.said == []


async def test_given_kills_while_writing_then_nothing_safe_is_lost_or_doubled(
    database: Database, engine: AsyncEngine, tmp_path: Path
) -> None:
    safe, starts = [], [round_ * 10_000 for round_ in range(4)]
    for place, first in enumerate(starts):
        safe.append(await _run_and_kill(database.url, tmp_path / "spill", first, 37 + 61 * place))
    await write_all(engine, tmp_path)
    stored = await _stored(engine)
    runs = [[number for number in stored if first <= number < first + 10_000] for first in starts]
    assert stored == [number for run in runs for number in run]
    for first, run, reached in zip(starts, runs, safe, strict=True):
        assert run == list(range(first, first + len(run)))
        assert first + len(run) >= reached


async def test_given_a_kill_while_replaying_the_spill_then_it_is_replayed_once(
    database: Database, engine: AsyncEngine, tmp_path: Path
) -> None:
    spill = tmp_path / "spill"
    await database.break_down()
    await _run_and_kill(database.url, spill, 0, 200)
    await database.mend()
    await _run_and_kill(database.url, spill, 10_000, 3)
    await write_all(engine, tmp_path)
    stored = await _stored(engine)
    old = [number for number in stored if number < 10_000]
    assert old == list(range(len(old)))
    assert len(old) > 100
    assert stored[: len(old)] == old
    assert list(spill.glob("*.spill")) == []
