"""A softphone that others wrote, on our exchange: audio in both directions, measured."""

from __future__ import annotations

import asyncio

import pytest

from ntpd112.simulate import Citizen, SimulationError
from ntpd112.simulate.real_phone import RealPhone
from ntpd112.simulate.tone import hears
from tests.asterisk import Instance
from tests.simulate.conftest import CENTRE, LANDLINE, NETWORK

pytestmark = pytest.mark.asyncio(loop_scope="package")

DESK = f"{NETWORK}.22"


async def test_real_phone_logs_in_answers_and_is_heard(exchange: Instance) -> None:
    password = exchange.secrets.sip_passwords["202"]
    async with RealPhone(CENTRE, DESK, "202", password, tone_hz=620) as phone:
        phone.dial("*11")
        await phone.closed(within_s=20)
        so_far = len(phone.events.events)
        async with Citizen(CENTRE, LANDLINE, tone_hz=500) as caller:
            await phone.established(within_s=20, after=so_far)
            caller.audio.forget()
            await asyncio.sleep(1.0)
            phone.press("5")
            await asyncio.sleep(0.5)
            phone.hang_up()
            result = await caller.ended()
        await phone.closed(after=so_far)
        assert result.ended_by == "centre"
        assert caller.audio.received_digits == ["5"]
        assert hears(caller.audio.heard, 620) > 0.6
        assert hears(phone.heard(1), 500) > 0.6


async def test_real_phone_with_a_wrong_password_is_told_so(exchange: Instance) -> None:
    with pytest.raises(SimulationError, match="202 could not register"):
        async with RealPhone(CENTRE, DESK, "202", "wrong"):
            pass
