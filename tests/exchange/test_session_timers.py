"""Session timers (RFC 4028): nobody's is run here, so none can end a call on which voice flows."""

from __future__ import annotations

from pathlib import Path

import pytest

from ntpd112.core.messages import PresenceSet
from ntpd112.simulate import Address, Answer, Citizen, Identity
from tests.exchange.agent import Agent
from tests.exchange.desk import NETWORK, desk
from tests.sip_peer import SipPeer

_CENTRE = Address(f"{NETWORK}.1")


@pytest.mark.parametrize(
    "headers",
    [
        ["Supported: timer", "Session-Expires: 90;refresher=uac", "Min-SE: 90"],
        ["Supported: timer", "Session-Expires: 1800;refresher=uas"],
        ["Supported: timer", "Session-Expires: 60"],  # less than the least that RFC 4028 allows
        ["Require: timer", "Supported: timer", "Session-Expires: 90;refresher=uac"],
    ],
)
async def test_given_a_carrier_that_asks_for_a_session_timer_then_the_call_is_answered_without_one(
    tmp_path: Path, headers: list[str]
) -> None:
    async with desk(tmp_path) as world:
        await world.operator("201", Answer(0.1))
        async with SipPeer.at(f"{NETWORK}.11", _CENTRE) as carrier:
            call, answer = await carrier.invite("112", headers=headers)
            assert answer.status == 200
            assert (answer.get("session-expires"), answer.get("require")) == ("", "")
            await world.until(lambda: any(one.state == "talking" for one in world.room.calls.values()))
            call.bye()
            await world.until(lambda: not world.room.calls)


async def test_given_an_operators_phone_then_it_is_asked_for_no_session_timer(tmp_path: Path) -> None:
    async with desk(tmp_path) as world:
        password = world.instance.secrets.sip_passwords["201"]
        async with Agent(_CENTRE, f"{NETWORK}.41", "201", password) as phone:
            assert await phone.register() == 200
            assert world.controller is not None
            world.controller.engine.submit(PresenceSet("201", "available", "", "test"))
            await world.until(lambda: world.seat("201").available(world.room.now))
            caller = await world.dials("0215550101")
            invite = (await phone.call()).invite
            assert invite is not None
            assert (invite.get("session-expires"), invite.get("require"), invite.get("min-se")) == ("", "", "")
            assert "timer" not in invite.get("supported")
            caller.hang_up()
            await caller.ended()
            await world.until(lambda: not world.room.calls)


async def test_given_a_carrier_that_refreshes_the_session_itself_then_the_call_goes_on(tmp_path: Path) -> None:
    async with desk(tmp_path) as world:
        await world.operator("201", Answer(0.1))
        headers = ["Supported: timer", "Session-Expires: 90;refresher=uac"]
        identity = Identity(headers=headers)
        citizen: Citizen = await world.enter(Citizen(_CENTRE, f"{NETWORK}.11", identity=identity))
        await world.until(lambda: any(one.state == "talking" for one in world.room.calls.values()))
        await citizen.resume()  # a re-INVITE that changes nothing is a refresh
        await citizen.resume()
        assert [one.state for one in world.room.calls.values()] == ["talking"]
        citizen.hang_up()
        await citizen.ended()
        await world.until(lambda: not world.room.calls)
        (record,) = await world.records(1)
        assert (record.side, record.outcome) == ("caller", "answered")
