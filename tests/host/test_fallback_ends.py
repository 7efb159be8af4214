"""Without a controller, whose end it was decides as well: a human hangs up, a network's loss brings the next human."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from ntpd112.host import render
from ntpd112.simulate.behaviour import Answer
from ntpd112.simulate.citizen import Citizen, Press
from ntpd112.simulate.media import RtpPort
from ntpd112.simulate.phone import Phone
from ntpd112.simulate.sipp import Address
from ntpd112.simulate.tone import hears
from tests.asterisk import Instance, private_asterisk
from tests.host.conftest import LANDLINE, MOBILE, OPERATORS
from tests.host.test_fallback import phone
from tests.sip_peer import PeerCall, SipPeer

CITIZEN_HZ, NEXT_HZ = 900.0, 1800.0
_WITHIN_S = 60.0
_QUICK_S = 2.0

NETWORKS = {
    "out of order": ["Reason: Q.850;cause=38"],
    "a congested gateway": ['Reason: SIP;cause=503;text="Service Unavailable"'],
    "the phone's session timer": ['Reason: SIP;cause=408;text="Session Timer Expired"'],
    "both protocols": ["Reason: SIP;cause=200", "Reason: Q.850;cause=41"],
}
HUMANS = {
    "no reason": [],
    "normal": ['Reason: Q.850;cause=16;text="Normal call clearing"'],
    "sip": ["Reason: SIP;cause=200"],
}


@pytest.fixture
async def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Instance]:
    """An exchange that comes to its numbers outside soon, and calls an end quick for two seconds only."""
    monkeypatch.setattr(render, "FALLBACK_RING_S", 4)
    monkeypatch.setattr(render, "QUICK_END_S", _QUICK_S)
    async with private_asterisk(tmp_path) as running:
        yield running


@asynccontextmanager
async def party(
    exchange: Address, ip: str, *, user: str = "gateway", password: str = "", port: int = 0
) -> AsyncIterator[SipPeer]:
    """Somebody who takes calls, speaks, and ends them as the test says."""
    async with AsyncExitStack() as stack:
        peer = await stack.enter_async_context(SipPeer.at(ip, exchange, user=user, password=password, port=port))
        peer.audio = await stack.enter_async_context(RtpPort(ip))
        yield peer


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(_WITHIN_S):
        while not is_so():  # noqa: ASYNC110  neither sound nor SIPp tells anybody
            await asyncio.sleep(0.05)


async def speaks(peer: SipPeer, *, presses: str = "") -> PeerCall:
    """Return the call of a party that hears the citizen."""
    assert peer.audio is not None
    await until(lambda: bool(peer.calls))
    if presses:
        await until(lambda: peer.audio is not None and peer.audio.received_packets > 50)
        peer.audio.press(presses)
    await until(lambda: peer.audio is not None and hears(peer.audio.latest(2400), CITIZEN_HZ) > 0.2)
    return next(iter(peer.calls.values()))


@pytest.mark.parametrize("reasons", NETWORKS.values(), ids=NETWORKS.keys())
async def test_given_an_operator_whose_network_ends_it_then_the_next_operator_has_the_caller(
    reasons: list[str], instance: Instance, exchange: Address
) -> None:
    password = instance.secrets.sip_passwords["201"]
    async with (
        party(exchange, OPERATORS, user="201", password=password) as lost,
        Citizen(exchange, LANDLINE, tone_hz=CITIZEN_HZ) as citizen,
    ):
        assert await lost.register() == 200
        call = await speaks(lost)
        async with phone(instance, exchange, "202", tone_hz=NEXT_HZ) as other:
            call.bye(*reasons)
            await (await other.call(within_s=_WITHIN_S)).answered()
            await until(lambda: hears(citizen.audio.latest(2400), NEXT_HZ) > 0.2)
            assert citizen.result().ended_by == "nobody"


@pytest.mark.parametrize("reasons", HUMANS.values(), ids=HUMANS.keys())
async def test_given_an_operator_who_hangs_up_then_the_call_is_over(
    reasons: list[str], instance: Instance, exchange: Address
) -> None:
    password = instance.secrets.sip_passwords["201"]
    async with (
        party(exchange, OPERATORS, user="201", password=password) as operator,
        Citizen(exchange, LANDLINE, tone_hz=CITIZEN_HZ) as citizen,
    ):
        assert await operator.register() == 200
        (await speaks(operator)).bye(*reasons)
        assert (await citizen.ended()).ended_by == "centre"
        assert len(operator.calls) == 1


@pytest.mark.parametrize("reasons", NETWORKS.values(), ids=NETWORKS.keys())
async def test_given_a_party_outside_whose_network_ends_it_after_a_while_then_the_next_number_has_the_caller(
    reasons: list[str], instance: Instance, exchange: Address
) -> None:
    async with (
        party(exchange, LANDLINE, port=5060) as lost,
        Phone(
            exchange, MOBILE, local_port=5060, behaviour=Answer(0.2, presses=Press("1", 1.0)), tone_hz=NEXT_HZ
        ) as other,
        Citizen(exchange, LANDLINE, tone_hz=CITIZEN_HZ) as citizen,
    ):
        call = await speaks(lost, presses="1")
        await asyncio.sleep(_QUICK_S + 1.5)
        call.bye(*reasons)
        await (await other.call(within_s=_WITHIN_S)).answered()
        await until(lambda: hears(citizen.audio.latest(2400), NEXT_HZ) > 0.2)
        assert citizen.result().ended_by == "nobody"


@pytest.mark.parametrize("reasons", HUMANS.values(), ids=HUMANS.keys())
async def test_given_a_party_outside_who_hangs_up_after_a_while_then_the_call_is_over(
    reasons: list[str], instance: Instance, exchange: Address
) -> None:
    async with (
        party(exchange, LANDLINE, port=5060) as human,
        Citizen(exchange, LANDLINE, tone_hz=CITIZEN_HZ) as citizen,
    ):
        call = await speaks(human, presses="1")
        await asyncio.sleep(_QUICK_S + 1.5)
        call.bye(*reasons)
        assert (await citizen.ended()).ended_by == "centre"


async def test_given_a_question_without_its_sound_then_a_tone_asks_and_asterisk_does_not_go_in_a_circle(
    instance: Instance, exchange: Address
) -> None:
    for sound in instance.layout.sounds.glob("*/confirm.alaw"):
        sound.unlink()
    async with (
        party(exchange, LANDLINE, port=5060) as human,
        Citizen(exchange, LANDLINE, tone_hz=CITIZEN_HZ) as citizen,
    ):
        await until(lambda: human.audio is not None and human.audio.received_packets > 50)
        await asyncio.sleep(4.0)
        assert human.audio is not None
        missing = [line for line in instance.log() if "confirm does not exist" in line]
        assert 0 < len(missing) < 20
        human.audio.press("1")
        await until(lambda: human.audio is not None and hears(human.audio.latest(2400), CITIZEN_HZ) > 0.2)
        citizen.hang_up()
        await citizen.ended()
    await instance.empty()
