"""A soak: a room works for a long time, and everything it holds is measured meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ntpd112.config.load import load_city
from ntpd112.demo.mix import Crowd, Kind
from ntpd112.demo.play import Play
from ntpd112.host.asterisk_process import AsteriskProcess
from ntpd112.host.asterisk_root import find_asterisk
from ntpd112.host.errors import AsteriskError
from ntpd112.host.logs import give_back_memory
from ntpd112.host.secrets import load_secrets
from ntpd112.settings import Settings
from ntpd112.web.control import State
from ntpd112.web.link import Link, LinkError
from tests.operation.room import Room
from tests.soak.books import Books, balance
from tests.soak.processes import Reading, all_processes, processes, read
from tests.soak.trend import Sample, Trend, trend

SHARES: dict[Kind, int] = {"early": 40, "silent": 40, "prank": 17, "emergency": 3}
CROWD = Crowd(rate=3.0, shares=SHARES, burst=10, burst_every_s=60.0, most_at_once=40)
_SAMPLE_EVERY_S = 8.0
_TELL_EVERY_S = 60.0
_WARM_UP_S = 600.0
"""Caches fill, allocators find their size; of a short run the first half."""
MIB_PER_H = 4.0
"""At some 12,000 calls an hour a third of a KiB a call. Some growth is meant, and ends: the controller remembers its
last 2,000 calls by their ids."""
ASTERISKS_MIB_PER_H = 30.0
"""Its buffers come and go with the calls, by more than that from one minute to the next: half an hour tells no less."""
DESCRIPTORS_PER_H = 20.0
THREADS_PER_H = 10.0
AT_REST = 30
"""So many more descriptors or threads than before the first call may be there after the last: pools of connections and
of threads stay open for a while."""


@dataclass
class Watched:
    """One process and what was read of it."""

    pid: int
    before: Reading
    """With nobody calling yet."""
    samples: list[tuple[float, int, Reading]] = field(default_factory=list)
    """Instant, callers at that time, reading."""
    after: Reading | None = None
    """With nobody calling any more."""
    mib_per_h: float = MIB_PER_H
    """Growth that is allowed."""

    def trends(self, warm_at: float) -> dict[str, Trend]:
        """Return how memory, descriptors and threads moved once it was warm."""
        taken = [sample for sample in self.samples if sample[0] >= warm_at]

        def moved(what: Callable[[Reading], float], allowed_per_h: float) -> Trend:
            return trend([Sample(at, load, what(reading)) for at, load, reading in taken], allowed_per_h)

        return {
            "memory": moved(lambda reading: reading.memory_mib, self.mib_per_h),
            "descriptors": moved(lambda reading: reading.descriptors, DESCRIPTORS_PER_H),
            "threads": moved(lambda reading: reading.threads, THREADS_PER_H),
        }

    def verdicts(self, warm_at: float) -> list[str]:
        """Return what is not flat.

        Descriptors and threads come and go with every caller, so that their slope has a large error; but they are whole
        numbers, and with nobody calling none may be left: where the slope cannot tell, that does.
        """
        if self.after is None:
            return ["nobody looked at the end"]
        found = {what: one.verdict for what, one in self.trends(warm_at).items() if one.verdict != "flat"}
        left = {
            "descriptors": self.after.descriptors - self.before.descriptors,
            "threads": self.after.threads - self.before.threads,
        }
        for what, more in left.items():
            if found.get(what) == "too short to tell" and more <= AT_REST:
                del found[what]
        too_many = [f"{more} more {what} at rest" for what, more in left.items() if more > AT_REST]
        return [*(f"{what} {verdict}" for what, verdict in found.items()), *too_many]


@dataclass
class Told:
    """What a soak found."""

    length_s: float
    books: Books
    watched: dict[str, Watched]
    began: float
    replaced: list[str]
    """Processes that are others at the end than at the beginning."""
    troubles: list[str]
    alarms: int
    most_spilled: int

    @property
    def warm_at(self) -> float:
        """When the warm-up was over."""
        return self.began + min(_WARM_UP_S, self.length_s / 2)

    @property
    def growth(self) -> list[str]:
        """Return what grew, and what cannot be told of so short a run."""
        return [f"{name}: {what}" for name, one in self.watched.items() for what in one.verdicts(self.warm_at)]

    @property
    def failures(self) -> list[str]:
        """Return what else may not be."""
        return [
            *self.books.failures,
            *(f"{name} ended during the run, and was started again" for name in self.replaced),
            *self.troubles,
        ]


async def watch(room: Room, see: Callable[[State], None]) -> None:
    """Let somebody see the room after every change, whoever serves, until cancelled."""
    while True:
        with contextlib.suppress(LinkError):
            async with Link(room.settings) as link:
                async for state in link.watch():
                    see(state)
        await asyncio.sleep(1.0)


async def soak(room: Room, length_s: float, crowd: Crowd, seed: int, say: Callable[[str], None]) -> Told:
    """Let people call and operators work for so long, then count."""
    city = await asyncio.to_thread(load_city, room.settings.city_file)
    passwords = load_secrets(room.folder).sip_passwords
    play = Play(room.network, city.city, passwords, city.plan.codes, crowd, seed)
    watched = {name: Watched(pid, read(pid)) for name, pid in (await all_processes(room)).items()}
    watched["asterisk"].mib_per_h = ASTERISKS_MIB_PER_H
    asterisk = await _asterisk(room.settings)
    began = time.monotonic()
    most_spilled = 0

    def see(state: State) -> None:
        nonlocal most_spilled
        play.state = state
        most_spilled = max(most_spilled, state.health.spilled)

    async with asyncio.TaskGroup() as tasks:
        around = [
            tasks.create_task(watch(room, see)),
            tasks.create_task(_measure(watched, play, asterisk)),
            tasks.create_task(_tell(watched, play, began, say)),
        ]
        try:
            await play.run(length_s, asyncio.Event())
        finally:
            for task in around:
                task.cancel()
    say("everybody has gone home; counting")
    books = await balance(room, play.tally.numbers)
    for one in watched.values():
        with contextlib.suppress(OSError):
            one.after = read(one.pid)
    return Told(
        length_s,
        books,
        watched,
        began,
        [name for name, pid in processes(room).items() if pid != watched[name].pid],
        play.tally.troubles,
        len(play.state.alarms) if play.state else 0,
        most_spilled,
    )


async def _asterisk(settings: Settings) -> AsteriskProcess:
    install = find_asterisk(settings.asterisk, settings.cache_dir)
    assert install is not None
    asterisk = AsteriskProcess(settings, install)
    await asterisk.adopt()
    return asterisk


async def _measure(watched: dict[str, Watched], play: Play, asterisk: AsteriskProcess) -> None:
    while True:
        with contextlib.suppress(AsteriskError):  # what it would give back, as it is asked to every hour, is no leak
            await give_back_memory(asterisk)
        for one in watched.values():
            with contextlib.suppress(OSError):
                one.samples.append((time.monotonic(), play.on_the_line, read(one.pid)))
        await asyncio.sleep(_SAMPLE_EVERY_S)


async def _tell(watched: dict[str, Watched], play: Play, began: float, say: Callable[[str], None]) -> None:
    while True:
        await asyncio.sleep(_TELL_EVERY_S)
        sizes = ", ".join(f"{name} {one.samples[-1][2].memory_mib:.1f}" for name, one in watched.items())
        calls = f"{play.tally.numbers.total()} calls, {play.on_the_line} on the line"
        say(f"{(time.monotonic() - began) / 60:3.0f} min  {calls}; MiB: {sizes}")


def write_samples(told: Told, file: Path) -> None:
    """Keep every sample as comma-separated values."""
    rows = ["s,process,callers,memory_mib,rss_mib,descriptors,threads"]
    for name, one in told.watched.items():
        for at, load, reading in one.samples:
            sizes = f"{reading.memory_mib:.3f},{reading.rss_mib:.3f},{reading.descriptors},{reading.threads}"
            rows.append(f"{at - told.began:.1f},{name},{load},{sizes}")
    file.write_text("\n".join(rows) + "\n")
