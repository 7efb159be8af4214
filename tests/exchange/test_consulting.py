"""What an operator hears while somebody else is asked: a ring tone at once, then whatever the far side says early."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ntpd112.core.view import Third, view
from ntpd112.simulate import Address, Answer, Busy, EarlyMedia, Mute, NoAnswer, Phone, Press
from ntpd112.simulate.behaviour import Behaviour
from ntpd112.simulate.media import RtpPort
from ntpd112.simulate.tone import hears
from tests.exchange.desk import CITIZEN_HZ, NETWORK, Desk, desk
from tests.stories.city import city_text
from tests.stories.world import PATIENCE_S, Caller

RING_HZ = 425.0
AGENCY_HZ = 1800.0
_CITY = city_text(NETWORK).replace("overflow_ring_s: 2", "overflow_ring_s: 20")
_LATEST = 2400
"""Samples: 0.3 s."""


async def _hears(ear: RtpPort, hz: float) -> None:
    """Wait for a tone in what is heard from now on, or just was; however late this process gets to listen."""
    begin = max(0, ear.heard_samples - _LATEST)
    async with asyncio.timeout(PATIENCE_S):
        while True:
            while ear.heard_samples >= begin + _LATEST:
                if hears(ear.heard[begin : begin + _LATEST], hz) >= 0.2:
                    return
                begin += _LATEST // 2
            await asyncio.sleep(0.05)


async def _speaking(world: Desk, behaviour: Behaviour) -> tuple[Caller, Phone]:
    """Given a caller who speaks with 203, and an agency that behaves so."""
    phone = Phone(Address(f"{NETWORK}.1"), f"{NETWORK}.11", local_port=5060, behaviour=behaviour, tone_hz=AGENCY_HZ)
    agency: Phone = await world.enter(phone)
    await world.operator("203", Answer(0.1))
    caller = await world.citizen("mobile", steps=[Press("2", 0.2)], tone_hz=CITIZEN_HZ)
    await world.joined(caller, "203")
    return caller, agency


def _third(world: Desk) -> Third | None:
    return view(world.room, world.room.now).calls[0].third


@pytest.mark.parametrize("behaviour", [NoAnswer(), Mute()], ids=["rings", "says nothing"])
async def test_given_a_consultation_then_the_operator_hears_a_ring_tone_until_it_is_cancelled(
    behaviour: Behaviour, tmp_path: Path
) -> None:
    async with desk(tmp_path, city=_CITY, broadcast_claim_ms=3000) as world:
        caller, agency = await _speaking(world, behaviour)
        ear = world.phones["203"].audio
        await world.operator_presses("203", "*2113#")
        await _hears(ear, RING_HZ)
        call = await agency.call()
        assert "113" in call.dialled
        assert "215550101" in call.caller
        assert hears(caller.party.audio.latest(_LATEST), RING_HZ) < 0.1
        if isinstance(behaviour, NoAnswer):
            await world.until(lambda: _third(world) == Third("damkar", "rings"))
        await world.operator_presses("203", "*0")
        await world.joined(caller, "203")
        assert await call.ended() == "cancelled"
        await _hears(ear, CITIZEN_HZ)
        ear.forget()
        await asyncio.sleep(5.0)
        assert hears(ear.heard, RING_HZ) < 0.05
        await world.hang_up(caller)
        await world.is_over(caller)


async def test_given_an_announcement_before_the_answer_then_the_operator_hears_it_and_reads_why_it_failed(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, city=_CITY, broadcast_claim_ms=3000) as world:
        caller, _ = await _speaking(world, EarlyMedia(404, 4.0))
        await world.operator_presses("203", "*2113#")
        await _hears(world.phones["203"].audio, AGENCY_HZ)
        assert hears(caller.party.audio.latest(_LATEST), AGENCY_HZ) < 0.1
        await world.until(lambda: _third(world) == Third("damkar", "refused", 404))
        await world.joined(caller, "203")
        await _hears(world.phones["203"].audio, CITIZEN_HZ)
        await world.operator_hangs_up("203")
        record = await world.is_over(caller)
        assert [(offer.target, offer.result) for offer in record.offers] == [("damkar", "refused"), ("203", "answered")]
        assert record.destination is None


async def test_given_a_busy_agency_then_the_operator_reads_so_and_is_with_the_caller(tmp_path: Path) -> None:
    async with desk(tmp_path, city=_CITY, broadcast_claim_ms=3000) as world:
        caller, _ = await _speaking(world, Busy())
        await world.operator_presses("203", "*2113#")
        await world.until(lambda: _third(world) == Third("damkar", "busy", 486))
        await world.joined(caller, "203")
        await _hears(world.phones["203"].audio, CITIZEN_HZ)
        await world.hang_up(caller)
        await world.is_over(caller)


async def test_given_a_code_whose_keys_the_network_delivers_all_at_once_then_each_counts_once(tmp_path: Path) -> None:
    async with desk(tmp_path, city=_CITY, broadcast_claim_ms=3000) as world:
        caller, agency = await _speaking(world, NoAnswer())
        voice = world.phones["203"].audio
        voice.hold_back()
        await world.operator_presses("203", "*2113#")
        await asyncio.sleep(1.5)  # until all are on their way
        voice.let_go()
        assert "113" in (await agency.call()).dialled
        await world.until(lambda: _third(world) == Third("damkar", "rings"))
        await world.operator_presses("203", "*0")
        await world.joined(caller, "203")
        await world.hang_up(caller)
        await world.is_over(caller)


@pytest.mark.parametrize("behaviour", [Answer(1.5), EarlyMedia(200, 1.5)], ids=["rings", "early media"])
async def test_given_an_agency_that_answers_then_they_speak_and_all_three_can(
    behaviour: Behaviour, tmp_path: Path
) -> None:
    async with desk(tmp_path, city=_CITY, broadcast_claim_ms=3000) as world:
        caller, agency = await _speaking(world, behaviour)
        ear = world.phones["203"].audio
        await world.operator_presses("203", "*2113#")
        await _hears(ear, RING_HZ if isinstance(behaviour, Answer) else AGENCY_HZ)
        await world.third_speaks(caller)
        await _hears(ear, AGENCY_HZ)
        ear.forget()
        await asyncio.sleep(2.0)
        assert hears(ear.heard, RING_HZ) < 0.05
        await world.operator_presses("203", "*3")
        await _hears(agency.audio, CITIZEN_HZ)
        await _hears(caller.party.audio, AGENCY_HZ)
        await world.operator_presses("203", "*8")
        await world.speaks(caller, "damkar")
        await _hears(caller.party.audio, AGENCY_HZ)
        await world.hang_up(caller)
        assert (await world.is_over(caller)).outcome == "transferred"


async def test_given_an_operator_who_leaves_while_it_rings_then_the_caller_is_given_to_the_agency_that_answers(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, city=_CITY, broadcast_claim_ms=3000) as world:
        caller, agency = await _speaking(world, Answer(2.5))
        await world.operator_presses("203", "*2113#")
        await _hears(world.phones["203"].audio, RING_HZ)
        await world.operator_hangs_up("203")
        await world.joined(caller, "damkar")
        await _hears(agency.audio, CITIZEN_HZ)
        await _hears(caller.party.audio, AGENCY_HZ)
        await world.hang_up(caller)
        assert (await world.is_over(caller)).outcome == "transferred"


async def test_given_a_controller_that_dies_while_it_rings_then_the_next_one_joins_what_answers(tmp_path: Path) -> None:
    async with desk(tmp_path, city=_CITY, broadcast_claim_ms=3000) as world:
        caller, agency = await _speaking(world, NoAnswer())
        await world.operator_presses("203", "*2113#")
        call = await agency.call()
        await world.until(lambda: _third(world) == Third("damkar", "rings"))
        await world.crash()
        await world.restart()
        call.answer()
        await world.third_speaks(caller)
        await _hears(world.phones["203"].audio, AGENCY_HZ)
        await world.hang_up(caller)
        await world.is_over(caller)


async def test_given_a_colleague_who_is_asked_then_the_operator_hears_it_ring_and_then_the_colleague(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, city=_CITY, broadcast_claim_ms=3000) as world:
        caller, _ = await _speaking(world, NoAnswer())
        await world.speaking_operator("202", Answer(1.5), tone_hz=AGENCY_HZ)
        await world.operator_presses("203", "*2202#")
        await _hears(world.phones["203"].audio, RING_HZ)
        await world.third_speaks(caller)
        await _hears(world.phones["203"].audio, AGENCY_HZ)
        await world.hang_up(caller)
        await world.is_over(caller)
