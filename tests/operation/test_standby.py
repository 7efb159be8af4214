"""A standby takes over from a controller that dies, hangs or hands over: callers keep their turn, talkers talk on."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from tests.exchange.desk import hears_an_operator
from tests.operation.people import calls, citizen, outcomes, phone
from tests.operation.room import Room


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP, signal.SIGUSR1], ids=["dies", "hangs", "hands over"])
async def test_given_a_controller_that_is_gone_then_the_standby_goes_on_and_no_caller_notices(
    story_room: Room, how: signal.Signals
) -> None:
    room = story_room
    asterisk, controller = room.asterisk(), await asyncio.to_thread(room.controller)
    restarts = room.said("is open").count("serves calls again")
    async with phone(room) as operator:
        await operator.dial_and_wait("*11")
        async with citizen(room, 11) as first:
            await hears_an_operator(first)
            async with citizen(room, 12) as second:
                before = await calls(room, "talking", "waiting")
                if how is signal.SIGUSR1:
                    said = await asyncio.to_thread(room.command, "restart")
                    assert f"pid {controller} has handed over" in said.stdout + said.stderr
                else:
                    os.kill(controller, how)
                await asyncio.to_thread(room.said, "serves calls again", restarts + 1)
                assert await asyncio.to_thread(room.controller) not in {0, controller}
                assert room.asterisk() == asterisk
                assert await calls(room, "talking", "waiting") == before
                await hears_an_operator(first)
                first.hang_up()
                await first.ended()
                await hears_an_operator(second)
                second.hang_up()
                await second.ended()
        await operator.dial_and_wait("*12")
    assert await outcomes(room, [call_id for call_id, _ in before]) == ["answered", "answered"]
