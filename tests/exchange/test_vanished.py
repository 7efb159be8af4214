"""An operator's phone that is gone in mid-call leaves nobody in silence; one only quiet or only busy is left alone."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ntpd112.simulate import Answer
from tests.exchange.desk import Desk, desk, hears_an_operator
from tests.stories.world import Caller

_NOTICED_WITHIN_S = 30.0


async def _unreachable(world: Desk, operator: str) -> None:
    """Wait until Asterisk has found that a phone does not answer its questions."""
    assert world.controller is not None
    vanished = world.controller.exchange._phone_news.vanished
    async with asyncio.timeout(_NOTICED_WITHIN_S):
        while vanished._answering is None or operator in vanished._answering:  # noqa: ASYNC110  the edge tells nobody
            await asyncio.sleep(0.05)


async def _conversation(world: Desk) -> Caller:
    """Given a caller who speaks with 201."""
    await world.speaking_operator("201", Answer(0.1))
    caller = await world.citizen()
    await world.joined(caller, "201")
    return caller


async def test_given_a_conversation_when_the_operators_phone_vanishes_then_the_caller_is_first_for_another(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as world:
        caller = await _conversation(world)
        await world.speaking_operator("202", Answer(0.1), tone_hz=700.0)
        world.phones["201"].vanish()
        async with asyncio.timeout(_NOTICED_WITHIN_S):
            await world.joined(caller, "202")
        await hears_an_operator(caller.party, hz=700.0)
        assert "human_cut_off" in world.alarms()
        assert world.seat("201").phone == "unreachable"
        await world.hang_up(caller)
        record = await world.is_over(caller)
        assert record.notes == ("201 was cut off, Q.850 27",)
        assert [offer.target for offer in record.offers] == ["201", "202"]


async def test_given_a_phone_that_answers_nothing_but_is_heard_then_the_conversation_goes_on(tmp_path: Path) -> None:
    async with desk(tmp_path) as world:
        caller = await _conversation(world)
        world.phones["201"].sipp.pause()
        await _unreachable(world, "201")
        await asyncio.sleep(6.0)
        await world.joined(caller, "201")
        world.phones["201"].come_back()
        await world.hang_up(caller)
        assert (await world.is_over(caller)).notes == ()


async def test_given_a_phone_that_is_silent_but_answers_then_the_conversation_goes_on(tmp_path: Path) -> None:
    async with desk(tmp_path) as world:
        caller = await _conversation(world)
        world.phones["201"].audio.hush()
        await asyncio.sleep(9.0)
        await world.joined(caller, "201")
        await world.hang_up(caller)
        assert (await world.is_over(caller)).notes == ()
