"""INVITEs that require extensions: served where that is possible, else refused so that the caller's network can act."""

from __future__ import annotations

import pytest

from ntpd112.simulate.gateway import Gateway, Invite
from ntpd112.simulate.sipp import Address
from tests.asterisk import Instance
from tests.host.conftest import MOBILE
from tests.host.controller import Controller

_SUPPORTED = b"Supported: 100rel, precondition, timer, histinfo, 199"


@pytest.mark.parametrize(
    ("headers", "confirms"),
    [
        ([_SUPPORTED], True),
        ([_SUPPORTED, b"Require: 100rel"], True),
        ([_SUPPORTED, b"Require: 100rel"], False),
        ([_SUPPORTED, b"Require: timer", b"Session-Expires: 1800"], True),
        ([_SUPPORTED, b"Require: timer, 100rel", b"Session-Expires: 900;refresher=uac", b"Min-SE: 900"], True),
        ([b"Proxy-Require: sec-agree"], True),
        ([b"Require: "], True),
        ([b"Accept-Contact: *;+g.oma.sip-im;require;explicit", b"Request-Disposition: no-fork"], True),
        ([b"Recv-Info: x", b"Accept: application/isup", b"Expires: 0"], True),
        ([b"Content-Disposition: session;handling=required"], True),
    ],
)
async def test_given_an_extension_that_can_be_served_then_the_call_is_answered(
    instance: Instance, exchange: Address, headers: list[bytes], confirms: bool
) -> None:
    async with (
        Controller(instance) as controller,
        Gateway(exchange, MOBILE, Invite(headers=headers), confirms=confirms) as gateway,
    ):
        await gateway.answered()
        await controller.arrival()
    assert gateway.was_answered()
    assert not gateway.ended()


@pytest.mark.parametrize(
    ("required", "unsupported"),
    [
        ("precondition", "precondition"),
        ("100rel, precondition", "precondition"),
        ("histinfo", "histinfo"),
        ("sec-agree", "sec-agree"),
        ("gruu", "gruu"),
        ("resource-priority", "resource-priority"),
        ("100rel, histinfo, from-change", "histinfo, from-change"),
        ("a-tag-of-tomorrow", "a-tag-of-tomorrow"),
    ],
)
async def test_given_an_extension_that_nobody_here_has_then_the_refusal_names_it(
    instance: Instance, exchange: Address, required: str, unsupported: str
) -> None:
    """RFC 3261 8.2.2.3: the network calls again without it. A silent answer would leave it in the dark."""
    invite = Invite(headers=[b"Require: " + required.encode()])
    async with Controller(instance) as controller, Gateway(exchange, MOBILE, invite) as gateway:
        answer = await gateway.final()
        assert (answer.status, answer.header("unsupported")) == (420, unsupported)
    async with Controller(instance), Gateway(exchange, MOBILE) as again:
        await again.answered()
    assert controller.events == []


async def test_given_too_short_a_session_then_the_call_is_served_without_a_timer(
    instance: Instance, exchange: Address
) -> None:
    invite = Invite(headers=[b"Supported: timer", b"Session-Expires: 30"])
    async with Gateway(exchange, MOBILE, invite) as gateway:
        answer = await gateway.final()
    assert answer.status == 200
    assert answer.header("session-expires") == ""
