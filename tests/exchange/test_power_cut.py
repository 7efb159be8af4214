"""The machine loses power with Asterisk, the controller, and what was on no disk: nobody who called is forgotten."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path

from ntpd112.simulate import Answer
from ntpd112.store.callbacks import Callbacks
from ntpd112.store.engine import open_database
from ntpd112.store.transaction import close_database
from tests.disk import Disk
from tests.exchange.desk import Desk, desk
from tests.stories.world import PATIENCE_S

CALLERS = 8


async def _power_cut(world: Desk, disk: Disk) -> None:
    """Let everything end at once; what no sync had confirmed is gone. Then the machine starts again."""
    assert world.controller is not None
    journal = world.controller.engine._journal
    async with asyncio.timeout(PATIENCE_S):
        while disk.has(journal.file) < journal.size:  # noqa: ASYNC110  a disk tells nobody
            await asyncio.sleep(0.01)
    await _outage(world, disk)


async def _outage(world: Desk, disk: Disk) -> None:
    asterisk = world.instance.asterisk
    world.harmless = (*world.harmless, "HEPv3 Logging Module")  # of a start with calls
    os.kill(asterisk.pid, signal.SIGKILL)
    await world.crash()
    disk.lose_power()
    await asterisk.wait()
    await asterisk.start(die_with_parent=True)
    await world.restart()


async def _to_call_back(world: Desk) -> set[str]:
    engine = open_database(world.instance.settings.database)
    try:
        return {call.call_id for call in await Callbacks(engine).due(0.0)}
    finally:
        await close_database(engine)


async def _listed(world: Desk, wanted: set[str]) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_S):
            while await _to_call_back(world) != wanted:  # noqa: ASYNC110  a database tells nobody
                await asyncio.sleep(0.1)
    assert await _to_call_back(world) == wanted


async def test_after_a_power_cut_every_caller_of_the_last_seconds_is_on_the_list_of_whom_to_call_back(
    tmp_path: Path, disk: Disk
) -> None:
    async with desk(tmp_path) as world:
        callers = [await world.citizen(ani=f"02155501{number:02}") for number in range(CALLERS)]
        await _power_cut(world, disk)
        await _listed(world, {caller.call_id for caller in callers})
        for caller in callers:
            record = await world.record(caller)
            assert (record.outcome, record.side) == ("failed", "network")


async def test_a_second_power_cut_in_the_middle_of_the_next_start_forgets_nobody_and_rejects_nothing(
    tmp_path: Path, disk: Disk
) -> None:
    async with desk(tmp_path) as world:
        await world.operator("201", Answer())
        talking = await world.citizen(ani="0215550201")
        await world.speaks(talking, "201")
        waiting = await world.citizen(ani="0215550202")
        await _power_cut(world, disk)
        await _outage(world, disk)
        await _listed(world, {talking.call_id, waiting.call_id})
        later = await world.citizen(ani="0215550203")
        await _power_cut(world, disk)
        await _listed(world, {talking.call_id, waiting.call_id, later.call_id})
        assert "record_rejected" not in world.alarms()
