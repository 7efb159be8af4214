"""baresip, which hangs up by itself when no audio comes, and when it is closed: neither ends a citizen's call."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ntpd112.core.messages import PresenceSet
from ntpd112.simulate import Address, Answer
from ntpd112.simulate.real_phone import RealPhone
from tests.exchange.desk import NETWORK, Desk, desk, hears_an_operator
from tests.stories.world import Caller

_RTP_TIMEOUT_S = 10
_BARESIP_HZ = 620.0


async def _baresip(world: Desk) -> RealPhone:
    """Given 201, ready, with baresip as phone."""
    password = world.instance.secrets.sip_passwords["201"]
    real = RealPhone(Address(f"{NETWORK}.1"), f"{NETWORK}.51", "201", password, rtp_timeout_s=_RTP_TIMEOUT_S)
    phone: RealPhone = await world.enter(real)
    assert world.controller is not None
    world.controller.engine.submit(PresenceSet("201", "available", "", "201"))
    return phone


async def _conversation(world: Desk, phone: RealPhone) -> Caller:
    caller = await world.citizen()
    await phone.established()
    await world.joined(caller, "201")
    await hears_an_operator(caller.party, hz=_BARESIP_HZ)
    return caller


async def test_given_a_silent_caller_then_a_softphone_with_an_rtp_timer_stays(tmp_path: Path) -> None:
    async with desk(tmp_path) as world:
        phone = await _baresip(world)
        caller = await _conversation(world, phone)
        caller.party.audio.hush()
        await asyncio.sleep(2.5 * _RTP_TIMEOUT_S)
        assert [event.name for event in phone.events.events if event.name == "CALL_CLOSED"] == []
        await hears_an_operator(caller.party, hz=_BARESIP_HZ)
        phone.hang_up()
        record = await world.is_over(caller)
        assert (record.side, record.cause) == ("operator", "201 hung up")
        await phone.closed()


async def test_given_a_caller_on_hold_then_a_softphone_with_an_rtp_timer_stays(tmp_path: Path) -> None:
    async with desk(tmp_path) as world:
        phone = await _baresip(world)
        caller = await _conversation(world, phone)
        phone.press("*4")
        await world.is_in(caller, "on_hold")
        await asyncio.sleep(2.5 * _RTP_TIMEOUT_S)
        assert (await world.is_in(caller, "on_hold")).main is not None
        phone.press("*4")
        await world.is_in(caller, "talking")
        await world.hang_up(caller)
        assert (await world.is_over(caller)).side == "caller"
        await phone.closed()


async def test_given_a_softphone_that_is_closed_in_mid_call_then_the_caller_is_first_for_another(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as world:
        phone = await _baresip(world)
        caller = await _conversation(world, phone)
        await world.speaking_operator("202", Answer(0.1), tone_hz=700.0)
        await asyncio.sleep(7.0)  # until its voice is known
        phone.command("quit")
        await world.joined(caller, "202")
        await hears_an_operator(caller.party, hz=700.0)
        await world.hang_up(caller)
        record = await world.is_over(caller)
        assert record.notes == ("201 left, but its registration had ended",)
