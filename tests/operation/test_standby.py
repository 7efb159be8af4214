"""A standby takes over from a controller that dies, hangs or hands over: callers keep their turn, talkers talk on."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from ntpd112.simulate import Address, Answer, Citizen, Press, SoftPhone
from ntpd112.store.engine import open_database
from ntpd112.store.queries import Records
from ntpd112.store.transaction import close_database
from ntpd112.web.link import Link
from tests.exchange.desk import OPERATOR_HZ, hears_an_operator
from tests.operation.room import Room


def _phone(room: Room) -> SoftPhone:
    target, password = Address(f"{room.network}.1"), room.password("203")
    return SoftPhone(target, f"{room.network}.21", "203", password, behaviour=Answer(0.2), tone_hz=OPERATOR_HZ)


def _citizen(room: Room, host: int) -> Citizen:
    return Citizen(Address(f"{room.network}.1"), f"{room.network}.{host}", ani=f"02155501{host}", steps=[Press("2")])


async def _calls(room: Room, *states: str) -> list[tuple[str, int]]:
    """Wait until the live calls, in the order of their turns, are in these states; return their ids and turns."""
    async with Link(room.settings) as link, asyncio.timeout(15):
        while True:
            calls = (await link.state()).room.calls
            if [call.state for call in calls] == list(states):
                return [(call.call_id, call.turn) for call in calls]
            await asyncio.sleep(0.1)


async def _outcomes(room: Room, call_ids: list[str]) -> list[str]:
    engine = open_database(room.settings.database)
    try:
        async with asyncio.timeout(15):
            while None in (found := [await Records(engine).call(call_id) for call_id in call_ids]):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    finally:
        await close_database(engine)
    return [record.outcome for record in found if record is not None]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP, signal.SIGUSR1], ids=["dies", "hangs", "hands over"])
async def test_given_a_controller_that_is_gone_then_the_standby_goes_on_and_no_caller_notices(
    story_room: Room, how: signal.Signals
) -> None:
    room = story_room
    asterisk, controller = room.asterisk(), await asyncio.to_thread(room.controller)
    restarts = room.said("is open").count("serves calls again")
    async with _phone(room) as phone:
        await phone.dial_and_wait("*11")
        async with _citizen(room, 11) as first:
            await hears_an_operator(first)
            async with _citizen(room, 12) as second:
                before = await _calls(room, "talking", "waiting")
                if how is signal.SIGUSR1:
                    said = await asyncio.to_thread(room.command, "restart")
                    assert f"pid {controller} has handed over" in said.stdout + said.stderr
                else:
                    os.kill(controller, how)
                await asyncio.to_thread(room.said, "serves calls again", restarts + 1)
                assert await asyncio.to_thread(room.controller) not in {0, controller}
                assert room.asterisk() == asterisk
                assert await _calls(room, "talking", "waiting") == before
                await hears_an_operator(first)
                first.hang_up()
                await first.ended()
                await hears_an_operator(second)
                second.hang_up()
                await second.ended()
        await phone.dial_and_wait("*12")
    assert await _outcomes(room, [call_id for call_id, _ in before]) == ["answered", "answered"]
