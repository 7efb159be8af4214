"""Calls that a gateway makes byte by byte, in a room with an operator: who hears whom, and which keys arrive."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from ntpd112.core.records import CallRecord
from ntpd112.simulate import Address, Answer
from ntpd112.simulate.gateway import Gateway, Invite
from ntpd112.simulate.media import RtpPort
from ntpd112.simulate.tone import hears
from tests.exchange.desk import CITIZEN_HZ, NETWORK, OPERATOR_HZ, Desk
from tests.stories.exchange_world import HARMLESS
from tests.stories.world import PATIENCE_S, Caller

_LATEST = 4000
"""Samples: half a second."""
_HEARD_S = 0.3
HOST = {"landline": 11, "mobile": 12}


async def gateway(world: Desk, invite: Invite | None = None, trunk: str = "landline", **options: Any) -> Gateway:
    """Return a gateway that has sent its INVITE."""
    party = Gateway(Address(f"{NETWORK}.1"), f"{NETWORK}.{HOST[trunk]}", invite, tone_hz=CITIZEN_HZ, **options)
    entered: Gateway = await world.enter(party)
    return entered


async def arrives(
    world: Desk, invite: Invite | None = None, trunk: str = "landline", **options: Any
) -> tuple[Gateway, Caller]:
    """Return a gateway whose call has reached the room, and that call."""
    known = set(world.room.calls)
    party = await gateway(world, invite, trunk, **options)
    await world.until(lambda: bool(set(world.room.calls) - known))
    (call_id,) = set(world.room.calls) - known
    return party, Caller(call_id)


async def an_operator(world: Desk, operator: str = "202") -> None:
    """Given an operator whose phone sounds a tone, logged in and ready."""
    await world.speaking_operator(operator, Answer())
    await world.until(lambda: world.seat(operator).presence == "available")


async def hear_each_other(world: Desk, party: Gateway, operator: str = "202") -> None:
    """Wait until caller and operator hear each other."""
    await hear(party.audio, OPERATOR_HZ)
    await hear(world.phones[operator].audio, CITIZEN_HZ)


async def hear(ear: RtpPort, hz: float) -> None:
    """Wait until a tone is in what somebody hears."""
    ear.forget()
    async with asyncio.timeout(PATIENCE_S):
        while hears(ear.latest(_LATEST), hz) < _HEARD_S:  # noqa: ASYNC110  sound tells nobody
            await asyncio.sleep(0.05)


async def served(
    world: Desk, invite: Invite, *, also: Sequence[str] = (), operator: str = "202", **options: Any
) -> CallRecord:
    """Let a gateway call, press a key, speak with the operator and hang up; return the record.

    ``also``: complaints in Asterisk's log that this call may cause.
    """
    world.harmless = (*world.harmless, *HARMLESS, *also)
    party, caller = await arrives(world, invite, **options)
    await party.answered()
    party.press("2")
    await world.speaks(caller, operator)
    await hear_each_other(world, party, operator)
    party.hang_up()
    return await world.is_over(caller)
