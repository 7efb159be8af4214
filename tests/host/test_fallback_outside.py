"""Without a controller, what answers outside has to confirm too: a mailbox keeps no caller from the operators."""

from __future__ import annotations

import asyncio

import pytest

from ntpd112.simulate.behaviour import Answer
from ntpd112.simulate.citizen import Citizen, DtmfMethod, Press
from ntpd112.simulate.media import RtpPort
from ntpd112.simulate.phone import Phone
from ntpd112.simulate.sipp import Address
from ntpd112.simulate.tone import hears
from tests.asterisk import Instance
from tests.host.conftest import LANDLINE, MOBILE
from tests.host.test_fallback import phone

OUTSIDE_HZ, CITIZEN_HZ, OPERATOR_HZ = 1800.0, 900.0, 1500.0
_WITHIN_S = 60.0


async def _hears(ear: RtpPort, hz: float) -> None:
    async with asyncio.timeout(_WITHIN_S):
        while hears(ear.latest(2400), hz) < 0.2:  # noqa: ASYNC110  sound tells nobody
            await asyncio.sleep(0.1)


def _outside(exchange: Address, behaviour: Answer, address: str = LANDLINE) -> Phone:
    return Phone(exchange, address, local_port=5060, behaviour=behaviour, tone_hz=OUTSIDE_HZ)


async def test_given_a_mailbox_then_the_caller_waits_on_and_an_operator_who_comes_gets_them(
    instance: Instance, exchange: Address
) -> None:
    async with (
        _outside(exchange, Answer(0.2, talk_s=8.0)) as mailbox,
        Citizen(exchange, LANDLINE, tone_hz=CITIZEN_HZ) as citizen,
    ):
        call = await mailbox.call(within_s=_WITHIN_S)
        await call.answered()
        await asyncio.sleep(2.0)
        assert hears(citizen.audio.latest(8000), OUTSIDE_HZ) < 0.05
        assert hears(mailbox.audio.heard, CITIZEN_HZ) < 0.05
        async with phone(instance, exchange, tone_hz=OPERATOR_HZ) as operator:
            await (await operator.call(within_s=_WITHIN_S)).answered()
            await _hears(citizen.audio, OPERATOR_HZ)
            await call.ended()
            assert citizen.result().ended_by == "nobody"


@pytest.mark.parametrize("method", ["rfc4733", "info"])
async def test_given_a_human_who_presses_the_key_then_they_speak_and_the_operators_stop_ringing(
    method: DtmfMethod, instance: Instance, exchange: Address
) -> None:
    async with (
        _outside(exchange, Answer(0.2, presses=Press("21", 1.0, method))) as human,
        Citizen(exchange, LANDLINE, tone_hz=CITIZEN_HZ) as citizen,
    ):
        call = await human.call(within_s=_WITHIN_S)
        await _hears(human.audio, CITIZEN_HZ)
        await _hears(citizen.audio, OUTSIDE_HZ)
        assert "0215550101" in call.caller
        citizen.hang_up()
        await call.ended()
    await instance.empty()


async def test_given_a_human_who_ends_it_within_seconds_then_the_next_number_is_rung(
    instance: Instance, exchange: Address
) -> None:
    async with (
        _outside(exchange, Answer(0.2, talk_s=4.0, presses=Press("1", 1.0))) as first,
        _outside(exchange, Answer(0.2, presses=Press("1", 1.0)), MOBILE) as second,
        Citizen(exchange, LANDLINE, tone_hz=CITIZEN_HZ) as citizen,
    ):
        await first.call(within_s=_WITHIN_S)
        await _hears(first.audio, CITIZEN_HZ)
        await second.call(within_s=_WITHIN_S)
        await _hears(second.audio, CITIZEN_HZ)
        assert citizen.result().ended_by == "nobody"
