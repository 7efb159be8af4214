"""The engine's door: nothing is decided, and nothing written, while somebody else may serve."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
import uvloop

from ntpd112.core import messages as m
from ntpd112.core.switchboard import Switchboard
from ntpd112.engine import Engine
from ntpd112.journal import Journal, read
from tests.core.plans import make_plan

NOW = 1_753_000_000.0
RESUMED = m.ServiceResumed((), (), (), (), ())


async def test_while_somebody_else_may_serve_nothing_is_decided_and_afterwards_everything_in_its_order(
    tmp_path: Path,
) -> None:
    is_open = False
    looks = 0

    def may_decide() -> bool:
        nonlocal looks
        looks += 1
        return is_open

    with Journal(tmp_path, NOW, make_plan(), pytest.fail) as journal:
        engine = Engine(Switchboard(make_plan()), journal, lambda: NOW, lambda _: None, may_decide)
        deciding = asyncio.create_task(engine.run())
        engine.submit(RESUMED)
        engine.submit(m.PhoneStateChanged("201", "free"))
        for _ in range(100):
            await asyncio.sleep(0)
        assert [type(event) for _, event in read(journal.file)] == [m.RoutingChanged]
        assert looks < 10  # it waits, and does not ask again and again
        is_open = True
        engine.wake()
        await asyncio.sleep(0.01)
        deciding.cancel()
        await asyncio.gather(deciding, return_exceptions=True)
        decided = [type(event) for _, event in read(journal.file)]
    assert decided[:3] == [m.RoutingChanged, m.ServiceResumed, m.PhoneStateChanged]


async def test_a_deadline_that_passes_meanwhile_is_met_afterwards(tmp_path: Path) -> None:
    is_open = True
    now = NOW
    with Journal(tmp_path, NOW, make_plan(), pytest.fail) as journal:
        board = Switchboard(make_plan())
        engine = Engine(board, journal, lambda: now, lambda _: None, lambda: is_open)
        deciding = asyncio.create_task(engine.run())
        engine.submit(RESUMED)
        engine.submit(m.PresenceSet("201", "available", "", "201"))
        engine.submit(m.CallArrived("c1", "landline", "landline", "112", "112", True, None, "", "withheld", ""))
        await asyncio.sleep(0.01)
        deadline = board.next_deadline()
        assert deadline is not None
        is_open = False
        written = journal.size
        now = deadline + 1
        engine.submit(m.TimePassed())
        await asyncio.sleep(0.05)
        assert journal.size == written
        is_open = True
        engine.wake()
        await asyncio.sleep(0.01)
        assert journal.size > written
        later = board.next_deadline()
        assert later is None or later > deadline
        deciding.cancel()
        await asyncio.gather(deciding, return_exceptions=True)


def test_time_is_told_to_have_passed_once_for_each_deadline(tmp_path: Path) -> None:
    """On the event loop that the controller runs on, whose timers may fire a little early."""

    async def scene() -> int:
        with Journal(tmp_path, NOW, make_plan(), pytest.fail) as journal:
            board = Switchboard(make_plan())
            engine = Engine(board, journal, lambda: NOW + time.monotonic(), lambda _: None)
            deciding = asyncio.create_task(engine.run())
            engine.submit(RESUMED)
            for number in range(20):
                call_id = f"c{number}"
                engine.submit(
                    m.CallArrived(call_id, "landline", "landline", "112", "112", True, None, "", "withheld", "")
                )
            await asyncio.sleep(0.05)
            for number in range(20):
                board.room.timers.set("answer", f"c{number}", NOW + time.monotonic() + 0.0103 * (number + 1))
            engine.wake()
            await asyncio.sleep(0.4)
            deciding.cancel()
            await asyncio.gather(deciding, return_exceptions=True)
            return [type(event) for _, event in read(journal.file)].count(m.TimePassed)

    assert 1 <= uvloop.run(scene()) <= 22
