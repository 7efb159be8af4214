"""Every request inside a call gets a final answer, whatever its method and body, and ends no call."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ntpd112.core import messages as m
from tests.exchange.agent import Agent, Dialog
from tests.exchange.desk import Desk, desk
from tests.siptrace.hearing import CENTRE, LANDLINE, PHONE, desk_with_ear, start_ear

_LONG_S = 30.0
_MULTIPART = "--x\r\nContent-Type: text/plain\r\n\r\na\r\n--x--\r\n"
REQUESTS: list[tuple[str, list[str], str, int]] = [
    ("INFO", [], "", 200),
    ("INFO", ["Content-Type: application/dtmf-relay"], "Signal=5\r\nDuration=100", 200),
    ("INFO", ["Content-Type: application/dtmf-relay"], "", 200),
    ("INFO", ["Content-Type: application/media_control+xml"], "<media_control/>", 200),
    ("INFO", ["Content-Type: application/vnd.etsi.aoc+xml"], "<aoc/>", 415),
    ("INFO", ["Content-Type: application/vnd.nortelnetworks.digits"], "p=Digit-Collection", 415),
    ("INFO", ["Content-Type: text/plain"], "hello", 415),
    ("INFO", ["Content-Type: multipart/mixed;boundary=x"], _MULTIPART, 415),
    ("INFO", ["Content-Type: application/x-with-nothing"], "", 415),
    ("INFO", ["Info-Package: g.3gpp.ussd", "Content-Type: application/x"], "a", 469),
    ("UPDATE", [], "", 200),
    ("OPTIONS", [], "", 200),
    ("REFER", ["Refer-To: <sip:112@192.0.2.1>"], "", 603),
    ("REFER", [], "", 603),
    ("REFER", ["Refer-To: <sip:202@192.0.2.1?Replaces=1%40a%3Bto-tag%3D1%3Bfrom-tag%3D2>"], "", 603),
    ("MESSAGE", ["Content-Type: text/plain"], "help", 405),
    ("MESSAGE", [], "", 405),
    ("NOTIFY", ["Event: talk"], "", 489),
    ("NOTIFY", ["Event: refer", "Subscription-State: active"], "", 489),
    ("NOTIFY", [], "", 489),
    ("SUBSCRIBE", ["Event: kpml", "Expires: 60"], "", 489),
    ("SUBSCRIBE", ["Event: dialog"], "", 489),
    ("PUBLISH", ["Event: presence"], "", 405),
    ("KDMQ", [], "", 501),
    ("X-SOMETHING.NEW", ["Content-Type: text/plain"], "x", 501),
]


async def all_are_answered(dialog: Dialog) -> None:
    """Send them all, and find each answered as it should be."""
    statuses = await asyncio.gather(
        *(dialog.asks(method, headers, body, _LONG_S) for method, headers, body, _ in REQUESTS)
    )
    told = [(method, headers) for method, headers, _, _ in REQUESTS]
    wanted = [status for *_, status in REQUESTS]
    assert list(zip(told, statuses, strict=True)) == list(zip(told, wanted, strict=True))


async def test_a_citizens_network_gets_an_answer_to_everything_and_the_call_goes_on(tmp_path: Path) -> None:
    async with desk_with_ear(tmp_path) as world, Agent(CENTRE, LANDLINE, "0215550101") as gateway:
        dialog = gateway.invites("112")
        assert await dialog.answered(1, "INVITE", _LONG_S) == 200
        await all_are_answered(dialog)
        await all_are_answered(dialog)
        assert not dialog.over
        (call,) = world.room.calls.values()
        assert "the network asked for a transfer to 112: refused" in call.notes
        dialog.hang_up()
        await world.until(lambda: not world.room.calls)


async def test_a_phone_gets_an_answer_to_everything_while_it_rings_and_while_it_speaks(tmp_path: Path) -> None:
    async with desk_with_ear(tmp_path) as world:
        password = world.instance.secrets.sip_passwords["201"]
        phone = await world.enter(Agent(CENTRE, PHONE, "201", password))
        phone.on_invite = lambda dialog: dialog.reply(180, "Ringing")
        assert await phone.register() == 200
        world.controller.engine.submit(m.PresenceSet("201", "available", "", "test"))  # type: ignore[union-attr]
        caller = await world.citizen()
        dialog = await phone.call(within_s=_LONG_S)
        assert await dialog.asks("INFO", ["Content-Type: text/plain"], "x", _LONG_S) == 415
        dialog = phone.calls[-1]
        dialog.pick_up()
        await world.joined(caller, "201")
        await all_are_answered(dialog)
        await world.joined(caller, "201")
        assert not dialog.over
        await world.hang_up(caller)
        await world.is_over(caller)
        assert await phone.register(0) == 200


async def test_without_a_controller_requests_in_a_call_are_answered_as_well(tmp_path: Path) -> None:
    async with desk(tmp_path, start=False) as world, Agent(CENTRE, LANDLINE, "0215550101") as gateway:
        ear = await start_ear(world.instance.settings)
        try:
            dialog = gateway.invites("112")
            assert await dialog.answered(1, "INVITE", _LONG_S) == 200
            await all_are_answered(dialog)
            assert not dialog.over
            dialog.hang_up()
        finally:
            await ear.end()


@pytest.mark.parametrize("party", ["network", "stranger"])
async def test_requests_outside_a_call_are_answered_and_lead_nowhere(tmp_path: Path, party: str) -> None:
    async with desk(tmp_path) as world:
        world.harmless = (*world.harmless, "res_pjsip_pubsub.c: ")
        await _outside(world, LANDLINE if party == "network" else LANDLINE.replace(".11", ".99"))
        assert world.room.calls == {}


async def _outside(world: Desk, address: str) -> None:
    async with Agent(CENTRE, address, "0215550101") as agent:
        for method, headers, body, _ in REQUESTS:
            if method not in {"OPTIONS", "UPDATE"}:
                assert await agent.asks(method, "112", headers, body) >= 400, method
