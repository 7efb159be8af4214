"""The event socket breaks at every stage of a call, or carries nonsense: nobody is lost, records are exact."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from ntpd112.simulate import Answer, NoAnswer
from tests.exchange.desk import Desk, desk


async def _cut_for(world: Desk, seconds: float) -> None:
    """Break the event socket and let nobody come back for a while."""
    world.ari.refuses = True
    await world.ari.cut()
    await asyncio.sleep(seconds)
    world.ari.refuses = False


async def _back(world: Desk) -> None:
    assert world.controller is not None
    exchange = world.controller.exchange
    async with asyncio.timeout(5):
        while not exchange.ari_is_up or exchange._gaps_closed < exchange._gaps:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_given_a_greeting_when_the_socket_is_cut_and_the_prompt_ends_meanwhile_then_the_menu_follows(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as world:
        caller = await world.citizen()
        await world.is_in(caller, "greeting")
        await _cut_for(world, 1.2)  # longer than the prompt
        await world.is_in(caller, "menu", within_s=4)
        await world.press(caller, "2")
        await world.is_in(caller, "waiting", "ringing", within_s=4)
        await world.hang_up(caller)
        record = await world.is_over(caller)
        assert (record.outcome, record.type, record.side) == ("abandoned", "crime", "caller")
        assert "ari_lost" in world.alarms()


async def test_given_a_waiting_caller_when_the_socket_is_cut_and_the_caller_leaves_then_it_is_noticed(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as world:
        leaves = await world.citizen(ani="0215550101")
        await world.press(leaves, "1")
        stays = await world.citizen(ani="0215550102")
        await world.press(stays, "1")
        for caller in (leaves, stays):
            await world.is_in(caller, "waiting", "ringing")
        world.ari.refuses = True
        await world.ari.cut()
        await world.hang_up(leaves)
        await leaves.party.ended()
        world.ari.refuses = False
        record = await world.is_over(leaves, within_s=4)
        assert (record.outcome, record.side) == ("failed", "network")
        assert "ended while the exchange was out of sight" in record.notes
        assert world.call(stays) is not None
        await world.operator("201")
        await world.speaks(stays, "201")
        await world.hang_up(stays)
        assert (await world.is_over(stays)).outcome == "answered"


async def test_given_a_ringing_phone_when_it_is_picked_up_while_the_socket_is_cut_then_caller_and_operator_speak(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as world:
        await world.operator("201", NoAnswer())
        caller = await world.citizen()
        await world.rings("201")

        def lost(event: str) -> str | None:
            return None if json.loads(event)["type"] in {"StasisStart", "ChannelStateChange"} else event

        world.ari.replace = lost
        world.phones["201"].calls[-1].answer()
        await world.phones["201"].calls[-1].answered()
        await asyncio.sleep(0.1)
        world.ari.replace = lambda event: event
        await world.ari.cut()
        await world.speaks(caller, "201", within_s=4)
        await world.pause(3.5)  # before that, who had heard nobody would not have meant to end it
        await world.operator_hangs_up("201")
        record = await world.is_over(caller)
        assert (record.outcome, record.operator, record.side) == ("answered", "201", "operator")


async def test_given_two_who_speak_when_the_socket_is_cut_then_they_go_on_and_the_end_is_seen(tmp_path: Path) -> None:
    async with desk(tmp_path) as world:
        await world.operator("201")
        caller = await world.citizen()
        await world.joined(caller, "201")
        await _cut_for(world, 0.5)
        await _back(world)
        assert world.call(caller) is not None
        assert world.seat("201").leg is not None
        await world.hang_up(caller)
        record = await world.is_over(caller)
        assert (record.outcome, record.side, record.notes) == ("answered", "caller", ())


async def test_given_two_who_speak_when_both_leave_during_the_gap_then_the_operator_is_free_again(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as world:
        await world.operator("201")
        caller = await world.citizen()
        await world.joined(caller, "201")
        world.ari.refuses = True
        await world.ari.cut()
        await world.hang_up(caller)
        await caller.party.ended()
        await world.operator_hangs_up("201")
        await world.phones["201"].calls[-1].ended()
        world.ari.refuses = False
        record = await world.is_over(caller, within_s=4)
        assert (record.outcome, record.side, record.operator) == ("answered", "network", "201")
        await world.until(lambda: world.seat("201").leg is None)
        again = await world.citizen(ani="0215550103")
        await world.speaks(again, "201")
        await world.hang_up(again)
        await world.is_over(again)


async def test_given_a_look_that_fails_after_a_gap_then_it_is_taken_again(tmp_path: Path) -> None:
    async with desk(tmp_path) as world:
        caller = await world.citizen()
        await world.is_in(caller, "greeting")
        failing = world.ari.spoil("GET (channels|bridges|applications/ntpd112)", "500", times=3)
        world.ari.refuses = True
        await world.ari.cut()
        await world.hang_up(caller)
        await caller.party.ended()
        world.ari.refuses = False
        record = await world.is_over(caller, within_s=20)
        assert failing.happened == 3
        # A greeting that can no longer be played may have been the first to be noticed; then the menu was next.
        assert record.stage in {"greeting", "menu"}
        assert record.side == "network"


async def test_given_events_that_nobody_knows_or_can_read_then_calls_go_on(tmp_path: Path) -> None:
    async with desk(tmp_path) as world:
        await world.operator("201")
        caller = await world.citizen()
        await world.is_in(caller, "greeting", "menu")
        for nonsense in (
            '{"type": "ChannelTeleported", "where": "moon"}',
            '{"type": "StasisStart"}',
            '{"type": "ChannelDestroyed", "channel": 7}',
            '{"type": 112}',
            '{"no": "type"}',
            "[]",
            "{",
            "",
            "\u0000",
            '{"type": "\\ud800"}',
            "[" * 5000,
            '{"type": "ChannelDtmfReceived", "digit": "' + "9" * 100_000 + '"}',
        ):
            await world.ari.say(nonsense)
        await world.speaks(caller, "201")
        await world.hang_up(caller)
        record = await world.is_over(caller)
        assert (record.outcome, record.notes) == ("answered", ())


async def test_given_an_arrival_whose_event_cannot_be_read_then_the_caller_reaches_an_operator_by_the_fallback(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as world:
        await world.operator("201", Answer())

        def spoil(event: str) -> str:
            return event.replace('"args":', '"arguments":') if '"StasisStart"' in event else event

        await _back(world)
        world.ari.replace = spoil
        citizen = await world.dials()
        await world.soon("caller_stranded", within_s=4)
        call = await world.phones["201"].call()
        await call.answered()
        citizen.hang_up()
        await citizen.ended()
