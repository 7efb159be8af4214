"""One run of the bench: both sides in turn, round after round, then the core alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tests.bench.core import OPERATORS, WAITING, measure
from tests.bench.crowd import Crowd
from tests.bench.machine import machine
from tests.bench.measure import Figures
from tests.bench.results import SIDES, Results
from tests.bench.sides import app_queue, ours, settings_of_opponent
from tests.bench.trials import Trial, highest_rate, run

Say = Callable[[str], None]
_SIDES = dict(zip(SIDES, (app_queue, ours), strict=True))
_RATE = "steady 20 calls/s"


@dataclass(frozen=True)
class Size:
    """How much is done."""

    rounds: int
    operators: int
    trials: tuple[Trial, ...]
    ladder: tuple[float, ...]
    """Rates to try in the last round, calls a second; each for ``step_s``."""
    step_s: float
    core_turns: int
    core_waiting: tuple[int, ...] = WAITING

    def lasting(self, seconds: float) -> Size:
        """Return the same with another length of steady loads."""
        trials = tuple(
            replace(one, crowd=replace(one.crowd, callers=round(one.crowd.rate * seconds)))
            if one.name.startswith("steady")
            else one
            for one in self.trials
        )
        return replace(self, trials=trials, step_s=seconds)


FULL = Size(
    rounds=2,
    operators=100,
    trials=(
        Trial(_RATE, Crowd(1200, 20.0), 100),
        Trial("drain 600 x 40", Crowd(600, 50.0), 40),
        Trial("drain 1,000 x 100", Crowd(1000, 50.0), 100),
        Trial("wait 1,000 at once", Crowd(1000, 50.0), 100, waits_first=True),
    ),
    ladder=(45.0, 80.0, 100.0, 120.0, 150.0),
    step_s=60.0,
    core_turns=5000,
)
SMOKE = Size(
    rounds=1,
    operators=4,
    trials=(Trial("steady smoke", Crowd(6, 3.0, talk_s=0.5), 4), Trial("drain smoke", Crowd(20, 20.0, talk_s=0.5), 4)),
    ladder=(),
    step_s=2.0,
    core_turns=200,
    core_waiting=(100, 1000),
)
SHORT_TALK = Crowd(0, 0.0, answer_after_s=0.2, talk_s=0.5)


async def bench(size: Size, folder: Path, network: str, say: Say, keep: Callable[[Results], None]) -> Results:
    """Do all of it, and have what was found so far kept after each trial.

    ``network``: first three numbers of loopback addresses that nobody else uses.
    """
    results = Results(opponent=settings_of_opponent())
    for number in range(1, size.rounds + 1):
        for name, opened in _SIDES.items():
            say(f"round {number} of {size.rounds}: {name}")
            place = folder / f"{name}-{number}"
            place.mkdir()
            async with opened(place, network, size.operators) as side:
                results.machine = machine(await side.asterisk.rx("core show version"))
                for trial in size.trials:
                    told = await run(side, trial, place / "trial")
                    results.figures.append(told)
                    keep(results)
                    say(in_short(told))
                if size.ladder and number == size.rounds:
                    steps = Trial("rate", SHORT_TALK, size.operators)
                    results.held[name] = await highest_rate(
                        side, steps, size.ladder, size.step_s, place / "trial", lambda told: say(in_short(told))
                    )
    say("the core alone")
    for waiting in size.core_waiting:
        for operators in OPERATORS:
            results.core.append(await asyncio.to_thread(measure, waiting, operators, size.core_turns))
    return results


def in_short(told: Figures) -> str:
    """Say in one line what a trial gave."""
    wrong = ", ".join(f"{number} {what}" for what, number in told.failures.items()) or "none"
    used = ", ".join(f"{name} {cpu:.1f}" for name, cpu in told.cpu_ms.items())
    parts = (
        f"failed {wrong}",
        f"efficiency {told.dispatch:.3f} (simply {told.efficiency:.3f}, {told.drain_s:.1f} s)",
        f"idle gap {told.idle_gap.p50:.0f}/{told.idle_gap.p99:.0f} ms",
        f"key to ring {told.ring.p50:.0f}/{told.ring.p99:.0f} ms",
        f"answer {told.answer.p50:.0f}/{told.answer.p99:.0f} ms",
        f"CPU {used} ms a call",
        f"others {told.others_cores:.2f} cores",
        f"{told.rings} rings, {told.fallbacks} by the dialplan alone, {told.replaced} processes replaced",
    )
    return f"  {told.side:9} {told.trial}: {'; '.join(parts)}"
