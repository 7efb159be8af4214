"""``make chaos``: every fault at every stage on a real room, then random kills under load.

Exit code 1 when anything happened that DESIGN does not allow.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import sys
import tempfile
from pathlib import Path

import structlog
from rich.console import Console

from tests.chaos.drill import Outcome, drill
from tests.chaos.faults import FAULTS
from tests.chaos.full_room import full_room, open_full_room
from tests.chaos.ground import open_ground
from tests.chaos.kills import kills
from tests.chaos.ring_all import open_ring_all_room, ring_all
from tests.chaos.table import table

NETWORK = "127.112.9"
RING_ALL_NETWORKS = ("127.112.11", "127.112.12", "127.112.13", "127.112.14")
_WIDTH = 132
_WITH_MEDIA = 0.4
"""So many callers' music and recordings leave this machine's two cores something to spare."""


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("-n", type=int, default=100, help="random kills")
    parser.add_argument("-r", type=int, default=100, help="rounds of two operators who answer at once")
    parser.add_argument("-c", type=int, default=1000, help="callers who wait when both controllers are killed")
    parser.add_argument("--only", default="", help="faults whose name contains this")
    parser.add_argument("--seed", type=int, default=112)
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    console = Console(width=max(_WIDTH, Console().width))
    failures: list[str] = []
    with tempfile.TemporaryDirectory(prefix="ntpd112-chaos-") as folder, open_ground(Path(folder), NETWORK) as ground:
        outcomes: list[Outcome] = []
        for number, fault in enumerate(fault for fault in FAULTS if chosen.only in fault.name):
            console.print(f"{fault.name} ...", style="dim")
            outcomes.append(asyncio.run(drill(ground, fault, number)))
            failures += outcomes[-1].failures
        console.print(table(outcomes))
        if chosen.n:
            told = asyncio.run(kills(ground.room, chosen.n, chosen.seed, lambda text: console.print(text, style="dim")))
            console.print(str(told))
            failures += told.failures
    if chosen.r:
        with tempfile.TemporaryDirectory(prefix="ntpd112-ring-all-") as folder, contextlib.ExitStack() as stack:
            rooms = [
                stack.enter_context(open_ring_all_room(Path(folder) / network, network))
                for network in RING_ALL_NETWORKS
            ]
            raced = asyncio.run(ring_all(rooms, chosen.r, lambda text: console.print(text, style="dim")))
        console.print(str(raced))
        failures += raced.failures
    for callers, has_media in ((chosen.c, False), (int(chosen.c * _WITH_MEDIA), True)):
        if not callers:
            continue
        with (
            tempfile.TemporaryDirectory(prefix="ntpd112-full-room-") as folder,
            open_full_room(Path(folder), NETWORK) as room,
        ):
            served = asyncio.run(full_room(room, callers, has_media=has_media))
        console.print(str(served))
        failures += served.failures
    for failure in failures:
        console.print(failure, style="bold red")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
