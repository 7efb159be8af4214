"""The journal on its way to the disk: what a power cut may take is bounded, and a bad disk is told, never waited for.

A power cut is played by cutting every file to what had been synced: see :class:`Disk`.
"""

from __future__ import annotations

import asyncio
import errno
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ntpd112.core import messages as m
from ntpd112.core.snapshot import take
from ntpd112.core.switchboard import Switchboard
from ntpd112.journal import Journal, journals, read, recover
from ntpd112.journal_sync import JournalSync
from tests.core.plans import make_plan
from tests.disk import Disk

NOW = 1_753_000_000.0
LIMIT_S = 20.0


@asynccontextmanager
async def synced(journal: Journal, said: list[str], slow_s: float = 60.0) -> AsyncIterator[JournalSync]:
    sync = JournalSync(journal, said.append, slow_s=slow_s)
    task = asyncio.create_task(sync.run())
    try:
        yield sync
    finally:
        task.cancel()
        await asyncio.wait([task])


async def met(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not condition():  # noqa: ASYNC110  a disk tells nobody
            await asyncio.sleep(0.01)


async def until(sync: JournalSync, syncs: int) -> None:
    await met(lambda: sync.syncs >= syncs)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def arrival(number: int) -> m.CallArrived:
    return m.CallArrived(f"c{number}", "mobile", "mobile", "112", "112", True, None, "", "missing", "")


async def test_after_a_power_cut_every_event_is_there_that_was_older_than_a_moment(tmp_path: Path, disk: Disk) -> None:
    said: list[str] = []
    with Journal(tmp_path, NOW, make_plan(), said.append) as journal:
        async with synced(journal, said) as sync:
            for number in range(30):
                journal.append(NOW + number / 100, arrival(number))
                await asyncio.sleep(0.02)
            assert 0 < sync.syncs < 30
            await met(lambda: disk.has(journal.file) == journal.size)
            journal.append(NOW + 1, arrival(99))
            disk.lose_power()
        left = recover(tmp_path)
    assert left is not None
    assert list(left.board.room.calls) == [f"c{number}" for number in range(30)]
    assert said == []


async def test_lines_are_synced_together_and_an_idle_room_costs_nothing(tmp_path: Path, disk: Disk) -> None:
    with Journal(tmp_path, NOW, make_plan(), pytest.fail) as journal:
        async with synced(journal, []) as sync:
            for number in range(2_000):
                journal.append(NOW, arrival(number))
            await until(sync, 1)
            journal.append(NOW, arrival(9_999))
            await until(sync, 2)
            await asyncio.sleep(0.7)
            assert sync.syncs == 2
            assert disk.syncs == 2


async def test_a_file_that_is_followed_by_another_is_synced_to_its_end_and_so_is_the_other(
    tmp_path: Path, disk: Disk
) -> None:
    board = Switchboard(make_plan())
    with Journal(tmp_path, NOW, make_plan(), pytest.fail) as journal:
        async with synced(journal, []) as sync:
            await until(sync, 1)
            for number in range(3):
                journal.append(NOW + number, arrival(number))
                board.step(NOW + number, arrival(number))
                journal.anew(NOW + number + 0.5, take(board.room))
            await until(sync, 2)
            disk.lose_power()
    files = journals(tmp_path)
    assert len(files) == 4
    assert [[type(event).__name__ for _, event in read(file)][1:] for file in files] == [["CallArrived"]] * 3 + [[]]
    left = recover(tmp_path)
    assert left is not None
    assert list(left.board.room.calls) == ["c0", "c1", "c2"]


async def test_without_a_disk_that_syncs_it_is_told_once_and_the_room_is_written_anew_when_there_is_one_again(
    tmp_path: Path, disk: Disk
) -> None:
    said: list[str] = []
    disk.refuses = errno.EIO
    with Journal(tmp_path, NOW, make_plan(), said.append) as journal:
        async with synced(journal, said) as sync:
            await met(lambda: disk.refused >= 3)
            assert len(said) == 1
            assert "is not on the disk (Input/output error)" in said[0]
            assert journal.wants_anew
            journal.anew(NOW + 1, take(Switchboard(make_plan()).room))
            disk.refuses = 0
            await until(sync, 1)
            assert said[1].endswith("is brought to the disk again")
            assert journal.wants_anew  # what the failed ones held is nowhere for sure
    assert len(said) == 2


async def test_a_disk_that_hangs_is_told_and_holds_up_neither_the_events_nor_the_end(
    tmp_path: Path, disk: Disk
) -> None:
    said: list[str] = []
    disk.gate = threading.Event()
    with Journal(tmp_path, NOW, make_plan(), said.append) as journal:
        async with synced(journal, said, slow_s=0.05), asyncio.timeout(LIMIT_S):
            while not said:
                journal.append(NOW, arrival(1))
                await asyncio.sleep(0.01)
    assert "has not taken the journal" in said[0]
    assert list(read(journal.file))[-1] == (NOW, arrival(1))
    disk.gate.set()


async def test_a_journal_that_somebody_removes_is_told_and_written_anew(tmp_path: Path) -> None:
    said: list[str] = []
    board = Switchboard(make_plan())
    with Journal(tmp_path, NOW, make_plan(), said.append) as journal:
        async with synced(journal, said) as sync:
            await until(sync, 1)
            journal.file.unlink()
            journal.append(NOW, arrival(1))
            board.step(NOW, arrival(1))
            await met(lambda: journal.wants_anew)
            journal.anew(NOW + 1, take(board.room))
            await until(sync, 2)
    left = recover(tmp_path)
    assert left is not None
    assert list(left.board.room.calls) == ["c1"]
    assert "No such file" in said[0]


async def test_no_descriptor_is_left_open_with_a_sync_or_without(tmp_path: Path) -> None:
    before = open_files()
    room = take(Switchboard(make_plan()).room)
    with Journal(tmp_path / "one", NOW, make_plan(), pytest.fail) as journal:
        for number in range(60):
            journal.anew(NOW + number, room)
    with Journal(tmp_path / "two", NOW, make_plan(), pytest.fail) as journal:
        async with synced(journal, []) as sync:
            for number in range(10):
                journal.anew(NOW + number, room)
            await until(sync, 1)
    await met(lambda: open_files() <= before)
