"""What it costs to bring the journal to the disk: ``python -m tests.bench.journal``.

The same events are appended at the same rate, once without a sync and once with one, as in the controller: in its event
loop, which does nothing else. Printed are the processor time of the whole process for each event, and how long the loop
stood still in an append, since a disk that syncs a file may make whoever writes to it wait.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import statistics
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from ntpd112.core import messages as m
from ntpd112.journal import Journal
from ntpd112.journal_sync import JournalSync
from tests.core.plans import make_plan

_TICK_S = 0.01


@dataclass(frozen=True)
class JournalFigures:
    """One run."""

    is_synced: bool
    events: int
    syncs: int
    cpu_us_per_event: float
    append_us: float
    """Median."""
    append_99_us: float
    longest_ms: float

    def __str__(self) -> str:
        """One line of the table."""
        how = f"synced {self.syncs} times" if self.is_synced else "not synced"
        return (
            f"{how:>20}: {self.events} events, {self.cpu_us_per_event:.1f} us of a processor each; append median "
            f"{self.append_us:.1f} us, 99 % {self.append_99_us:.1f} us, longest {self.longest_ms:.1f} ms"
        )


async def measure(folder: Path, rate: int, seconds: float, *, is_synced: bool) -> JournalFigures:
    """Append so many events a second for so long."""
    event = m.CallArrived(
        "1764.17", "mobile", "mobile", "112", "112", True, "+6281234567890", "081234567890", "national", ""
    )
    took: list[float] = []
    with Journal(folder, time.time(), make_plan(), print) as journal:
        sync = JournalSync(journal, print)
        task = asyncio.create_task(sync.run() if is_synced else asyncio.sleep(seconds + 60))
        await asyncio.sleep(_TICK_S)
        before, began = _cpu_s(), time.monotonic()
        while (passed := time.monotonic() - began) < seconds:
            for _ in range(max(0, int(passed * rate) - len(took))):
                at = time.perf_counter()
                journal.append(1.0, event)
                took.append(time.perf_counter() - at)
            await asyncio.sleep(_TICK_S)
        cpu_s = _cpu_s() - before
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    cuts = statistics.quantiles(took, n=100)
    each_us = cpu_s * 1e6 / len(took)
    return JournalFigures(is_synced, len(took), sync.syncs, each_us, cuts[49] * 1e6, cuts[98] * 1e6, max(took) * 1e3)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure on the disk of a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path())
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rate", type=int, nargs="*", default=[20, 500], help="events a second; a call has about 20")
    chosen = parser.parse_args()
    say = Console(width=200, highlight=False).print
    for rate in chosen.rate:
        say(f"{rate} events a second for {chosen.seconds:g} s")
        for is_synced in (False, True):
            with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
                say(str(asyncio.run(measure(Path(folder), rate, chosen.seconds, is_synced=is_synced))))


if __name__ == "__main__":
    main()
