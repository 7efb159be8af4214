"""The trials: what both sides have to do."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tests.bench.city import operators
from tests.bench.crowd import Citizens, Crowd, clear, collect, phones, register
from tests.bench.machine import busy_s
from tests.bench.measure import Figures, figures
from tests.bench.sides import Side, empty, fallbacks, passwords, reachable
from tests.bench.used import Used

_SAMPLE_S = 0.5
_SLACK_S = 20.0
HELD_WITHIN_MS = 1000.0
"""A rate is held when no call fails and for 99 of 100 a phone rings within this time of the key."""


@dataclass(frozen=True)
class Trial:
    """One thing to do."""

    name: str
    crowd: Crowd
    staff: int
    waits_first: bool = False
    """All callers wait before the first operator comes."""

    @property
    def within_s(self) -> float:
        """After so long it is broken off, and whoever is left counts as failed."""
        crowd = self.crowd
        needed = max(crowd.callers / crowd.rate, crowd.callers * crowd.handling_s / self.staff)
        return 2.5 * needed + _SLACK_S


_numbers = iter(range(1_000_000, 10_000_000))


async def run(side: Side, trial: Trial, folder: Path) -> Figures:
    """Do it, and count."""
    clear(folder)
    crowd = trial.crowd
    wanted = operators(trial.staff)
    known = passwords(side)
    await register(side.place, known, folder)
    opened_at = None
    async with phones(side.place, crowd, folder) as ringing:
        await reachable(side, len(known))
        await side.staff([] if trial.waits_first else wanted)
        used, sipp, fell_back = Used(side), {"phones": ringing.pid}, fallbacks(side)
        sampling = asyncio.ensure_future(_sample(used, side, sipp))
        began, busy = time.monotonic(), busy_s()
        async with Citizens.calling(side.place, crowd, _callers(crowd.callers), folder) as citizens:
            sipp["citizens"] = citizens.pid
            if trial.waits_first:
                await citizens.everybody("pressed", crowd, trial.within_s)
                await asyncio.sleep(1.0)
                opened_at = time.time()
                await side.staff(wanted)
            await citizens.finished(trial.within_s)
        used.length_s = time.monotonic() - began
        used.machine_s = busy_s() - busy
        used.look(side, sipp)
        left = not await empty(side)
        sampling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sampling
    told = figures(side.name, trial.name, crowd, trial.staff, collect(folder, crowd), opened_at)
    if left:
        told.failures["channels left in Asterisk"] = 1
    told.fallbacks = fallbacks(side) - fell_back
    used.enter(told)
    return told


async def highest_rate(
    side: Side, trial: Trial, ladder: tuple[float, ...], length_s: float, folder: Path, say: Callable[[Figures], None]
) -> float:
    """Climb the ladder of rates and return the last that was held; 0 when not even the first was."""
    held = 0.0
    for rate in ladder:
        crowd = replace(trial.crowd, callers=round(rate * length_s), rate=rate)
        told = await run(side, replace(trial, name=f"{trial.name} {rate:g}/s", crowd=crowd), folder)
        say(told)
        if told.failed or told.ring.p99 > HELD_WITHIN_MS:
            break
        held = rate
    return held


def _callers(number: int) -> Iterator[str]:
    return (f"0812{next(_numbers)}" for _ in range(number))


async def _sample(used: Used, side: Side, sipp: dict[str, int]) -> None:
    while True:
        used.look(side, sipp)
        await asyncio.sleep(_SAMPLE_S)
