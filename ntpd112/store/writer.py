"""The records' writer: the calls' path hands facts over and never waits; two tasks bring them to disk and database.

1. :meth:`RecordWriter.put` encodes the fact and appends it to a queue in memory; no more.
2. With the spill empty, the database is written from the queue; a fact leaves it when its transaction is committed.
3. A fact that waited in the queue for ``hold_s`` goes to the spill (fsynced), whatever the database does meanwhile.
4. With something in the spill, the database is written from the spill until it is empty: order is kept.
5. Every insert is idempotent, so "written, but nobody heard of it" is answered by writing again.

What a kill -9 costs: nothing that was committed or spilled (:attr:`WriterStatus.safe` counts it). The rest are the
facts of the last ``hold_s`` plus one fsync, which the journal holds; put again from there, those that did arrive are
not doubled. A full disk *and* a dead database fill the memory up to ``memory_bytes``; what comes then is counted,
alarmed and left to the journal.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncEngine

from ntpd112.store.deliver import Delivery, OnAlarm
from ntpd112.store.envelope import Sequence, seal, stand_in
from ntpd112.store.memory import Held, Memory
from ntpd112.store.spill import Spill
from ntpd112.store.text import Stored
from ntpd112.store.trouble import TROUBLE, explain

Result = TypeVar("Result")
_TRIES_WHEN_DRAINING = 3


class WriterLimits(Struct, frozen=True):
    """Times in seconds, sizes in bytes."""

    batch: int = 500
    """Facts in one transaction."""
    gather_s: float = 0.5
    """A fact waits this long for company: a transaction costs the calls' path as much CPU as a dozen of its records."""
    write_s: float = 15.0
    """One transaction may take this long."""
    hold_s: float = 2.0
    """A fact waits in memory alone for at most this long."""
    retry_first_s: float = 0.5
    """The first retry comes after this long, each further one after twice as long, up to ``retry_last_s``."""
    retry_last_s: float = 30.0
    memory_bytes: int = 64 << 20
    adopt_every_s: float = 60.0
    """How often, when idle, the spills of dead writers are looked for."""


class WriterStatus(Struct, frozen=True):
    """Where the facts are."""

    taken: int
    """Given to ``put`` since the start."""
    safe: int
    """Of these, in the database, the spill or the rejected file, confirmed by a disk. They are the first ones, as long
    as none is ``lost``."""
    in_memory: int
    spilled: int
    """Waiting on disk, those of earlier runs included."""
    rejected: int
    """Set aside since the start."""
    lost: int
    """Left to the journal since the start, because memory and disk were full or the writer had ended."""
    database_is_down: bool


