"""The processes of a room, and what each of them holds: memory, descriptors, threads."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

from ntpd112.supervise.pidlock import PidLock
from tests.operation.room import Room

_ALL_RUN_WITHIN_S = 30.0


@dataclass(frozen=True)
class Reading:
    """What one process held at one instant."""

    memory_mib: float
    """What it allocated, in memory or swapped out. Mapped files are left out: how much of them is there is for the
    kernel to decide, and other processes change it."""
    rss_mib: float
    descriptors: int
    threads: int


async def all_processes(room: Room) -> dict[str, int]:
    """Return the pid of each process of a room once all of them run: the standby is the last."""
    async with asyncio.timeout(_ALL_RUN_WITHIN_S):
        while not all((found := processes(room)).values()):  # noqa: ASYNC110  a process that is no child tells nobody
            await asyncio.sleep(0.1)
        return found


def processes(room: Room) -> dict[str, int]:
    """Return the pid of each process of a room, 0 for one that does not run."""
    settings = room.settings
    return {
        "supervisor": room.process.pid,
        "controller": PidLock.of_controller(settings).owner(),
        "standby": PidLock.of_standby(settings).owner(),
        "lifeboat": PidLock.of_lifeboat(settings).owner(),
        "ear": PidLock.of_ear(settings).owner(),
        "console": PidLock.of_console(settings).owner(),
        "asterisk": room.asterisk(),
    }


def read(pid: int) -> Reading:
    """Look at a process. Raises OSError when it has ended."""
    folder = Path(f"/proc/{pid}")
    size = dict(re.findall(r"^(\w+): +(\d+) kB", (folder / "smaps_rollup").read_text(), re.MULTILINE))
    threads = re.search(r"^Threads:\s+(\d+)", (folder / "status").read_text(), re.MULTILINE)
    return Reading(
        memory_mib=(int(size["Anonymous"]) + int(size["Swap"])) / 1024,
        rss_mib=int(size["Rss"]) / 1024,
        descriptors=sum(1 for _ in (folder / "fd").iterdir()),
        threads=int(threads[1]) if threads else 0,
    )
