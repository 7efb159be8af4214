"""SIP over a WebSocket, as far as a test needs it without a browser: it registers, and reads what comes."""

from __future__ import annotations

import asyncio
import hashlib
import re
from itertools import count
from typing import Any

import aiohttp

_numbers = count(1)


class SipSocket:
    """One page's phone without voice."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, account: dict[str, Any]) -> None:
        self._socket = socket
        self._account = account
        self._host = f"page{next(_numbers)}.invalid"

    async def register(self) -> None:
        """Register. Raises AssertionError."""
        first = await self._ask(1, "")
        assert first.startswith("SIP/2.0 401"), first
        realm, nonce = (re.search(rf'{name}="([^"]*)"', first) for name in ("realm", "nonce"))
        assert realm is not None
        assert nonce is not None
        user, uri = self._account["user"], self._uri
        secret = _md5(f"{user}:{realm[1]}:{self._account['password']}")
        response = _md5(f"{secret}:{nonce[1]}:00000001:abc:auth:{_md5(f'REGISTER:{uri}')}")
        proof = (
            f'Digest username="{user}", realm="{realm[1]}", nonce="{nonce[1]}", uri="{uri}", algorithm=MD5, '
            f'qop=auth, nc=00000001, cnonce="abc", response="{response}"'
        )
        second = await self._ask(2, f"Authorization: {proof}\r\n")
        assert second.startswith("SIP/2.0 200"), second

    async def read(self, beginning: str) -> str:
        """Return the next message that begins so; questions whether we are there are answered."""
        async with asyncio.timeout(15):
            while True:
                message = await self._socket.receive_str()
                if message.startswith(beginning):
                    return message
                if message.startswith("OPTIONS"):
                    kept = re.findall(r"^(?:Via|From|To|Call-ID|CSeq):.*$", message, re.MULTILINE)
                    lines = "\r\n".join(line.strip() for line in kept)
                    await self._socket.send_str(f"SIP/2.0 200 OK\r\n{lines}\r\nContent-Length: 0\r\n\r\n")

    @property
    def _uri(self) -> str:
        return f"sip:{self._account['domain']}"

    async def _ask(self, number: int, more: str) -> str:
        user, host = self._account["user"], self._host
        await self._socket.send_str(
            f"REGISTER {self._uri} SIP/2.0\r\nVia: SIP/2.0/WS {host};branch=z9hG4bK{host}{number}\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:{user}@{self._account['domain']}>;tag={host}\r\n"
            f"To: <sip:{user}@{self._account['domain']}>\r\nCall-ID: {host}\r\nCSeq: {number} REGISTER\r\n"
            f"Contact: <sip:{user}@{host};transport=ws>;expires=120\r\n{more}Content-Length: 0\r\n\r\n"
        )
        return await self.read("SIP/2.0 ")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324  what SIP asks for
