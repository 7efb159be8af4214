"""The simulated parties against a real Asterisk: what they promise is what the wire does."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from pathlib import Path

import pytest

from ntpd112.settings import INWARD_SUFFIX
from ntpd112.simulate import (
    Answer,
    Busy,
    Citizen,
    Decline,
    HangUp,
    Identity,
    NoAnswer,
    Phone,
    Press,
    SimulationError,
    SoftPhone,
)
from ntpd112.simulate import phone as phone_module
from ntpd112.simulate.behaviour import Refuse
from ntpd112.simulate.citizen import DtmfMethod
from ntpd112.simulate.media import RtpPort
from ntpd112.simulate.tone import hears
from tests.asterisk import Instance
from tests.simulate.conftest import CENTRE, LANDLINE, ROOM, PhoneMaker

pytestmark = pytest.mark.asyncio(loop_scope="package")

_OPERATOR_HZ = 1800.0  # no part of a key


async def test_caller_and_operator_hear_each_other_until_the_caller_hangs_up(phone: PhoneMaker) -> None:
    async with phone(behaviour=Answer(0.1), tone_hz=900) as operator:
        await operator.dial_and_wait("*11")
        async with Citizen(CENTRE, LANDLINE, tone_hz=500) as caller:
            await caller.answered()
            call = await operator.call(within_s=20)
            await call.answered()
            caller.audio.forget()
            await asyncio.sleep(1.0)
            caller.hang_up()
            assert await call.ended() == "ended"
            result = await caller.ended()
        assert hears(caller.audio.heard, 900) > 0.6
        assert hears(operator.audio.heard, 500) > 0.6
        assert (result.final_status, result.ended_by) == (200, "caller")
        assert "0215550101" in call.caller
        assert len(operator.calls) == 1


async def test_operator_who_hangs_up_ends_the_callers_call(phone: PhoneMaker) -> None:
    async with phone(behaviour=Answer(0.1, talk_s=0.3)) as operator:
        await operator.dial_and_wait("*11")
        async with Citizen(CENTRE, LANDLINE) as caller:
            result = await caller.ended()
    assert result.ended_by == "centre"


async def _is_joined(caller: Citizen) -> None:
    """Wait until the caller hears the operator: a key that comes before has nobody to go to."""
    async with asyncio.timeout(15):
        while hears(caller.audio.latest(2000), _OPERATOR_HZ) < 0.1:  # noqa: ASYNC110  sound tells nobody
            await asyncio.sleep(0.05)


async def _heard(audio: RtpPort, digits: str) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(15):
            while len(audio.received_digits) < len(digits):  # noqa: ASYNC110  sound tells nobody
                await asyncio.sleep(0.05)
    assert audio.received_digits == list(digits)


@pytest.mark.parametrize("method", ["rfc4733", "inband", "info", "info-dtmf"])
async def test_keys_of_the_caller_arrive_by_every_method(phone: PhoneMaker, method: DtmfMethod) -> None:
    async with phone(behaviour=Answer(0.0), tone_hz=_OPERATOR_HZ) as operator:
        await operator.dial_and_wait("*11")
        async with Citizen(CENTRE, LANDLINE, inband_only=method == "inband") as caller:
            call = await operator.call(within_s=20)
            await call.answered()
            await _is_joined(caller)
            caller.press("5", method)
            await _heard(operator.audio, "5")
            caller.hang_up()
            await call.ended()


async def test_operator_holds_presses_a_code_and_comes_back(phone: PhoneMaker) -> None:
    async with phone(behaviour=Answer(0.0), tone_hz=_OPERATOR_HZ) as operator:
        await operator.dial_and_wait("*11")
        async with Citizen(CENTRE, LANDLINE) as caller:
            call = await operator.call(within_s=20)
            await call.answered()
            await _is_joined(caller)
            await call.hold()
            await call.resume()
            call.press("*22#", "info")
            await _heard(caller.audio, "*22#")


async def test_caller_who_gives_up_cancels_the_operators_ringing(phone: PhoneMaker) -> None:
    async with phone(behaviour=NoAnswer()) as operator:
        await operator.dial_and_wait("*11")
        async with Citizen(CENTRE, LANDLINE) as caller:
            call = await operator.call(within_s=20)
            caller.hang_up()
            assert await call.ended() == "cancelled"
            assert not call.is_answered


@pytest.mark.parametrize(("behaviour", "status"), [(Busy(), 486), (Decline(), 603)])
async def test_operator_refuses_with_the_status_of_the_behaviour(
    phone: PhoneMaker, behaviour: Refuse, status: int
) -> None:
    async with phone("201") as caller, phone("202", behaviour) as operator:
        dialled = caller.dial("202")
        call = await operator.call(within_s=5)
        assert await call.ended() == "refused"
        assert (await call.wait("refused")).details[0] == str(status)
        assert await dialled.ended() in {"ended", "refused"}


async def test_gateway_without_registration_takes_calls_of_the_trunk(phone: PhoneMaker) -> None:
    async with Phone(CENTRE, LANDLINE, local_port=5060, behaviour=Answer(0.0)) as agency, phone() as operator:
        call = operator.dial("113")
        taken = await agency.call(within_s=5)
        await taken.answered()
        assert taken.dialled.startswith("sip:113@")
        call.hang_up()
        assert await taken.ended() == "ended"


@pytest.mark.parametrize(
    "identity",
    [
        Identity(privacy=True),
        Identity(privacy=True, asserted="0215550102"),
        Identity(ani=""),
        Identity(ani="rumah'--$(reboot)", name='"); DROP TABLE calls; $(reboot) [last_From:] ${SHELL(id)}'),
        Identity(name="x" * 10_240),
        Identity(ddi="+62211500293"),
        Identity(ddi="0219999999", headers=["X-Odd: yes"]),
    ],
    ids=["anonymous", "asserted", "no user", "hostile", "long", "old number", "unknown number"],
)
async def test_odd_identities_are_sent_as_they_are_and_answered(exchange: Instance, identity: Identity) -> None:
    async with Citizen(CENTRE, LANDLINE, identity=identity) as caller:
        await caller.answered()
        sent = (caller.sipp.folder / "messages.log").read_text()
    assert identity.from_header(LANDLINE) in sent
    assert await exchange.channels() == []


async def test_late_offer_and_hold_by_the_caller(exchange: Instance) -> None:
    async with Citizen(CENTRE, LANDLINE, late_offer=True) as caller:
        await caller.answered()
        await caller.hold()
        await caller.resume()
        assert caller.result().ended_by == "nobody"
    assert caller.result().ended_by == "caller"


async def test_call_over_tcp(exchange: Instance) -> None:
    async with Citizen(CENTRE, LANDLINE, transport="tcp", steps=[Press("1", 0.1), HangUp(0.5)]) as caller:
        result = await caller.ended()
    assert (result.final_status, result.ended_by) == (200, "caller")


async def test_call_that_is_cancelled_before_the_answer(exchange: Instance) -> None:
    async with Citizen(CENTRE, LANDLINE, steps=[HangUp(0.1, since="dialled")]) as caller:
        result = await caller.ended()
    assert (result.final_status, result.ended_by) == (487, "refused")


async def test_repeated_invite_is_one_call(exchange: Instance) -> None:
    async with Citizen(CENTRE, LANDLINE, retransmits=False) as caller:
        caller.repeat_invite()
        await caller.answered()
        calls = [
            channel for channel in await exchange.channels() if channel.startswith(f"PJSIP/landline{INWARD_SUFFIX}-")
        ]
        assert len(calls) == 1  # the dialplan may ring a phone beside it


async def test_caller_whose_invite_is_not_understood_leaves_all_the_same(exchange: Instance) -> None:
    async with Citizen(CENTRE, LANDLINE, identity=Identity(ani="two words")) as caller:
        assert caller.result().final_status == 0
    assert caller.result().ended_by == "nobody"


async def test_vanished_phone_is_heard_of_no_more_and_leaves_no_process(phone: PhoneMaker) -> None:
    async with phone() as operator, phone("202") as caller:
        operator.vanish()
        call = caller.dial("201")
        with pytest.raises(SimulationError, match="did not come within"):
            await operator.call(within_s=0.5)
        call.hang_up()
        assert await call.ended() == "refused"


async def test_wrong_password_is_reported_with_its_cure(exchange: Instance) -> None:
    phone = SoftPhone(CENTRE, ROOM, "201", "wrong")
    with pytest.raises(SimulationError, match=r"201 could not register \(401\): compare its extension"):
        async with phone:
            pass


async def test_failure_keeps_the_messages_and_says_where(exchange: Instance) -> None:
    async with Citizen(CENTRE, LANDLINE) as caller:
        await caller.answered()
        with pytest.raises(SimulationError, match=r"'refused' .*happened so far: calling.*its messages are in") as info:
            await caller.sipp.events.wait("refused", within_s=0.1)
    folder = Path(str(info.value).rpartition("its messages are in ")[2])
    assert "INVITE sip:112@" in (folder / "messages.log").read_text()
    shutil.rmtree(folder)


async def test_a_phone_registers_again_before_its_registration_ends(
    phone: PhoneMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phone_module, "REGISTER_FOR_S", 4)
    async with phone() as operator, asyncio.timeout(20):
        while sum(event.name == "registered" for event in operator.sipp.events.events) < 3:
            await operator.sipp.events.changed()
