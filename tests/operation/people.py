"""An operator and citizens of a whole room, and what is known of their calls."""

from __future__ import annotations

import asyncio

from ntpd112.simulate import Address, Answer, Citizen, Press, SoftPhone
from ntpd112.store.engine import open_database
from ntpd112.store.queries import Records
from ntpd112.store.transaction import close_database
from ntpd112.web.link import Link
from tests.exchange.desk import OPERATOR_HZ
from tests.operation.room import Room


def phone(room: Room) -> SoftPhone:
    target, password = Address(f"{room.network}.1"), room.password("203")
    return SoftPhone(target, f"{room.network}.21", "203", password, behaviour=Answer(0.2), tone_hz=OPERATOR_HZ)


def citizen(room: Room, host: int) -> Citizen:
    return Citizen(Address(f"{room.network}.1"), f"{room.network}.{host}", ani=f"02155501{host}", steps=[Press("2")])


async def calls(room: Room, *states: str) -> list[tuple[str, int]]:
    """Wait until the live calls, in the order of their turns, are in these states; return their ids and turns."""
    async with Link(room.settings) as link, asyncio.timeout(15):
        while True:
            found = (await link.state()).room.calls
            if [call.state for call in found] == list(states):
                return [(call.call_id, call.turn) for call in found]
            await asyncio.sleep(0.1)


async def outcomes(room: Room, call_ids: list[str]) -> list[str]:
    engine = open_database(room.settings.database)
    try:
        async with asyncio.timeout(15):
            while None in (found := [await Records(engine).call(call_id) for call_id in call_ids]):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    finally:
        await close_database(engine)
    return [record.outcome for record in found if record is not None]
