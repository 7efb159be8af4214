"""``make load``: the calls of an Indonesian city at a given rate.

Exit code 1 when there are not as many records as calls, or anything is left over.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from tests.load.load import load
from tests.load.table import table
from tests.soak.__main__ import open_room
from tests.soak.soak import CROWD

NETWORK = "127.112.16"


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="make load", description=__doc__)
    parser.add_argument("--rate", type=float, default=10.0, help="new calls a second, bursts aside")
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--burst", type=int, default=20, help="so many more at once, every half minute")
    parser.add_argument("--consoles", type=int, default=0, help="so many pages look at the room meanwhile")
    parser.add_argument("--seed", type=int, default=112)
    chosen = parser.parse_args()
    console = Console()
    crowd = replace(CROWD, rate=chosen.rate, burst=chosen.burst, burst_every_s=30.0)
    with tempfile.TemporaryDirectory(prefix="ntpd112-load-") as folder, open_room(Path(folder), NETWORK) as room:
        told = asyncio.run(
            load(
                room,
                chosen.minutes * 60,
                crowd,
                chosen.seed,
                lambda text: console.print(text, style="dim"),
                chosen.consoles,
            )
        )
    console.print(table(told))
    for failure in told.failures:
        console.print(failure, style="bold red")
    return 1 if told.failures else 0


if __name__ == "__main__":
    sys.exit(main())
