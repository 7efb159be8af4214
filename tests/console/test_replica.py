"""What the console knows of the room is what the controller knows, whatever happens in it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ntpd112.console.replica import Replica
from ntpd112.core import messages as m
from ntpd112.core.snapshot import take
from ntpd112.simulate import Answer
from tests.console.office import NETWORK
from tests.stories.exchange_world import ExchangeWorld, exchange_world
from tests.stories.world import PATIENCE_S


async def same(replica: Replica, world: ExchangeWorld) -> None:
    """Return once both rooms are equal."""
    async with asyncio.timeout(PATIENCE_S):
        while replica.board is None or take(replica.board.room) != take(world.room):  # noqa: ASYNC110  asked often
            await asyncio.sleep(0.05)


async def test_given_calls_before_and_after_it_begins_then_both_rooms_are_equal(tmp_path: Path) -> None:
    async with exchange_world(tmp_path, NETWORK) as world:
        await world.operator("201", Answer(0.1, talk_s=2.0))
        first, second = await world.citizen(), await world.citizen("mobile")
        await world.speaks(first, "201")
        replica, actions = Replica(world.instance.settings), list[m.Action]()
        replica.on_action.add(lambda _, action: actions.append(action))
        following = asyncio.create_task(replica.run())
        try:
            await same(replica, world)
            assert replica.board is not None
            assert {*replica.board.room.calls} == {first.call_id, second.call_id}
            third = await world.citizen()
            await world.hang_up(second)
            await world.is_over(first)
            await world.hang_up(third)
            await world.is_over(third)
            await same(replica, world)
            saved = [action.record.call_id for action in actions if isinstance(action, m.SaveCall)]
            assert sorted(saved) == sorted([first.call_id, second.call_id, third.call_id])
        finally:
            following.cancel()
            await asyncio.wait([following])


async def test_given_a_witness_that_does_not_read_then_it_begins_anew_and_the_controller_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ntpd112.web.witness._BEHIND_BYTES", 200_000)
    async with exchange_world(tmp_path, NETWORK) as world:
        reader, writer = await asyncio.open_unix_connection(str(world.instance.settings.control_socket), limit=1024)
        writer.write(b"GET /journal HTTP/1.1\r\nHost: ntpd112\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        assert world.controller is not None
        copies = world.controller.engine._journal.copies
        async with asyncio.timeout(PATIENCE_S):
            while copies:
                for _ in range(100):
                    world.controller.engine.submit(m.PresenceSet("201", "on_break", "a reason", "test"))
                await asyncio.sleep(0.01)
        writer.close()
        replica = Replica(world.instance.settings)
        following = asyncio.create_task(replica.run())
        try:
            await same(replica, world)
        finally:
            following.cancel()
            await asyncio.wait([following])
