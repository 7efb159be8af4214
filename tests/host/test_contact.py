"""What belongs to a call goes to where its INVITE came from, whatever Contact and Record-Route say."""

from __future__ import annotations

from typing import Literal

import pytest

from ntpd112.simulate.gateway import Gateway, Invite
from ntpd112.simulate.sip_message import AUDIO, offer
from ntpd112.simulate.sipp import Address
from tests.asterisk import Instance
from tests.host.conftest import LANDLINE
from tests.host.controller import Controller

_NAME = b"gateway.carrier.example"
_ROUTE = b"Record-Route: <sip:proxy.carrier.example;lr>"
_TCP_ROUTE = b"Record-Route: <sip:proxy.carrier.example;transport=tcp;lr>"


@pytest.mark.parametrize(
    ("transport", "contact", "headers"),
    [
        ("udp", b"", []),
        ("udp", b"<sip:gw@" + _NAME + b">", []),
        ("udp", b'"The gateway" <sip:' + _NAME + b":5070;user=phone>;expires=60", []),
        ("udp", b"<sip:gw@10.9.9.9:5070>", []),
        ("udp", b"<sip:gw@[2001:db8::1]>", []),
        ("udp", b"<sip:gw@" + _NAME + b";transport=tcp>", []),
        ("udp", b"", [_ROUTE]),
        ("udp", b"<sip:gw@" + _NAME + b">", [_ROUTE, b"Record-Route: <sip:edge.carrier.example:5080;lr>"]),
        ("udp", b"", [b"Record-Route: <sip:strict.carrier.example>"]),
        ("tcp", b"", []),
        ("tcp", b"<sip:gw@" + _NAME + b";transport=tcp>", []),
        ("tcp", b"<sip:gw@" + _NAME + b">", []),
        ("tcp", b"<sip:gw@" + _NAME + b">", [_TCP_ROUTE]),
        ("tcp", b"<sip:gw@" + _NAME + b">", [_ROUTE]),
    ],
)
async def test_given_any_contact_and_route_then_refresh_and_bye_reach_the_gateway(
    instance: Instance, exchange: Address, transport: Literal["udp", "tcp"], contact: bytes, headers: list[bytes]
) -> None:
    invite = Invite(contact=contact, headers=headers)
    async with (
        Controller(instance) as controller,
        Gateway(exchange, LANDLINE, invite, transport=transport) as gateway,
    ):
        await gateway.answered()
        _, channel = await controller.arrival()
        await controller.heard("ChannelStateChange")
        # An answer means that the ACK was taken in: what is to be sent before that, Asterisk may keep for ever.
        assert (await gateway.request("OPTIONS")).status == 200
        await controller.post(
            f"channels/{channel['id']}/variable", variable="PJSIP_SEND_SESSION_REFRESH()", value="invite"
        )
        await gateway.asked("INVITE")
        await instance.asterisk.rx(f"channel request hangup {channel['name']}")
        await gateway.asked("BYE")
    assert gateway.ended()


@pytest.mark.parametrize("method", ["INVITE", "UPDATE", "OPTIONS"])
async def test_given_a_gateway_that_connected_anew_and_said_so_then_the_bye_takes_the_new_connection(
    instance: Instance, exchange: Address, method: str
) -> None:
    invite = Invite(contact=b"<sip:gw@" + _NAME + b";transport=tcp>")
    async with (
        Controller(instance) as controller,
        Gateway(exchange, LANDLINE, invite, transport="tcp") as gateway,
    ):
        await gateway.answered()
        _, channel = await controller.arrival()
        await gateway.reconnect()
        answer = await gateway.request(method, "" if method == "OPTIONS" else offer(AUDIO))
        assert answer.status == 200
        await instance.asterisk.rx(f"channel request hangup {channel['name']}")
        await gateway.asked("BYE")
    assert gateway.ended()
