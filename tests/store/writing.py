"""A writer at work, and waiting for what it says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from ntpd112.store.writer import RecordWriter, WriterLimits

QUICK = WriterLimits(gather_s=0, hold_s=0.02, retry_first_s=0.01, retry_last_s=0.05, write_s=5)
_LIMIT_S = 20.0


class Alarms:
    """What the writer said to the people who run the room."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []
        self._more = asyncio.Event()

    def __call__(self, kind: str, text: str) -> None:
        """Hear one alarm."""
        self.said.append((kind, text))
        self._more.set()

    @property
    def kinds(self) -> list[str]:
        """The kinds, in order."""
        return [kind for kind, _ in self.said]

    async def heard(self, kind: str, times: int = 1) -> str:
        """Wait for the alarm; returns its text."""
        async with asyncio.timeout(_LIMIT_S):
            while self.kinds.count(kind) < times:
                self._more.clear()
                await self._more.wait()
        return next(text for said, text in self.said if said == kind)


@asynccontextmanager
async def at_work(writer: RecordWriter, drain_s: float = _LIMIT_S) -> AsyncIterator[RecordWriter]:
    """Run the writer meanwhile, and drain it at the end."""
    async with asyncio.TaskGroup() as group:
        group.create_task(writer.run())
        await asyncio.sleep(0)
        yield writer
        await writer.drain(drain_s)


async def until_spilled(writer: RecordWriter) -> None:
    """Wait until nothing is in memory alone."""
    async with asyncio.timeout(_LIMIT_S):
        await writer.until(lambda status: status.in_memory == 0)


async def write_all(engine: AsyncEngine, folder: Path, *records: object) -> Alarms:
    """Write these and be done."""
    alarms = Alarms()
    writer = RecordWriter(engine, folder / "spill", alarms, QUICK)
    for record in records:
        writer.put(record)  # type: ignore[arg-type]
    async with at_work(writer):
        pass
    assert writer.status.in_memory == 0
    return alarms
