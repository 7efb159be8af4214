"""Voice that comes from somewhere else in mid-call: the caller's own comes back, a stranger's is not let in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ntpd112.simulate import Address, Answer
from ntpd112.simulate.media import RtpPort
from ntpd112.simulate.tone import hears
from tests.exchange.agent import Agent, Dialog, Message
from tests.exchange.desk import CITIZEN_HZ, NETWORK, OPERATOR_HZ, Desk
from tests.siptrace.hearing import desk_with_ear

_CENTRE = Address(f"{NETWORK}.1")
_LOCKED_AFTER_S = 6.0
"""Asterisk learns where a call's audio comes from for five seconds, then locks on it."""
_BACK_WITHIN_S = 25.0  # six on an idle machine
_STRANGER_HZ = 2500.0


class _BehindNat(Agent):
    """A gateway whose SDP names an address of a network of its own, whatever it is asked."""

    def sdp(self, direction: str) -> str:
        """An offer or an answer."""
        return super().sdp(direction).replace(f"IN IP4 {self.ip}", "IN IP4 127.99.9.9")


@asynccontextmanager
async def _conversation(world: Desk, kind: type[Agent] = Agent) -> AsyncIterator[tuple[Agent, Dialog]]:
    """Given a caller of a gateway that is an agent, and 201, whose audio Asterisk has locked on."""
    await world.speaking_operator("201", Answer(0.1))
    gateway = kind(_CENTRE, f"{NETWORK}.11")
    gateway.audio = RtpPort(gateway.ip, tone_hz=CITIZEN_HZ)
    async with gateway:
        caller = gateway.invites("112", caller="0215550101")
        await _heard(gateway.audio, OPERATOR_HZ)
        await _heard(world.phones["201"].audio, CITIZEN_HZ)
        await asyncio.sleep(_LOCKED_AFTER_S)
        yield gateway, caller
        caller.hang_up()
        await world.until(lambda: not world.room.calls)


async def _heard(audio: RtpPort, hz: float, within_s: float = 15.0) -> None:
    async with asyncio.timeout(within_s):
        while hears(audio.latest(4000), hz) < 0.2:  # noqa: ASYNC110  sound tells nobody
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("kind", [Agent, _BehindNat])
async def test_given_a_voice_that_moves_without_a_word_then_both_hear_each_other_again(
    tmp_path: Path, kind: type[Agent]
) -> None:
    async with desk_with_ear(tmp_path) as world, _conversation(world, kind) as (gateway, _):
        phone = world.phones["201"].audio
        await gateway.audio.move()
        phone.forget()
        gateway.audio.forget()
        await _heard(phone, CITIZEN_HZ, _BACK_WITHIN_S)
        await _heard(gateway.audio, OPERATOR_HZ, _BACK_WITHIN_S)
        assert "one_way_audio" not in world.alarms()


async def test_given_an_end_that_refuses_to_be_asked_then_the_call_goes_on_and_ends_as_the_callers(
    tmp_path: Path,
) -> None:
    def refuses(message: Message) -> bool:
        return message.method == "INVITE"

    async with desk_with_ear(tmp_path) as world, _conversation(world, _Refuses) as (gateway, caller):
        (call_id,) = world.room.calls
        gateway.audio.hush()
        await caller.wait(refuses, _BACK_WITHIN_S)
        await _heard(gateway.audio, OPERATOR_HZ)
        gateway.audio.speak()
        await _heard(world.phones["201"].audio, CITIZEN_HZ, _BACK_WITHIN_S)
        assert world.room.calls[call_id].state == "talking"
        caller.hang_up()
        await world.until(lambda: not world.room.calls)
        (record,) = await world.records(1)
        assert (record.side, record.cause) == ("caller", "caller hung up, Q.850 16")


async def test_given_an_end_that_has_refused_to_be_asked_when_its_network_ends_the_line_then_that_counts(
    tmp_path: Path,
) -> None:
    async with desk_with_ear(tmp_path) as world, _conversation(world, _Refuses) as (gateway, caller):
        gateway.audio.hush()
        await caller.wait(lambda message: message.method == "INVITE", _BACK_WITHIN_S)
        gateway.audio.speak()
        caller.hang_up(["Reason: Q.850;cause=38"])
        await world.until(lambda: not world.room.calls)
        (record,) = await world.records(1)
        assert record.side == "network"


class _RefusingDialog(Dialog):
    def answer(self, message: Message, status: int, reason: str, headers: Sequence[str] = (), body: str = "") -> None:
        """Answer a request; a re-INVITE with a refusal."""
        if message.method == "INVITE":
            super().answer(message, 488, "Not Acceptable Here")
        else:
            super().answer(message, status, reason, headers, body)


class _Refuses(Agent):
    """A gateway that refuses every re-INVITE."""

    def _begun(self) -> Dialog:
        dialog = super()._begun()
        dialog.__class__ = _RefusingDialog
        return dialog


async def test_given_a_strangers_stream_beside_a_living_one_then_nobody_hears_it(tmp_path: Path) -> None:
    async with desk_with_ear(tmp_path) as world, _conversation(world) as (gateway, caller):
        place = next(message.media() for message in caller.messages if message.status == 200)
        assert place is not None
        phone = world.phones["201"].audio
        phone.forget()
        gateway.audio.forget()
        async with RtpPort(f"{NETWORK}.77", tone_hz=_STRANGER_HZ) as stranger:
            stranger.connect(*place)
            await asyncio.sleep(4.0)
            assert stranger.received_packets == 0
        assert hears(phone.heard, _STRANGER_HZ) == 0.0
        assert hears(phone.heard, CITIZEN_HZ) > 2.0
        assert hears(gateway.audio.heard, OPERATOR_HZ) > 2.0
