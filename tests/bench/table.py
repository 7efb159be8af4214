"""The table of a run: both sides, their ratio, and what ntpd112 is to reach."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tests.bench.core import CoreFigures
from tests.bench.machine import described
from tests.bench.measure import Figures
from tests.bench.results import SIDES, Results

Target = Callable[[float, float], bool]
"""(ntpd112's figure, the ratio to app_queue's) -> whether that is good enough."""
CORE_EVENTS_PER_S = 200_000
CORE_GROWTH = 3.0


@dataclass(frozen=True)
class Row:
    """One line."""

    name: str
    theirs: float
    ours: float
    digits: int = 2
    target: str = ""
    good: Target | None = None

    @property
    def ratio(self) -> float:
        """Ours over theirs."""
        return self.ours / self.theirs if self.theirs else math.nan

    @property
    def verdict(self) -> str:
        """``met``, ``missed``, or empty without a target."""
        if self.good is None:
            return ""
        return "met" if self.good(self.ours, self.ratio) else "missed"

    def cells(self) -> list[str]:
        """Return what stands in the line."""
        return [
            self.name,
            _shown(self.theirs, self.digits),
            _shown(self.ours, self.digits),
            _shown(self.ratio, 2),
            self.target,
            self.verdict,
        ]


def rows(results: Results) -> list[Row]:
    """Return all lines."""
    return [row for trial in results.trials for row in _of_trial(results, trial)] + list(_held(results))


def _of_trial(results: Results, trial: str) -> Iterator[Row]:
    def row(
        name: str,
        what: Callable[[Figures], float],
        digits: int = 1,
        target: str = "",
        good: Target | None = None,
    ) -> Row:
        theirs, ours = (results.of(side, trial, what) for side in SIDES)
        return Row(f"{trial}: {name}", theirs, ours, digits, target, good)

    calls = results.of(SIDES[1], trial, lambda one: one.calls)
    if "/s" in trial.split(" ", maxsplit=1)[0]:  # a step of the ladder of rates
        return
    yield row(f"calls failed of {calls:.0f}", lambda one: one.failed, 1, "0", lambda ours, _: ours == 0)
    if trial.startswith("drain"):
        yield row("drain efficiency", lambda one: one.dispatch, 3, ">= 0.97", lambda ours, _: ours >= 0.97)
        yield row("callers x handling / operators, over the time", lambda one: one.efficiency, 3)
        yield row("time to the last talk's end, s", lambda one: one.drain_s)
        yield row("operator idle gap p50, ms", lambda one: one.idle_gap.p50, 1, "<= 10", lambda ours, _: ours <= 10)
        yield row("operator idle gap p99, ms", lambda one: one.idle_gap.p99, 1, "<= 50", lambda ours, _: ours <= 50)
    if trial.startswith("wait"):
        yield row("drain efficiency", lambda one: one.dispatch, 3)
    if trial.startswith(("drain", "wait")):
        yield row("waiting at once", lambda one: one.most_waiting, 0)
        yield row("callers overtaken", lambda one: one.overtaken, 1, "0", lambda ours, _: ours == 0)
    if trial.startswith("steady"):
        yield row("key → phone rings p50, ms", lambda one: one.ring.p50)
        yield row("key → phone rings p99, ms", lambda one: one.ring.p99, 1, "<= 50", lambda ours, _: ours <= 50)
        yield row("INVITE → answer p50, ms", lambda one: one.answer.p50)
        yield row("INVITE → answer p99, ms", lambda one: one.answer.p99)
        yield row(
            "Asterisk's CPU, ms a call",
            lambda one: one.cpu_ms["asterisk"],
            2,
            "<= 1.2 x",
            lambda _, ratio: ratio <= 1.2,
        )
        yield row("controller's CPU, ms a call", partial(_cpu, "controller"), 2, "<= 2", lambda ours, _: ours <= 2)
        for name in ("standby", "lifeboat", "ear", "supervisor", "console"):
            yield row(f"{name}'s CPU, ms a call", partial(_cpu, name), 2)
    yield row("Asterisk's memory, MiB", lambda one: one.memory_mib["asterisk"])
    yield row("controller's memory, MiB", lambda one: one.memory_mib.get("controller", math.nan))
    yield row("served by the dialplan alone", lambda one: one.fallbacks, 1)
    yield row("processes replaced", lambda one: one.replaced, 1, "0", lambda ours, _: ours == 0)
    yield row("cores that others kept busy", lambda one: one.others_cores, 2)


def _cpu(name: str, one: Figures) -> float:
    return one.cpu_ms.get(name, math.nan)


def _held(results: Results) -> Iterator[Row]:
    if results.held:
        theirs, ours = (results.held.get(side, math.nan) for side in SIDES)
        yield Row("highest rate held, calls a second", theirs, ours, 0)


def core_lines(core: list[CoreFigures]) -> list[list[str]]:
    """Return the lines of the core's own table."""
    return [[f"{one.waiting:,}", f"{one.operators:,}", f"{one.per_s:,.0f}", f"{one.us_per_event:.2f}"] for one in core]


def core_verdict(core: list[CoreFigures]) -> str:
    """Say whether the core is fast and stays so."""
    if not core:
        return ""
    slowest = min(one.per_s for one in core)
    growth = max(
        one.us_per_event / base.us_per_event
        for one in core
        for base in core
        if base.operators == one.operators and base.waiting == min(each.waiting for each in core)
    )
    fast = "met" if slowest >= CORE_EVENTS_PER_S else "missed"
    flat = "met" if growth <= CORE_GROWTH else "missed"
    return (
        f"Slowest {slowest:,.0f} events a second (>= {CORE_EVENTS_PER_S:,}: {fast}); "
        f"costliest {growth:.2f} x that with the fewest waiting (<= {CORE_GROWTH:g}: {flat})."
    )


_HEADS = ("", *SIDES, "ratio", "target", "")
_CORE_HEADS = ("waiting", "operators", "events a second", "µs an event")


def drawn(results: Results) -> RenderableType:
    """Draw everything for a terminal."""
    table = Table(title="ntpd112 beside app_queue", caption=described(results.machine))
    for number, head in enumerate(_HEADS):
        table.add_column(head, justify="left" if number in {0, 4, 5} else "right", no_wrap=True)
    for row in rows(results):
        style = {"met": "green", "missed": "bold red"}.get(row.verdict, "")
        *cells, verdict = row.cells()
        table.add_row(*cells, Text(verdict, style))
    core = Table(title="The core alone", caption=core_verdict(results.core))
    for head in _CORE_HEADS:
        core.add_column(head, justify="right")
    for line in core_lines(results.core):
        core.add_row(*line)
    return Group(table, Text(f"app_queue: {results.opponent}"), core)


def markdown(results: Results) -> str:
    """Write the same for the README."""
    return "\n".join(
        [
            f"On {described(results.machine)}.",
            "",
            *_markdown_table(_HEADS, [row.cells() for row in rows(results)]),
            "",
            f"`app_queue` is set so: {results.opponent}.",
            "",
            "The core alone, without Asterisk:",
            "",
            *_markdown_table(_CORE_HEADS, core_lines(results.core)),
            "",
            core_verdict(results.core),
        ]
    )


def _markdown_table(heads: tuple[str, ...], lines: list[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"| --- |{' ---: |' * (len(heads) - 1)}"
    yield from (f"| {' | '.join(line)} |" for line in lines)


def _shown(value: float, digits: int) -> str:
    return "-" if math.isnan(value) else f"{value:,.{digits}f}"
