"""``make soak``: a whole room works for a long time; nothing grows, no call is missing, nothing is left over.

Exit code 1 otherwise, and when the run was too short to tell.
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

from tests.operation.room import Room
from tests.postgres import postgres_server
from tests.soak.city import soak_city
from tests.soak.soak import CROWD, soak, write_samples
from tests.soak.table import tables

NETWORK = "127.112.10"


@contextmanager
def open_room(folder: Path, network: str) -> Iterator[Room]:
    """Run a room as `make run` does, with its records in PostgreSQL."""
    room = Room(folder / "state", network)
    room.folder.mkdir(parents=True)
    with postgres_server() as server:
        (room.folder / "city.yaml").write_text(soak_city(network), encoding="utf-8")
        (room.folder / "instance.yaml").write_text(f"database_url: {server.url()}\n", encoding="utf-8")
        try:
            room.up()
            yield room
        finally:
            room.clear_up()


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=112)
    parser.add_argument("--samples", type=Path, help="keep what was measured in this file")
    chosen = parser.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory(prefix="ntpd112-soak-") as folder, open_room(Path(folder), NETWORK) as room:
        told = asyncio.run(
            soak(room, chosen.minutes * 60, CROWD, chosen.seed, lambda text: console.print(text, style="dim"))
        )
    if chosen.samples:
        write_samples(told, chosen.samples)
    console.print(tables(told))
    for failure in (*told.failures, *told.growth):
        console.print(failure, style="bold red")
    return 1 if told.failures or told.growth else 0


if __name__ == "__main__":
    sys.exit(main())
