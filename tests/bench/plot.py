"""The plot of a run."""

from __future__ import annotations

import math
from pathlib import Path

from matplotlib.figure import Figure

from tests.bench.results import SIDES, Results
from tests.bench.table import rows

_TIMES = ("idle gap", "phone rings p", "→ answer p", "CPU, ms")
_BAR = 0.4


def plot(results: Results, file: Path) -> None:
    """Draw every duration of both sides as SVG: milliseconds, on a logarithmic scale."""
    shown = [row for row in rows(results) if any(word in row.name for word in _TIMES) and not math.isnan(row.theirs)]
    figure = Figure(figsize=(11, 1.2 + 0.5 * len(shown)), layout="constrained")
    axes = figure.subplots()
    for number, side in enumerate(SIDES):
        values = [row.ours if number else row.theirs for row in shown]
        places = [place + (number - 0.5) * _BAR for place in range(len(shown))]
        bars = axes.barh(places, values, height=_BAR, label=side)
        axes.bar_label(bars, fmt="{:,.1f}", padding=3, fontsize=8)
    axes.set_yticks(range(len(shown)), [row.name.replace(", ms", "") for row in shown])
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel("milliseconds (shorter is better)")
    axes.legend()
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file)
