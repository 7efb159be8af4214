"""The part of `make bench` that fits into every test run: every figure is there and no call failed; not how fast."""

from __future__ import annotations

import asyncio
import io
import math
from pathlib import Path

import pytest
from rich.console import Console

from tests.bench.__main__ import write_readme
from tests.bench.bench import SMOKE, bench
from tests.bench.crowd import Crowd, Logs
from tests.bench.journal import measure as measure_journal
from tests.bench.measure import Spread, figures
from tests.bench.plot import plot
from tests.bench.results import SIDES, load
from tests.bench.scenarios import KEY_LASTS_S
from tests.bench.table import drawn, rows
from tests.networks import network


def test_given_both_sides_when_the_same_calls_come_then_none_fails_and_every_figure_is_there(tmp_path: Path) -> None:
    results = asyncio.run(bench(SMOKE, tmp_path, network(190), lambda _: None, lambda _: None))
    results.save(tmp_path / "results.json")
    results = load(tmp_path / "results.json")
    assert [(one.side, one.failures) for one in results.figures] == [(side, {}) for side in SIDES for _ in SMOKE.trials]
    assert all(one.rings >= one.calls for one in results.figures)
    table = rows(results)
    only_ours = ("controller", "standby", "lifeboat", "ear", "supervisor", "console")
    assert [row.name for row in table if math.isnan(row.ours)] == []
    assert [row.name for row in table if math.isnan(row.theirs) and not any(n in row.name for n in only_ours)] == []
    assert all(one.per_s > 0 for one in results.core)
    plot(results, tmp_path / "results.svg")
    assert b"<svg" in (tmp_path / "results.svg").read_bytes()
    shown = io.StringIO()
    Console(file=shown, width=160).print(drawn(results))
    assert "ratio" in shown.getvalue()
    readme = tmp_path / "README.md"
    readme.write_text("before\n<!-- begin: bench -->\nwhat was there\n<!-- end: bench -->\nafter\n")
    write_readme(results, readme)
    text = readme.read_text()
    assert "what was there" not in text
    assert text.startswith("before\n<!-- begin: bench -->\nOn ")
    assert text.endswith("<!-- end: bench -->\nafter\n")


_STAGES = (("invited", 0.0), ("answered", 0.01), ("pressed", 0.3))
_CITIZENS = [
    *((what, n, n + after_s) for n in range(4) for what, after_s in _STAGES),
    *(("ended", n, n + 9.0) for n in range(3)),
]
_PHONES = [
    *(("rang", 1, 0, 0.31), ("picked_up", 1, 0, 0.5), ("freed", 1, 0, 5.0)),
    *(("rang", 2, 3, 3.31), ("rang", 2, 1, 3.5), ("picked_up", 2, 1, 3.6), ("freed", 2, 1, 6.0)),
    *(("rang", 1, 2, 5.5), ("picked_up", 1, 2, 5.6), ("freed", 1, 2, 8.0)),
]
"""Two operators, four callers: the fourth rings first and is lost, the third rings 0.5 s after a phone was free."""


def _logs() -> Logs:
    """Write as SIPp does."""
    return Logs(
        [f"{what}\tid\t0812100000{n}\t2026-11-26\t03:00:00\t{1000 + at}" for what, n, at in _CITIZENS],
        [f"{what}\tid\t{who}\t+62812100000{n}\t2026-11-26\t03:00:00\t{1000 + at}" for what, who, n, at in _PHONES],
        5,
    )


def test_failures_gaps_and_turns_are_counted() -> None:
    told = figures("x", "drain", Crowd(5, 1.0), 2, _logs())
    assert told.failures == {"no operator reached": 1, "not sent": 1}
    assert told.idle_gap.p50 == pytest.approx(500)
    assert told.idle_gap.number == 1
    assert told.ring.number == 4
    assert told.overtaken == 2
    assert told.drain_s == pytest.approx(8.0)
    assert told.efficiency == pytest.approx(5 * 2.2 / 2 / 8.0)
    assert told.dispatch == pytest.approx((3.5 + KEY_LASTS_S + 2.2) / 8.0)
    assert told.answer.p99 == pytest.approx(10)


def test_percentiles_are_of_all_values() -> None:
    assert Spread.of([n / 1000 for n in range(1, 201)]) == Spread(100.0, 198.0, 200.0, 200)
    assert Spread.of([]).number == 0


@pytest.mark.parametrize("is_synced", [False, True])
async def test_what_the_journal_costs_is_measured_with_a_sync_and_without(tmp_path: Path, is_synced: bool) -> None:
    figures = await measure_journal(tmp_path, 200, 0.5, is_synced=is_synced)
    assert figures.events >= 50
    assert (figures.syncs > 0) == is_synced
    assert f"{figures.events} events" in str(figures)
