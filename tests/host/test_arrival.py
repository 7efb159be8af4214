"""What reaches the controller of a call, however odd the INVITE."""

from __future__ import annotations

import socket

import pytest

from ntpd112.simulate.citizen import Citizen, HangUp, Identity
from ntpd112.simulate.sipp import Address
from tests.asterisk import Instance
from tests.host.conftest import LANDLINE, MOBILE, STRANGER
from tests.host.controller import Controller


@pytest.mark.parametrize(
    ("dialled", "argument"),
    [
        ("112", "112"),
        ("+622115000293", "+622115000293"),
        ("021-1500293", "0211500293"),
        ("sos", "sos"),
        ("h", "s"),
        ("s", "s"),
        ("*8", "*8"),
        ("112;phone-context=+62", "112"),
        ("9,1", "91"),
        ("%24%7BSHELL(id)%7D", "SHELLid"),
        ("112%3Ax%22%5D%3F", "112x"),
    ],
)
async def test_every_dialled_number_is_a_call(
    instance: Instance, exchange: Address, dialled: str, argument: str
) -> None:
    async with (
        Controller(instance) as controller,
        Citizen(exchange, LANDLINE, identity=Identity(ddi=dialled)) as citizen,
    ):
        await citizen.answered()
        args, _ = await controller.arrival()

    assert args[:3] == ["in", "landline", argument]


async def test_a_call_to_no_number_at_all_is_a_call(instance: Instance) -> None:
    invite = _without_number("INVITE", instance, cseq="1 INVITE")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trunk:
        trunk.bind((MOBILE, 0))
        async with Controller(instance, answers=False) as controller:
            trunk.sendto(invite.encode(), (str(instance.settings.sip_address), instance.settings.sip_port))
            args, _ = await controller.arrival()
            cancel = _without_number("CANCEL", instance, cseq="1 CANCEL")
            trunk.sendto(cancel.encode(), (str(instance.settings.sip_address), instance.settings.sip_port))
            await controller.heard("StasisEnd")
            await instance.empty()
            offers = await controller.heard("CallBroadcast")

    assert len(offers) == 1
    assert args[:3] == ["in", "mobile", "s"]


def _without_number(method: str, instance: Instance, *, cseq: str) -> str:
    lines = (
        f"{method} sip:{instance.sip} SIP/2.0",
        f"Via: SIP/2.0/UDP {MOBILE}:5060;branch=z9hG4bK-nobody;rport",
        f"From: <sip:{MOBILE}>;tag=nobody",
        f"To: <sip:{instance.sip}>",
        f"Call-ID: nobody@{MOBILE}",
        f"CSeq: {cseq}",
        f"Contact: <sip:{MOBILE}:5060>",
        "Max-Forwards: 70",
        "Content-Length: 0",
    )
    return "\r\n".join(lines) + "\r\n\r\n"


@pytest.mark.parametrize(
    ("identity", "number"),
    [
        (Identity(ani="0215550101"), "0215550101"),
        (Identity(ani="0215550101", asserted="+62811222333"), "+62811222333"),
        (Identity(asserted="+62811222333", privacy=True), "+62811222333"),
        (Identity(privacy=True), "anonymous"),
        (Identity(ani=""), ""),
    ],
    ids=["from", "asserted", "withheld_but_asserted", "withheld", "no_number"],
)
async def test_the_caller_is_whom_the_provider_asserts_else_whom_from_names(
    instance: Instance, exchange: Address, identity: Identity, number: str
) -> None:
    async with Controller(instance) as controller, Citizen(exchange, LANDLINE, identity=identity) as citizen:
        await citizen.answered()
        _, channel = await controller.arrival()

    assert channel["caller"]["number"] == number


async def test_a_call_over_tcp_with_a_name_of_ten_thousand_letters_is_a_call(
    instance: Instance, exchange: Address
) -> None:
    identity = Identity(name="x" * 10_000)
    async with (
        Controller(instance) as controller,
        Citizen(exchange, LANDLINE, identity=identity, transport="tcp") as citizen,
    ):
        await citizen.answered()
        args, channel = await controller.arrival()

    assert args[:3] == ["in", "landline", "112"]
    assert channel["caller"]["number"] == "0215550101"


async def test_an_invite_without_an_offer_is_answered_and_hears_us(instance: Instance, exchange: Address) -> None:
    async with Controller(instance) as controller, Citizen(exchange, LANDLINE, late_offer=True) as citizen:
        await citizen.answered()
        _, channel = await controller.arrival()
        await controller.post(f"channels/{channel['id']}/moh")
        await controller.heard("ChannelStateChange", 1)

    assert citizen.result().final_status == 200


async def test_a_stranger_gets_nothing(instance: Instance, exchange: Address) -> None:
    async with (
        Controller(instance) as controller,
        Citizen(exchange, STRANGER, identity=Identity(ani="landline"), steps=[HangUp(2, since="dialled")]) as citizen,
    ):
        status = await citizen.refused()

    assert status in {401, 403, 487}
    assert controller.events == []


async def test_who_calls_himself_an_operator_needs_the_password(instance: Instance, exchange: Address) -> None:
    async with (
        Controller(instance) as controller,
        Citizen(exchange, STRANGER, identity=Identity(ani="201")) as citizen,
    ):
        status = await citizen.refused()

    assert status == 401
    assert controller.events == []
