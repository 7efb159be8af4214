"""``make bench``: ntpd112 beside Asterisk's own `app_queue`, in turn, on the same machine with the same calls.

Prints a table of both with ratios, and writes it as JSON and SVG. Exit code 1 when a call of ntpd112 failed.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import re
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import structlog
from rich.console import Console

import ntpd112
from ntpd112.settings import Settings
from tests.bench.bench import FULL, SMOKE, Size, bench
from tests.bench.plot import plot
from tests.bench.results import Results, load
from tests.bench.table import drawn, markdown, rows
from tests.networks import network

README = Path(ntpd112.__file__).parents[1] / "README.md"
_NETWORK = 190
_WIDTH = 132
_PLACE = re.compile(r"(<!-- begin: bench -->\n).*?(<!-- end: bench -->)", re.DOTALL)


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, help="how often both sides take their turn")
    parser.add_argument("--seconds", type=float, help="length of the steady load and of each step of the rates")
    parser.add_argument("--no-rates", action="store_true", help="do not look for the highest rate")
    parser.add_argument("--only", default="", help="trials whose name contains this")
    parser.add_argument("--skip", default="-", help="trials whose name contains this are left out")
    parser.add_argument("--smoke", action="store_true", help="a few calls once on each side")
    parser.add_argument("--readme", action="store_true", help="write the table into the README")
    parser.add_argument("--from", type=Path, dest="saved", help="draw a saved run again instead of making one")
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    console = Console(width=max(_WIDTH, Console().width))
    folder = Settings().state_dir / "bench"
    results = load(chosen.saved) if chosen.saved else _run(_size(chosen), folder, console)
    if not chosen.saved:
        results.save(folder / "results.json")
    plot(results, folder / "results.svg")
    console.print(drawn(results))
    console.print(f"written to {folder}", style="dim")
    if chosen.readme:
        write_readme(results, README)
    return 1 if any(row.verdict == "missed" for row in rows(results) if "failed" in row.name) else 0


def write_readme(results: Results, readme: Path) -> None:
    """Put the table into its place."""
    text = readme.read_text(encoding="utf-8")
    if not _PLACE.search(text):
        raise SystemExit(f"{readme} has no place for the bench")
    readme.write_text(_PLACE.sub(lambda found: f"{found[1]}{markdown(results)}\n{found[2]}", text), encoding="utf-8")


def _size(chosen: argparse.Namespace) -> Size:
    size = SMOKE if chosen.smoke else FULL
    if chosen.rounds:
        size = replace(size, rounds=chosen.rounds)
    if chosen.seconds:
        size = size.lasting(chosen.seconds)
    if chosen.no_rates:
        size = replace(size, ladder=())
    chosen_ones = (one for one in size.trials if chosen.only in one.name and chosen.skip not in one.name)
    return replace(size, trials=tuple(chosen_ones))


def _run(size: Size, folder: Path, console: Console) -> Results:
    def say(text: str) -> None:
        console.print(text, style="dim")

    def keep(results: Results) -> None:
        results.save(folder / "results.json")

    with tempfile.TemporaryDirectory(prefix="ntpd112-bench-") as scratch:
        return asyncio.run(bench(size, Path(scratch), network(_NETWORK), say, keep))


if __name__ == "__main__":
    sys.exit(main())
