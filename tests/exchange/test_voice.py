"""Voices that stop, phones that leave because of it, and lines behind which nobody is: played on the real Asterisk."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import pytest

from ntpd112.core.call import IN_QUEUE
from ntpd112.core.records import CALL_BACK
from ntpd112.core.view import view
from ntpd112.pbx import voice_watch
from ntpd112.simulate import Answer
from ntpd112.simulate.media import RtpPort
from ntpd112.simulate.tone import hears
from tests.exchange.desk import CITIZEN_HZ, OPERATOR_HZ, Desk, desk, hears_an_operator
from tests.siptrace.hearing import desk_with_ear
from tests.stories.world import PATIENCE_S, Caller

_STEADY_S = 3.0
_PATIENCE_S = 30.0


async def _conversation(world: Desk) -> Caller:
    """Given a caller, who sounds a tone, and 201, whose phone does too."""
    await world.speaking_operator("201", Answer(0.1))
    caller = await world.citizen(tone_hz=CITIZEN_HZ)
    await world.joined(caller, "201")
    await hears_an_operator(caller.party)
    return caller


async def _until_steady(audio: RtpPort) -> None:
    """Wait until for some seconds packets have come as fast as they should."""
    async with asyncio.timeout(_PATIENCE_S):
        while True:
            before = audio.received_packets
            await asyncio.sleep(_STEADY_S)
            if audio.received_packets - before > 40 * _STEADY_S:  # of 50 a second
                return


async def _hears(audio: RtpPort, hz: float) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while hears(audio.latest(4000), hz) < 0.2:  # noqa: ASYNC110  sound tells nobody
            await asyncio.sleep(0.05)


def _unheard(world: Desk) -> tuple[str, ...]:
    return tuple(itertools.chain.from_iterable(call.unheard for call in view(world.room, world.room.now).calls))


async def _technology(world: Desk) -> set[str]:
    """Return by what Asterisk brings the parties together."""
    lines = (await world.instance.asterisk.rx("bridge show all")).splitlines()
    return {line.split()[-2] for line in lines if ".b" in line}


async def test_given_a_caller_whose_sound_stops_then_the_phone_gets_a_steady_stream_until_it_is_heard_again(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as world:
        caller = await _conversation(world)
        phone = world.phones["201"].audio
        caller.party.audio.hush()
        await _until_steady(phone)
        await world.soon("one_way_audio", within_s=_PATIENCE_S)
        assert _unheard(world) == ("",)
        await _hears(caller.party.audio, OPERATOR_HZ)
        caller.party.audio.speak()
        await _hears(phone, CITIZEN_HZ)
        await world.until(lambda: _unheard(world) == (), _PATIENCE_S)
        async with asyncio.timeout(_PATIENCE_S):
            while await _technology(world) != {"simple_bridge"}:  # noqa: ASYNC110  Asterisk tells nobody
                await asyncio.sleep(0.2)
        await _hears(phone, CITIZEN_HZ)
        await world.hang_up(caller)
        record = await world.is_over(caller)
        assert (record.side, record.outcome) == ("caller", "answered")
        assert record.notes[0].startswith("no sound came from the caller for 1")
        assert record.notes[1:] == ("the caller was heard again",)


async def test_given_a_caller_on_hold_then_the_operators_phone_gets_a_steady_stream(tmp_path: Path) -> None:
    async with desk(tmp_path) as world:
        caller = await _conversation(world)
        await world.operator_presses("201", "*4")
        await world.is_in(caller, "on_hold")
        await _until_steady(world.phones["201"].audio)
        await _until_steady(caller.party.audio)
        await world.operator_presses("201", "*4")
        await world.is_in(caller, "talking")
        await _hears(world.phones["201"].audio, CITIZEN_HZ)
        await hears_an_operator(caller.party)
        await world.hang_up(caller)
        assert (await world.is_over(caller)).notes == ()


async def test_given_a_phone_whose_microphone_dies_when_it_hangs_up_then_the_caller_is_first_for_another(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as world:
        caller = await _conversation(world)
        await world.speaking_operator("202", Answer(0.1), tone_hz=700.0)
        world.phones["201"].audio.hush()
        await world.soon("one_way_audio", within_s=_PATIENCE_S)
        assert _unheard(world) == ("201",)
        await world.operator_hangs_up("201")
        await world.joined(caller, "202")
        await hears_an_operator(caller.party, hz=700.0)
        assert "phone_left_softly" in world.alarms()
        await world.hang_up(caller)
        record = await world.is_over(caller)
        assert [offer.target for offer in record.offers] == ["201", "202"]
        assert record.notes[0].startswith("no sound came from 201 for 1")
        assert record.notes[1].startswith("201 left, but no sound had come from it for ")


@pytest.mark.parametrize("first", ["bye", "registration"])
async def test_given_a_softphone_that_is_closed_in_mid_call_then_the_caller_is_first_for_another(
    tmp_path: Path, first: str
) -> None:
    async with desk(tmp_path) as world:
        caller = await _conversation(world)
        await world.speaking_operator("202", Answer(0.1), tone_hz=700.0)
        await asyncio.sleep(7.0)  # until its voice is known
        phone = world.phones["201"]
        if first == "bye":
            await world.operator_hangs_up("201")
            await phone.unregister()
        else:
            await phone.unregister()
            await world.operator_hangs_up("201")
        await world.joined(caller, "202")
        await hears_an_operator(caller.party, hz=700.0)
        await world.hang_up(caller)
        record = await world.is_over(caller)
        assert record.notes == ("201 left, but its registration had ended",)


async def test_given_a_living_phone_when_its_operator_hangs_up_then_the_call_is_over(tmp_path: Path) -> None:
    async with desk(tmp_path) as world:
        caller = await _conversation(world)
        await asyncio.sleep(7.0)  # long enough for any doubt about its sound
        await world.operator_hangs_up("201")
        record = await world.is_over(caller)
        assert (record.side, record.cause, record.notes) == ("operator", "201 hung up", ())


async def test_given_a_waiting_caller_behind_whom_nobody_is_then_the_line_is_closed_as_the_networks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice_watch, "_WAITING_EVERY_S", 2.0)
    async with desk_with_ear(tmp_path) as world:
        dead = await world.citizen(ani="0215550101")
        await world.press(dead, "2")
        await world.is_in(dead, "waiting")
        alive = await world.citizen(ani="0215550102")
        await world.press(alive, "2")
        await world.is_in(alive, "waiting")
        dead.party.vanish()
        record = await world.is_over(dead, within_s=90.0)  # RFC 3261: a transaction lasts 32 s
        assert (record.side, record.outcome, record.operator) == ("network", "failed", None)
        assert CALL_BACK in record.notes
        assert world.call(alive) is not None
        await world.hang_up(alive)
        assert (await world.is_over(alive)).side == "caller"
        dead.party.sipp.resume()


async def test_given_a_waiting_caller_who_is_silent_then_turn_and_line_are_kept_however_often_it_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice_watch, "_WAITING_EVERY_S", 1.0)
    monkeypatch.setattr(voice_watch, "_ASKED_AGAIN_S", 2.0)
    async with desk_with_ear(tmp_path) as world:
        hiding = await world.citizen(ani="0215550101")
        await world.press(hiding, "2")
        call = await world.is_in(hiding, "waiting")
        hiding.party.audio.hush()
        async with asyncio.timeout(_PATIENCE_S):
            while len([e for e in hiding.party.sipp.events.events if e.name == "media"]) < 3:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        assert call.state in IN_QUEUE
        assert (call.turn, world.alarms() & {"one_way_audio"}) == (1, set())
        await world.operator("203")
        await world.joined(hiding, "203")
        hiding.party.audio.speak()
        await world.hang_up(hiding)
        record = await world.is_over(hiding)
        assert (record.side, record.outcome, record.cause) == ("caller", "answered", "caller hung up, Q.850 16")
