"""The phone in an operator's page: its account, and its way to Asterisk.

SIP goes through here, so that nobody but who is signed in reaches Asterisk's web server, and over the page's own
address and certificate. Voices do not: they go between browser and Asterisk, encrypted. When this process ends, whoever
speaks speaks on, and the page comes back.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

import aiohttp
import structlog
from aiohttp import WSCloseCode, WSMsgType, web
from pydantic import BaseModel

from ntpd112.console.endpoint import Asked, Endpoint, Refusal
from ntpd112.host.errors import HostError
from ntpd112.host.secrets import load_secrets
from ntpd112.settings import PAGE_SUFFIX, Settings

log = structlog.get_logger(__name__)

_PROTOCOL: Final = "sip"
_MOST_BYTES: Final = 64 << 10
_CONNECT_WITHIN_S: Final = 3.0
_HEARTBEAT_S: Final = 5.0
"""A browser that is gone without a word is noticed after one and a half of these."""

Socket = web.WebSocketResponse | aiohttp.ClientWebSocketResponse


class PhoneAccount(BaseModel):
    """How the page's phone registers, over the WebSocket ``/api/v1/sip``."""

    user: str
    password: str
    domain: str
    """The host of its SIP address."""


class Softphone:
    """Gives accounts, and carries SIP."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._url = settings.ari_url.removesuffix("/ari") + "/ws"
        self.endpoints = (
            Endpoint(
                "GET",
                "/phone",
                "How the phone in the page registers",
                self._account,
                "operator",
                answer=PhoneAccount,
                refusals={403: "Who asks is no operator", 503: "Passwords or accounts cannot be read"},
                for_systems=False,
            ),
        )

    async def _account(self, asked: Asked) -> PhoneAccount:
        operator = asked.own_operator
        try:
            password = load_secrets(self._settings.state_dir).sip_passwords.get(operator)
        except HostError as error:
            log.error("secrets_unreadable", reason=str(error))
            password = None
        if password is None:
            raise Refusal(503, "controller_away", "This operator has no phone yet", "`ntpd112 setup` makes it")
        return PhoneAccount(user=operator + PAGE_SUFFIX, password=password, domain=str(self._settings.sip_address))

    async def serve(self, asked: Asked) -> web.StreamResponse:
        """Carry SIP between a page and Asterisk until one of them ends. Raises :class:`Refusal`."""
        operator = asked.own_operator
        near = web.WebSocketResponse(
            protocols=(_PROTOCOL,), heartbeat=_HEARTBEAT_S, max_msg_size=_MOST_BYTES, compress=False
        )
        await near.prepare(asked.request)
        try:
            async with aiohttp.ClientSession() as session:
                async with asyncio.timeout(_CONNECT_WITHIN_S):
                    far = await session.ws_connect(self._url, protocols=(_PROTOCOL,), max_msg_size=_MOST_BYTES)
                log.info("page_phone_connected", operator=operator)
                await _carry(near, far)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("asterisk_not_reached", operator=operator, reason=str(error) or "no answer")
            await near.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"Asterisk is away")
        log.info("page_phone_gone", operator=operator)
        return near


async def _carry(near: Socket, far: Socket) -> None:
    both = [asyncio.ensure_future(_carry_one_way(*way)) for way in ((near, far), (far, near))]
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in both:
            one.cancel()
        await asyncio.gather(*both, return_exceptions=True)
        await far.close()
        await near.close()


async def _carry_one_way(source: Socket, target: Socket) -> None:
    with contextlib.suppress(ConnectionError):
        async for message in source:
            if message.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                data = message.data.encode() if message.type is WSMsgType.TEXT else message.data
                await target.send_frame(data, message.type)
