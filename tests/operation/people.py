"""An operator and citizens of a whole room, and what is known of their calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from ntpd112.simulate import Address, Answer, Citizen, Press, SoftPhone
from ntpd112.store.engine import open_database
from ntpd112.store.queries import Records
from ntpd112.store.transaction import close_database
from ntpd112.web.link import Link
from tests.exchange.desk import OPERATOR_HZ, hears_an_operator
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


class TwoCallers:
    """One speaks with the operator, the other one waits."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.of_phone, self.of_first, self.of_second = AsyncExitStack(), AsyncExitStack(), AsyncExitStack()

    async def arrive(self) -> None:
        """Let them call."""
        operator = await self.of_phone.enter_async_context(phone(self.room))
        await operator.dial_and_wait("*11")
        self.first = await self.of_first.enter_async_context(citizen(self.room, 11))
        await hears_an_operator(self.first)
        self.second = await self.of_second.enter_async_context(citizen(self.room, 12))

    async def there(self) -> list[tuple[str, int]]:
        """Return their calls and turns."""
        return await calls(self.room, "talking", "waiting")

    async def leave_a_room_that_closes(self) -> None:
        """The one speaks on, the other one reaches the operator too, a new one is refused; then all hang up."""
        await hears_an_operator(self.first)
        self.first.hang_up()
        await self.first.ended()
        await self.of_first.aclose()
        await hears_an_operator(self.second)
        async with citizen(self.room, 11) as third:
            assert await third.refused() == 503
        await self.of_phone.aclose()
        self.second.hang_up()
        await self.second.ended()


@asynccontextmanager
async def two_callers(room: Room) -> AsyncIterator[TwoCallers]:
    """Let two call; the one speaks with an operator, the other one waits."""
    both = TwoCallers(room)
    async with both.of_phone, both.of_first, both.of_second:
        await both.arrive()
        yield both


async def outcomes(room: Room, call_ids: list[str]) -> list[str]:
    engine = open_database(room.settings.database)
    try:
        async with asyncio.timeout(15):
            while None in (found := [await Records(engine).call(call_id) for call_id in call_ids]):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    finally:
        await close_database(engine)
    return [record.outcome for record in found if record is not None]
