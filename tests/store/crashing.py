"""A program that puts numbered notes for ever, and says how many are safe. It is there to be killed.

Arguments: the database's address, the spill's folder, the first number.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from msgspec.structs import replace

from ntpd112.store.engine import open_database
from ntpd112.store.writer import RecordWriter
from tests.store.conftest import LIMITS
from tests.store.records import a_call, noted
from tests.store.writing import QUICK


def _say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


async def _main(url: str, folder: str, first: int) -> None:
    engine = open_database(url, LIMITS)
    writer = RecordWriter(engine, Path(folder), lambda kind, _text: _say("alarm", kind), replace(QUICK, batch=20))
    async with asyncio.TaskGroup() as group:
        group.create_task(writer.run())
        number = first
        while True:
            writer.put(noted(str(number)))
            writer.put(a_call(f"c{number}", arrived_at=number))
            number += 1
            await asyncio.sleep(0.001)
            _say("safe", first + writer.status.safe // 2)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
