"""A desk with its ear."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from ntpd112.settings import Settings
from ntpd112.simulate import Address
from ntpd112.web.control import Alarm
from tests.exchange.desk import NETWORK, Desk, desk
from tests.sip_peer import PeerCall, SipPeer
from tests.stories.world import PATIENCE_S, Caller

CENTRE = Address(f"{NETWORK}.1")
LANDLINE, MOBILE, STRANGER = (f"{NETWORK}.{host}" for host in (11, 12, 13))
PHONE = f"{NETWORK}.41"


class Ear:
    """The ear's process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def end(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()


async def start_ear(settings: Settings) -> Ear:
    """Start it as the supervisor does."""
    where = (str(settings.manage_address), str(settings.trace_port), str(settings.state_dir))
    return Ear(
        await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "ntpd112.siptrace", *where, str(settings.sip_address), str(settings.sip_port)),
            env={**os.environ},
        )
    )


async def is_heard(world: Desk) -> None:
    """Return once the controller hears the ear."""
    assert world.controller is not None
    async with asyncio.timeout(PATIENCE_S):
        while not world.controller._ear.is_alive:  # noqa: ASYNC110  it tells nobody
            await asyncio.sleep(0.05)


@asynccontextmanager
async def desk_with_ear(tmp_path: Path, **changes: object) -> AsyncIterator[Desk]:
    async with desk(tmp_path, **changes) as world:  # type: ignore[arg-type]
        ear = await start_ear(world.instance.settings)
        try:
            await is_heard(world)
            yield world
        finally:
            await ear.end()


async def alarm(world: Desk, kind: str, *words: str) -> Alarm:
    """Return the first alarm of this kind with these words, once there is one."""
    assert world.controller is not None
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for one in world.controller._kept_alarms():
                    if one.kind == kind and all(word in one.text for word in words):
                        return one
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"no alarm {kind} with {words}: {world.controller._kept_alarms()}") from None


async def caller_of(world: Desk, peer: SipPeer) -> tuple[Caller, PeerCall]:
    """Let a bare peer call, and return it as the stories know callers, with its call."""
    known = set(world.room.calls)
    call, answer = await peer.invite()
    assert answer.status == 200
    await world.until(lambda: bool(set(world.room.calls) - known))
    (call_id,) = set(world.room.calls) - known
    return Caller(party=None, call_id=call_id), call
