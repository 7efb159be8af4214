"""Nobody serves any more: the lifeboat, a process of its own, brings callers to operators and touches no talkers."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ntpd112 import app
from ntpd112.lifeboat import stranded
from ntpd112.simulate import Answer, NoAnswer, Press
from ntpd112.store.completion import COMPLETED
from tests.exchange.desk import Desk, desk, hears_an_operator
from tests.stories.exchange_world import HARMLESS

_SECOND_HZ = 1900.0
_AFTER_S = 1.5


class Words(list[str]):
    """What it has said."""

    async def hear(self, stream: asyncio.StreamReader) -> None:
        async for line in stream:
            self.append(line.decode().rstrip())

    async def say(self, what: str) -> None:
        async with asyncio.timeout(15):
            while not any(what in line for line in self):  # noqa: ASYNC110
                await asyncio.sleep(0.05)


@asynccontextmanager
async def lifeboat(world: Desk) -> AsyncIterator[Words]:
    """Run it beside an instance."""
    settings = world.instance.settings
    where = (str(settings.manage_address), str(settings.ami_port), str(settings.state_dir))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ntpd112.lifeboat", *where, str(_AFTER_S)), stderr=asyncio.subprocess.PIPE
    )
    words = Words()
    assert process.stderr is not None
    hearing = asyncio.create_task(words.hear(process.stderr))
    try:
        yield words
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()
        await hearing


async def test_given_callers_at_every_stage_when_the_controller_dies_then_all_but_talkers_go_to_the_exchanges_queue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "_LEDGERS_EVERY_S", 0.5)
    async with desk(tmp_path) as world, lifeboat(world) as words:
        world.harmless = (*HARMLESS, "not claimed within", "not active")
        await world.speaking_operator("201", Answer(0.2))
        talks = await world.dials("0215550101", 11)
        await hears_an_operator(talks)
        await world.speaking_operator("203", NoAnswer(), tone_hz=_SECOND_HZ)
        rings = await world.dials("0215550102", 12, steps=[Press("2")])
        await world.until(lambda: any(call.state == "ringing" for call in world.room.calls.values()))
        waits = await world.dials("0215550103", 12, steps=[Press("2")])
        await world.until(lambda: len(world.room.calls) == 3 and len(world.room.line) == 1)
        greeted = await world.dials("0215550104", 12)
        await world.until(lambda: len(world.room.calls) == 4)
        await world.crash()
        await world.phone("203", Answer(0.2, talk_s=1.5))
        await words.say("3 of 3 callers go to the exchange's own queue")
        for citizen in (rings, waits, greeted):
            await hears_an_operator(citizen, hz=_SECOND_HZ)
            citizen.hang_up()
            await citizen.ended()
        await hears_an_operator(talks)
        await world.restart()
        await words.say("a controller serves again")
        await hears_an_operator(talks)
        talks.hang_up()
        await talks.ended()
        async with asyncio.timeout(15):
            found = await world.records(4)
            while any(record.outcome == "overflowed" for record in found):
                await asyncio.sleep(0.2)
                found = await world.records(4)
        assert sorted((record.ani_raw, record.outcome, record.stage, record.operator) for record in found) == [
            ("0215550101", "answered", "talking", "201"),
            ("0215550102", "answered", "fallback", "203"),
            ("0215550103", "answered", "fallback", "203"),
            ("0215550104", "answered", "fallback", "203"),
        ]
        assert all(COMPLETED in record.notes for record in found[1:])


async def test_given_a_phone_picked_up_in_the_instant_of_the_controllers_death_then_it_is_freed_for_the_queue(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as world, lifeboat(world):
        world.harmless = (*HARMLESS, "not claimed within", "not active")
        await world.speaking_operator("201", NoAnswer())
        citizen = await world.dials(steps=[Press("2")])
        await world.rings("201")
        world.ari.survives = True  # Asterisk does not know yet that nobody listens, and gives the leg to the controller
        await world.crash()
        leg = world.phones["201"].calls[-1]
        await world.phone("201", Answer(0.2))
        leg.answer()
        await leg.answered()
        await leg.ended()
        await hears_an_operator(citizen)
        world.ari.survives = False
        citizen.hang_up()
        await citizen.ended()
        await world.restart()


async def test_given_a_conversation_without_a_controller_when_the_operator_is_cut_off_then_the_caller_finds_another(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as world, lifeboat(world):
        await world.speaking_operator("201", Answer(0.2))
        citizen = await world.dials()
        await hears_an_operator(citizen)
        await world.speaking_operator("203", Answer(0.2), tone_hz=_SECOND_HZ)
        await world.crash()
        await world.phone("201", NoAnswer())
        await world.operator_hangs_up("201")
        await hears_an_operator(citizen, hz=_SECOND_HZ)
        citizen.hang_up()
        await citizen.ended()
        await world.restart()


async def test_given_an_operator_who_logs_in_while_nobody_serves_then_the_controller_knows_it_afterwards(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as world, lifeboat(world) as words:
        world.harmless = (*HARMLESS, "not claimed within")
        await world.operator("201")
        await world.operator("203")
        await world.crash()
        await words.say("no controller serves any more")
        await world.phone("202", Answer())
        await world.dial("202", "*11")
        await world.dial("203", "*142")
        await world.restart()
        await world.until(lambda: world.seat("202").presence == "available")
        await world.until(lambda: (world.seat("203").presence, world.seat("203").reason) == ("on_break", "sholat"))
        assert world.seat("201").presence == "available"


async def test_given_a_controller_that_serves_then_the_lifeboat_does_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path) as world, lifeboat(world) as words:
        caller = await world.citizen()
        await world.press(caller, "2")
        await world.is_in(caller, "waiting", "ringing")
        await asyncio.sleep(3 * _AFTER_S)
        assert world.call(caller) is not None
        assert words == []
        await world.hang_up(caller)
        assert (await world.is_over(caller)).outcome == "abandoned"


def test_who_hears_somebody_is_left_alone_and_who_is_in_the_dialplan_too() -> None:
    caller = {"Application": "StasisBroadcast", "AccountCode": "landline"}
    leg = {"Application": "Stasis", "AccountCode": ""}
    channels = [
        {**caller, "Channel": "talks", "Uniqueid": "1.1", "BridgeId": "1.1.b1"},
        {**leg, "Channel": "speaks", "Uniqueid": "1.1.l1", "BridgeId": "1.1.b1"},
        {**caller, "Channel": "was left", "Uniqueid": "1.2", "BridgeId": "1.2.b1"},
        {**caller, "Channel": "waits", "Uniqueid": "1.3", "BridgeId": ""},
        {**leg, "Channel": "rings", "Uniqueid": "1.3.l1", "Application": ""},
        {**leg, "Channel": "listens to nobody", "Uniqueid": "1.1.l2.s7", "BridgeId": "1.1.l2.b7"},
        {**leg, "Channel": "dials *11", "Uniqueid": "1.4"},
        {**caller, "Channel": "in the queue", "Uniqueid": "1.5", "Application": "Queue"},
        {**leg, "Channel": "a phone that the queue rings", "Uniqueid": "1.6", "Application": "AppQueue"},
    ]
    callers, phones, dials = stranded(channels)
    assert (callers, phones) == (["was left", "waits"], ["rings", "listens to nobody"])
    assert [dial["Channel"] for dial in dials] == ["dials *11"]
