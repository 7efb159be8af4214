"""The way of an operator's page to Asterisk: it registers, rings before another phone of theirs, and may vanish."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest

from ntpd112.simulate import Answer, NoAnswer
from tests.console.office import office
from tests.console.sip_socket import SipSocket


async def test_given_a_page_that_registers_then_it_rings_instead_of_the_other_phone_until_it_is_gone(
    tmp_path: Path,
) -> None:
    async with office(tmp_path) as place, place.browser() as siti:
        await siti.sign_in("siti")
        await place.world.phone("201", NoAnswer())
        await place.world.dial("201", "*11")
        async with siti.live() as room:
            await room.until(lambda room: room.operators.get("201", {}).get("phone") == "free")
            status, account = await siti.ask("GET", "/phone")
            assert (status, account["user"]) == (200, "201-page")
            async with siti.session.ws_connect(siti.url("/sip"), protocols=("sip",)) as socket:
                phone = SipSocket(socket, account)
                await phone.register()
                caller = await place.world.citizen("mobile", ani="081234567890")
                invite = await phone.read("INVITE")
                assert "UDP/TLS/RTP/SAVPF" in invite
                assert "a=fingerprint:" in invite
                assert "+6281234567890" in invite
                await room.until(lambda room: room.states() == ["ringing"])
            await place.world.phone("201", Answer(0.1, talk_s=1.0))
            await room.until(lambda room: room.states() == ["talking"], within_s=40)
            await place.world.is_over(caller)


async def test_nobody_but_an_operator_gets_a_phone(tmp_path: Path) -> None:
    async with office(tmp_path) as place, place.browser() as rina:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await rina.session.ws_connect(rina.url("/sip"), protocols=("sip",))
        assert refused.value.status == 401
        await rina.sign_in("rina")
        assert (await rina.ask("GET", "/phone"))[0] == 403
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await rina.session.ws_connect(rina.url("/sip"), protocols=("sip",))
        assert refused.value.status == 403
