"""What a destination outside hears before it has confirmed, and who hears it: by tones, on a real Asterisk."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ntpd112.simulate import Address, Answer, Phone, Press
from ntpd112.simulate.citizen import DtmfMethod
from ntpd112.simulate.media import RtpPort
from ntpd112.simulate.tone import hears, loudness
from tests.exchange.desk import CITIZEN_HZ, NETWORK, Desk, desk
from tests.stories.city import city_text
from tests.stories.outside_stories import asked_outside
from tests.stories.world import PATIENCE_S, Caller

OUTSIDE_HZ = 1800.0
_LATEST = 2400
"""Samples: 0.3 s."""


def _city() -> str:
    """The mobile is the only number outside, and has a while to confirm."""
    return city_text(NETWORK).replace("confirm_s: 5", "confirm_s: 60").replace("to: neighbour", "to: supervisor")


async def _mobile(world: Desk, behaviour: Answer, *, inband_only: bool = False) -> Phone:
    phone = Phone(
        Address(f"{NETWORK}.1"),
        f"{NETWORK}.12",
        local_port=5060,
        behaviour=behaviour,
        tone_hz=OUTSIDE_HZ,
        inband_only=inband_only,
    )
    entered: Phone = await world.enter(phone)
    return entered


async def _asked(world: Desk) -> Caller:
    caller = await world.citizen(steps=[Press("2", 0.2)], tone_hz=CITIZEN_HZ)
    await world.until(lambda: asked_outside(world, caller, "supervisor") is not None)
    return caller


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


async def _hears_words(ear: RtpPort) -> None:
    """Wait for a sound that is not the caller's tone."""
    async with asyncio.timeout(PATIENCE_S):
        while loudness(ear.latest(_LATEST)) < 0.01 or hears(ear.latest(_LATEST), CITIZEN_HZ) > 0.2:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_given_a_machine_outside_then_it_hears_the_question_and_neither_hears_the_other(tmp_path: Path) -> None:
    async with desk(tmp_path, city=_city(), broadcast_claim_ms=3000) as world:
        mobile = await _mobile(world, Answer(0.1))
        caller = await _asked(world)
        await _hears_words(mobile.audio)
        mobile.audio.forget()
        caller.party.audio.forget()
        await asyncio.sleep(2.0)
        assert hears(mobile.audio.heard, CITIZEN_HZ) < 0.05
        assert hears(caller.party.audio.heard, OUTSIDE_HZ) < 0.05
        assert loudness(caller.party.audio.heard) > 0.001
        await world.hang_up(caller)
        await world.is_over(caller)


@pytest.mark.parametrize("method", ["rfc4733", "info", "info-dtmf", "inband"])
async def test_given_a_human_outside_who_presses_the_key_then_both_hear_each_other(
    method: DtmfMethod, tmp_path: Path
) -> None:
    async with desk(tmp_path, city=_city(), broadcast_claim_ms=3000) as world:
        mobile = await _mobile(world, Answer(0.1, presses=Press("1", 1.0, method)), inband_only=method == "inband")
        caller = await _asked(world)
        await world.joined(caller, "supervisor")
        await _hears(mobile.audio, CITIZEN_HZ)
        await _hears(caller.party.audio, OUTSIDE_HZ)
        await world.hang_up(caller)
        assert (await world.is_over(caller)).outcome == "overflowed"


async def test_given_a_controller_that_dies_meanwhile_then_the_next_one_asks_again_and_the_key_counts(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, city=_city(), broadcast_claim_ms=3000) as world:
        mobile = await _mobile(world, Answer(0.1))
        caller = await _asked(world)
        await _hears_words(mobile.audio)
        await world.crash()
        await world.restart()
        await world.until(lambda: asked_outside(world, caller, "supervisor") is not None)
        await _hears_words(mobile.audio)
        (await mobile.call()).press("1")
        await world.joined(caller, "supervisor")
        await _hears(caller.party.audio, OUTSIDE_HZ)
        await world.hang_up(caller)
        record = await world.is_over(caller)
        assert (record.outcome, record.destination) == ("overflowed", "supervisor")
        assert [offer.result for offer in record.offers] == ["answered"]


async def test_given_an_operator_who_takes_the_caller_then_who_was_asked_outside_is_told_and_let_go(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, city=_city(), broadcast_claim_ms=3000) as world:
        mobile = await _mobile(world, Answer(0.1))
        caller = await _asked(world)
        await world.operator("203", Answer(0.1))
        await world.joined(caller, "203")
        assert await (await mobile.call()).ended() == "ended"
        await world.operator_hangs_up("203")
        record = await world.is_over(caller)
        assert [(offer.target, offer.result) for offer in record.offers] == [
            ("supervisor", "answered_elsewhere"),
            ("203", "answered"),
        ]


async def test_given_a_consultation_then_the_operator_hears_the_machine_and_the_caller_does_not(tmp_path: Path) -> None:
    async with desk(tmp_path, city=_city(), broadcast_claim_ms=3000) as world:
        mobile = await _mobile(world, Answer(0.1))
        await world.operator("203", Answer(0.1))
        caller = await world.citizen(steps=[Press("2", 0.2)], tone_hz=CITIZEN_HZ)
        await world.joined(caller, "203")
        await world.operator_presses("203", "*208101120003#")
        await world.until(lambda: asked_outside(world, caller, "supervisor") is not None)
        await _hears(world.phones["203"].audio, OUTSIDE_HZ)
        await world.operator_presses("203", "*8")
        await world.is_in(caller, "transferring")
        await _hears_words(mobile.audio)
        (await mobile.call()).press("1")
        await world.joined(caller, "supervisor")
        await _hears(caller.party.audio, OUTSIDE_HZ)
        await world.hang_up(caller)
        assert (await world.is_over(caller)).outcome == "transferred"