class RecordWriter:
    """Writes call records and incident facts exactly once and in order, sooner or later.

    ``folder`` holds the spill and ``rejected.log``. All methods belong to the event loop's thread.
    """

    def __init__(
        self, engine: AsyncEngine, folder: Path, on_alarm: OnAlarm, limits: WriterLimits | None = None
    ) -> None:
        self._limits = limits or WriterLimits()
        self._alarm = on_alarm
        self.rejected_file = folder / "rejected.log"
        self._delivery = Delivery(engine, self.rejected_file, on_alarm, self._limits.write_s)
        self._spill = Spill(folder)
        # One thread for all disk work: what a cancelled task began there ends before the next begins.
        self._disk = ThreadPoolExecutor(1, "records-disk")
        self._memory = Memory(self._limits.memory_bytes)
        self._numbers = Sequence()
        self._taken = self._lost = 0
        self._database_is_down = self._disk_is_down = self._is_losing = False
        self._is_running = self._is_over = False
        self._work = asyncio.Event()
        self._waiting = asyncio.Event()
        self._crowd = asyncio.Event()
        self._draining = asyncio.Event()
        self._ended = asyncio.Event()
        self._changed = asyncio.Event()
        self._tasks: tuple[asyncio.Task[None], ...] = ()
        self._left = 0

    def put(self, record: Stored) -> None:
        """Take one fact. Never blocks, awaits or raises, whatever the fact holds."""
        self._taken += 1
        seq = self._numbers.next()
        try:
            line = seal(record, seq)
        except (TypeError, ValueError, AttributeError, RecursionError) as error:
            line = stand_in(record, seq, explain(error))
        if self._is_over or not self._memory.add(Held(seq, time.monotonic(), line)):
            self._lose(1)
            return
        self._work.set()
        self._waiting.set()
        if self._memory.is_crowded:
            self._crowd.set()

    @property
    def status(self) -> WriterStatus:
        """A snapshot for health checks and metrics."""
        return WriterStatus(
            taken=self._taken,
            safe=self._taken - len(self._memory) - self._lost,
            in_memory=len(self._memory),
            spilled=len(self._spill),
            rejected=self._delivery.rejected,
            lost=self._lost,
            database_is_down=self._database_is_down,
        )

    async def until(self, reached: Callable[[WriterStatus], bool]) -> WriterStatus:
        """Wait until the status is such; put a timeout around it."""
        while not reached(status := self.status):
            self._changed.clear()
            await self._changed.wait()
        return status

    async def run(self) -> None:
        """Write until :meth:`drain` ends it or it is cancelled; then what is left is in the spill."""
        if self._is_over:
            return
        self._is_running = True
        self._ended.clear()
        try:
            async with asyncio.TaskGroup() as group:
                write, keep = group.create_task(self._write()), group.create_task(self._keep())
                write.add_done_callback(lambda _: keep.cancel())
                self._tasks = (write, keep)
        finally:
            await self._end()

    async def drain(self, limit_s: float) -> int:
        """Write what is there, for at most ``limit_s``; the rest stays in the spill. Returns how many facts that is.

        With the database down, three tries are made and the limit is not waited for. Ends :meth:`run`. Facts put
        afterwards are counted as lost: stop the calls' path first.
        """
        self._draining.set()
        self._work.set()
        if not self._is_running:
            await self._end()
            return self._left
        try:
            async with asyncio.timeout(limit_s):
                await self._ended.wait()
        except TimeoutError:
            for task in self._tasks:
                task.cancel()
            await self._ended.wait()
        return self._left

    async def _write(self) -> None:
        """Write to the database until drained; end early when it goes on failing then."""
        await self._adopt()
        retry_s, tries_left = self._limits.retry_first_s, _TRIES_WHEN_DRAINING
        while True:
            is_draining = self._draining.is_set()
            try:
                goes_on = await self._write_next()
            except TROUBLE as error:
                self._database_failed(error)
                tries_left -= is_draining
                if tries_left == 0:
                    return
                await self._pause(retry_s, is_draining)
                retry_s = min(2 * retry_s, self._limits.retry_last_s)
            else:
                retry_s = self._limits.retry_first_s
                if not goes_on:
                    return

    async def _pause(self, retry_s: float, is_draining: bool) -> None:
        """Wait before the next try; the beginning of the drain ends the wait."""
        if is_draining:
            await asyncio.sleep(self._limits.retry_first_s)
        else:
            await _within(self._draining, retry_s)

    async def _write_next(self) -> bool:
        """Write one batch, or wait for one; False when drained. Raises one of ``TROUBLE``."""
        if len(self._spill):
            await self._write_spilled()
        elif len(self._memory):
            if len(self._memory) < self._limits.batch:
                await _within(self._draining, self._limits.gather_s)
            await self._write_held()
        elif self._draining.is_set():
            return False
        else:
            self._work.clear()
            if not await _within(self._work, self._limits.adopt_every_s):
                await self._adopt()
        return True

    async def _write_held(self) -> None:
        held = self._memory.oldest(self._limits.batch)
        if held and not len(self._spill):  # the keeper may have moved them to the spill meanwhile
            await self._delivery.deliver([item.line for item in held])
            self._forget(held[-1].seq)
            self._database_works()

    async def _write_spilled(self) -> None:
        chunk = await self._on_disk(lambda: self._spill.read(self._limits.batch))
        await self._delivery.deliver(chunk.payloads, chunk.damaged)
        await self._on_disk(self._spill.confirm)
        self._changed.set()
        if chunk.payloads:
            self._database_works()

    async def _keep(self) -> None:
        """Bring to the disk what waited in memory for too long."""
        while True:
            since = self._memory.waits_since
            if since is None:
                self._waiting.clear()
                await self._waiting.wait()
                continue
            rest_s = since + self._limits.hold_s - time.monotonic()
            if rest_s > 0 and not self._memory.is_crowded:
                self._crowd.clear()
                await _within(self._crowd, rest_s)
            elif not await self._spill_memory():
                await asyncio.sleep(self._limits.hold_s)

    async def _spill_memory(self) -> bool:
        """Move the queue to the spill; False, with an alarm, when the disk refuses."""
        held = self._memory.oldest()
        if not held:
            return True
        try:
            await self._on_disk(
                lambda: self._spill.append([item.line for item in held], held[0].seq),
                lambda: self._forget(held[-1].seq),
            )
        except OSError as error:
            if not self._disk_is_down:
                self._disk_is_down = True
                self._alarm(
                    "records_spill_failed",
                    f"Records cannot be kept on disk ({explain(error)}); they wait in memory. "
                    f"Make room in {self._spill.folder}, or let us write there.",
                )
            return False
        self._disk_is_down = self._is_losing = False
        self._work.set()
        return True

    def _forget(self, seq: int) -> None:
        self._memory.drop_to(seq)
        self._changed.set()

    async def _adopt(self) -> None:
        """Take over what dead writers left; a folder that cannot be read is tried again later."""
        try:
            adopted = await self._on_disk(self._spill.adopt)
        except OSError as error:
            self._alarm("records_spill_failed", f"{self._spill.folder} cannot be read ({explain(error)}).")
            return
        if adopted:
            self._numbers.pass_by(self._spill.last_seq)

    async def _end(self) -> None:
        """Leave nothing in memory that a disk will take."""
        if self._is_over:
            return
        if not await self._spill_memory():
            self._lose(len(self._memory))
        self._left = len(self._spill)
        self._is_over = self._draining.is_set()
        await self._on_disk(self._spill.close)
        if self._is_over:
            await asyncio.to_thread(self._disk.shutdown)
        self._is_running = False
        self._ended.set()
        self._changed.set()

    async def _on_disk(self, work: Callable[[], Result], done: Callable[[], None] = lambda: None) -> Result:
        """Do it in the disk's thread, and ``done`` if it went well: to the end even when cancelled meanwhile."""
        future = asyncio.get_running_loop().run_in_executor(self._disk, work)
        future.add_done_callback(lambda ended: None if ended.cancelled() or ended.exception() else done())
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait([future])
            raise

    def _database_failed(self, error: BaseException) -> None:
        if not self._database_is_down:
            self._database_is_down = True
            self._alarm(
                "records_database_down",
                f"The records' database takes nothing ({explain(error)}). Calls go on; records are kept in "
                f"{self._spill.folder} and written when it is back.",
            )

    def _database_works(self) -> None:
        self._is_losing = False
        if self._database_is_down:
            self._database_is_down = False
            self._alarm("records_database_back", "The records' database is back, and takes what was kept.")

    def _lose(self, count: int) -> None:
        self._lost += count
        if not self._is_losing:
            self._is_losing = True
            reason = "the writer has ended" if self._is_over else "memory is full, and the database and the disk fail"
            self._alarm("records_lost", f"Records are left to the journal alone: {reason}. Put them again from there.")


async def _within(event: asyncio.Event, limit_s: float) -> bool:
    """Wait for the event, at most so long; tells whether it came."""
    try:
        async with asyncio.timeout(limit_s):
            await event.wait()
    except TimeoutError:
        return False
    return True
