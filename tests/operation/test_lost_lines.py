"""Asterisk dies with the callers' lines: who calls again has the old turn, who does not is on the list of callbacks."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from ntpd112.simulate import Address, Citizen, Press, SimulationError
from ntpd112.web.link import Link, LinkError
from tests.operation.room import Room

_WITHIN_S = 30.0


@asynccontextmanager
async def _caller(room: Room, ani: str) -> AsyncIterator[Citizen]:
    """A citizen whose end need not go well: the exchange may have forgotten them."""
    try:
        async with Citizen(Address(f"{room.network}.1"), f"{room.network}.11", ani=ani, steps=[Press("2")]) as citizen:
            yield citizen
    except SimulationError:
        return


async def _waiting(room: Room, *anis: str) -> list[str]:
    """Wait until exactly these callers wait for an operator; return them in the order of their turns."""
    async with Link(room.settings) as link, asyncio.timeout(_WITHIN_S):
        while True:
            try:
                calls = (await link.state()).room.calls
            except LinkError:
                calls = ()
            found = [call.ani for call in calls if call.state == "waiting"]
            if sorted(map(str, found)) == sorted(anis):
                return [str(ani) for ani in found]
            await asyncio.sleep(0.1)


async def test_given_an_asterisk_that_dies_when_callers_call_again_then_the_order_is_the_old_one(
    story_room: Room,
) -> None:
    room = story_room
    first, second, new = "+62215550301", "+62215550302", "+62215550303"
    async with AsyncExitStack() as lost:
        await lost.enter_async_context(_caller(room, "0215550301"))
        await _waiting(room, first)
        await lost.enter_async_context(_caller(room, "0215550302"))
        await _waiting(room, first, second)
        restarts = room.said("is open").count("Asterisk runs again")
        os.kill(room.asterisk(), signal.SIGKILL)
        await _waiting(room)
    await asyncio.to_thread(room.said, "Asterisk runs again", restarts + 1)
    async with _caller(room, "0215550303"):
        await _waiting(room, new)
        async with _caller(room, "0215550301"):
            assert await _waiting(room, first, new) == [first, new]
    await _waiting(room)
    listed = await asyncio.to_thread(room.ask, "callbacks")
    assert first in listed.stdout  # who has still reached nobody
    lost_call = next(line for line in listed.stdout.splitlines() if second in line).split("\t")[0]
    settled = await asyncio.to_thread(room.ask, "called-back", lost_call, "--by", "Sari", "--note", "all is well")
    assert settled.stdout == f"{lost_call}: called back by Sari\n"
    again = await asyncio.to_thread(room.ask, "called-back", lost_call)
    assert (again.exit_code, "already" in again.stderr) == (2, True)
    assert second not in (await asyncio.to_thread(room.ask, "callbacks")).stdout
