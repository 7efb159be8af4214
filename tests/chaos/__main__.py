"""``make chaos``: every fault at every stage on a real room, then random kills under load.

Exit code 1 when anything happened that DESIGN does not allow.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from tests.chaos.city import drill_city
from tests.chaos.drill import Outcome, drill
from tests.chaos.faults import FAULTS
from tests.chaos.kills import kills
from tests.chaos.table import table
from tests.operation.room import Room

NETWORK = "127.112.9"
_WIDTH = 132


@contextmanager
def open_room(folder: Path, network: str) -> Iterator[Room]:
    """Run a room in the city of the drills, as `make run` does."""
    room = Room(folder / "state", network)
    room.folder.mkdir(parents=True)
    (room.folder / "city.yaml").write_text(drill_city(network), encoding="utf-8")
    try:
        room.up()
        yield room
    finally:
        room.clear_up()


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("-n", type=int, default=100, help="random kills")
    parser.add_argument("--only", default="", help="faults whose name contains this")
    parser.add_argument("--seed", type=int, default=112)
    chosen = parser.parse_args()
    console = Console(width=max(_WIDTH, Console().width))
    failures: list[str] = []
    with tempfile.TemporaryDirectory(prefix="ntpd112-chaos-") as folder, open_room(Path(folder), NETWORK) as room:
        outcomes: list[Outcome] = []
        for number, fault in enumerate(fault for fault in FAULTS if chosen.only in fault.name):
            console.print(f"{fault.name} ...", style="dim")
            outcomes.append(asyncio.run(drill(room, fault, number)))
            failures += outcomes[-1].failures
        console.print(table(outcomes))
        if chosen.n:
            told = asyncio.run(kills(room, chosen.n, chosen.seed, lambda text: console.print(text, style="dim")))
            console.print(str(told))
            failures += told.failures
    for failure in failures:
        console.print(failure, style="bold red")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
