"""What an ordinary call does not ask of Asterisk, as it is asked at every call of a rush."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path

from ntpd112.simulate import Answer
from tests.exchange.desk import desk


async def test_given_an_ordinary_call_then_nothing_is_read_anew_and_each_prompt_is_stopped_once(tmp_path: Path) -> None:
    async with desk(tmp_path) as world:
        assert world.controller is not None
        exchange = world.controller.exchange
        exchange._settings = replace(exchange._settings, look_every_s=60.0)
        await world.speaking_operator("201", Answer(0.1))
        await asyncio.sleep(1.5)  # the look that was due
        world.ari.commands.clear()
        caller = await world.citizen()
        await world.press(caller, "2")
        await world.joined(caller, "201")
        await world.operator_hangs_up("201")
        await world.is_over(caller)
        await world.settled()
        asked = Counter(world.ari.commands)
        assert asked["GET channels"] == 0
        stops = {command: times for command, times in asked.items() if command.startswith("DELETE playbacks/")}
        assert stops
        assert set(stops.values()) == {1}
