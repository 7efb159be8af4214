"""Ends that say nothing: a gateway that ignores our question lives on, and only a line without anybody is closed."""

from __future__ import annotations

import asyncio
import itertools
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ntpd112.core.call import IN_QUEUE
from ntpd112.core.records import CALL_BACK
from ntpd112.pbx import voice_watch
from ntpd112.simulate import Address, Answer
from ntpd112.simulate.media import RtpPort
from tests.exchange.agent import Agent, Dialog, Message
from tests.exchange.desk import CITIZEN_HZ, NETWORK, Desk, desk
from tests.siptrace.hearing import CENTRE, LANDLINE, desk_with_ear
from tests.stories.city import city_text
from tests.stories.world import Caller

_LONG_S = 90.0
_TRANSACTION_S = 34.0
"""Without an answer Asterisk ends a call 32 s after its question."""
_REPORTS_EVERY_S = 2.0


class Silent(Agent):
    """A gateway from which no sound comes once the caller waits."""

    answers = "488"
    """What it says to a re-INVITE; nothing when empty."""

    def __init__(self, centre: Address, ip: str) -> None:
        super().__init__(centre, ip)
        self.audio = RtpPort(ip, tone_hz=CITIZEN_HZ)

    def _begun(self) -> Dialog:
        dialog = super()._begun()
        dialog.__class__ = _Dialog
        return dialog


class _Dialog(Dialog):
    def heard(self, message: Message) -> None:
        """Take a message of this call."""
        if message.method != "INVITE":
            super().heard(message)
            return
        self.messages.append(message)
        assert isinstance(self.agent, Silent)
        if self.agent.answers:
            self.answer(message, int(self.agent.answers), "Said")


class Ignores(Silent):
    """It answers everything but re-INVITEs."""

    answers = ""


class Dead(Ignores):
    """It answers nothing once the caller waits."""


class Reports(Dead):
    """Nothing comes from it but RTCP."""

    async def report(self, where: tuple[str, int]) -> None:
        """Send receiver reports (RFC 3550, 6.4.2) until cancelled."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            for number in itertools.count(1):
                block = struct.pack("!IIIIII", 112, number, number, 7 * number, 0, 0)
                out.sendto(struct.pack("!BBHI", 0x81, 201, 7, 2) + block, (where[0], where[1] + 1))
                await asyncio.sleep(_REPORTS_EVERY_S)


@dataclass
class End:
    """One caller's end of a line."""

    gateway: Silent
    dialog: Dialog
    caller: Caller

    async def asked(self) -> Message:
        return await self.dialog.wait(lambda message: message.method == "INVITE", _LONG_S)

    def was_refused_for_it(self) -> bool:
        """Whether Asterisk was told that the question is refused: only then is there an ACK."""
        asked = {message.number for message in self.dialog.messages if message.method == "INVITE"}
        return any(message.method == "ACK" and message.number in asked for message in self.dialog.messages)


async def _calls(world: Desk, gateway: Silent, ani: str) -> End:
    known = set(world.room.calls)
    dialog = gateway.invites("112", caller=ani)
    await dialog.wait(lambda message: message.status == 200)
    await world.until(lambda: bool(set(world.room.calls) - known))
    (call_id,) = set(world.room.calls) - known
    return End(gateway, dialog, Caller(party=None, call_id=call_id))


async def _waits(world: Desk, gateway: Silent, ani: str) -> End:
    end = await _calls(world, gateway, ani)
    gateway.audio.press("2")
    await world.is_in(end.caller, *IN_QUEUE)
    gateway.audio.hush()
    return end


@asynccontextmanager
async def _gateways(*kinds: type[Silent]) -> AsyncIterator[list[Silent]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(kind(CENTRE, LANDLINE)) for kind in kinds]


async def test_given_waiting_callers_who_are_silent_then_only_the_line_without_anybody_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice_watch, "_WAITING_EVERY_S", 2.0)
    async with (
        desk_with_ear(tmp_path, city=city_text(NETWORK, outside_s=900)) as world,
        _gateways(Silent, Ignores, Reports, Dead) as gateways,
    ):
        ends = [await _waits(world, gateway, f"021555010{n}") for n, gateway in enumerate(gateways)]
        refusing, ignoring, reporting, dead = ends
        reports = reporting.gateway
        assert isinstance(reports, Reports)
        place = next(message.media() for message in reporting.dialog.messages if message.status == 200)
        assert place is not None
        reports.deaf = dead.gateway.deaf = True
        telling = asyncio.create_task(reports.report(place))
        await asyncio.gather(refusing.asked(), ignoring.asked())
        record = await world.is_over(dead.caller, within_s=_LONG_S)
        assert (record.side, record.outcome, CALL_BACK in record.notes) == ("network", "failed", True)
        assert "nothing came from the caller's end any more" in " ".join(record.notes)
        await asyncio.sleep(_TRANSACTION_S)
        assert ignoring.was_refused_for_it()
        for end in (refusing, ignoring, reporting):
            call = world.call(end.caller)
            assert call is not None
            assert call.state in IN_QUEUE
        telling.cancel()
        reports.deaf = False
        await world.operator("203", Answer(0.1))
        await world.speaks(refusing.caller, "203")
        for end in (ignoring, reporting, refusing):
            end.dialog.hang_up()
            assert (await world.is_over(end.caller)).side == "caller"


@pytest.mark.parametrize("kind", [Ignores, Dead])
async def test_given_a_talking_caller_whose_gateway_ignores_the_question_then_the_line_stays(
    tmp_path: Path, kind: type[Silent]
) -> None:
    async with desk_with_ear(tmp_path) as world, _gateways(kind) as (gateway,):
        await world.speaking_operator("201", Answer(0.1))
        end = await _calls(world, gateway, "0215550101")
        await world.joined(end.caller, "201")
        await asyncio.sleep(8.0)  # until its voice is known
        gateway.audio.hush()
        await end.asked()
        gateway.deaf = kind is Dead
        await asyncio.sleep(_TRANSACTION_S)
        await world.soon("one_way_audio")
        call = world.call(end.caller)
        assert call is not None
        assert call.state == "talking"
        gateway.deaf = False
        gateway.audio.speak()
        end.dialog.hang_up()
        record = await world.is_over(end.caller)
        assert (record.side, record.operator) == ("caller", "201")


async def test_given_no_ear_then_no_callers_line_is_put_to_the_test(tmp_path: Path) -> None:

    async with desk(tmp_path) as world, _gateways(Ignores) as (gateway,):
        await world.speaking_operator("201", Answer(0.1))
        end = await _calls(world, gateway, "0215550101")
        await world.joined(end.caller, "201")
        await asyncio.sleep(8.0)
        gateway.audio.hush()
        await world.soon("one_way_audio", within_s=_LONG_S)
        assert [message for message in end.dialog.messages if message.method == "INVITE"] == []
        end.dialog.hang_up()
        assert (await world.is_over(end.caller)).side == "caller"
