"""A provider's gateway as a test wants it: it keeps every request whole, and answers as it is told.

SIPp's parties tell how a call went; this one shows what left Asterisk, header by header, and can ask for a password.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

from tests.stories.world import PATIENCE_S

REASONS = {100: "Trying", 180: "Ringing", 200: "OK", 401: "Unauthorized", 407: "Proxy Authentication Required"}
NONCE = "f00d112"


@dataclass(frozen=True)
class Request:
    """One SIP request as it came."""

    method: str
    uri: str
    headers: tuple[tuple[str, str], ...]
    body: str
    raw: str = field(repr=False)

    def get(self, name: str) -> str:
        """Return the first header of this name, or nothing."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def all(self, name: str) -> list[str]:
        """Return every header of this name."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def is_signed_by(self, user: str, password: str) -> bool:
        """Whether the request proves this password, by digest authentication (RFC 2617)."""
        given = self.get("Authorization") or self.get("Proxy-Authorization")
        parts = dict(re.findall(r'(\w+)="?([^",]+)"?', given))
        if parts.get("username") != user:
            return False
        secret = _md5(f"{user}:{parts['realm']}:{password}")
        what = _md5(f"{self.method}:{parts['uri']}")
        if "qop" in parts:
            middle = f"{parts['nonce']}:{parts['nc']}:{parts['cnonce']}:{parts['qop']}"
        else:
            middle = parts["nonce"]
        return bool(parts["response"] == _md5(f"{secret}:{middle}:{what}"))


Answers = Callable[[Request], tuple[int, ...]]
"""Request -> the statuses it gets, in order."""


class Gateway(asyncio.DatagramProtocol):
    """One address that takes calls, and registrations if it is told to."""

    def __init__(self, ip: str, answers: Answers) -> None:
        self.ip = ip
        self.answers = answers
        self.requests: list[Request] = []
        self._changed = asyncio.Event()
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    @property
    def invites(self) -> list[Request]:
        """Every INVITE so far, each once."""
        return [request for request in self.requests if request.method == "INVITE"]

    async def invited(self, times: int = 1, within_s: float = PATIENCE_S) -> Request:
        """Return the INVITE of this number, as soon as it has come."""
        return (await self.got("INVITE", times, within_s))[times - 1]

    async def got(self, method: str, times: int = 1, within_s: float = PATIENCE_S) -> list[Request]:
        """Return the requests of this method once there are so many."""
        async with asyncio.timeout(within_s):
            while len(found := [request for request in self.requests if request.method == method]) < times:
                self._changed.clear()
                await self._changed.wait()
        return found

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        request = _read(data)
        if request is None or (request.method != "ACK" and self._is_known(request)):
            return
        self.requests.append(request)
        self._changed.set()
        if request.method == "INVITE":
            for status in (100, *self.answers(request)):
                self._send(request, status, addr)
        elif request.method == "CANCEL":
            self._send(request, 200, addr)
            invite = next(one for one in self.invites if one.get("Call-ID") == request.get("Call-ID"))
            self._send(invite, 487, addr)
        elif request.method == "REGISTER":
            for status in self.answers(request):
                self._send(request, status, addr)
        elif request.method != "ACK":
            self._send(request, 200, addr)

    def _is_known(self, request: Request) -> bool:
        return any((one.get("Via"), one.method) == (request.get("Via"), request.method) for one in self.requests)

    def _send(self, request: Request, status: int, address: tuple[str, int]) -> None:
        assert self._transport is not None
        to = request.get("To")
        lines = [f"SIP/2.0 {status} {REASONS.get(status, 'Refused')}"]
        lines += [f"Via: {value}" for value in request.all("Via")]
        lines += [f"From: {request.get('From')}", f"To: {to}" if "tag=" in to else f"To: {to};tag=g{self.ip}"]
        lines += [f"Call-ID: {request.get('Call-ID')}", f"CSeq: {request.get('CSeq')}"]
        body = ""
        if status in {401, 407}:
            name = "WWW-Authenticate" if status == 401 else "Proxy-Authenticate"
            lines.append(f'{name}: Digest realm="ims.example", nonce="{NONCE}", qop="auth", algorithm=MD5')
        elif request.method == "REGISTER":
            lines += [f"Contact: {request.get('Contact')};expires=60", "Expires: 60"]
        elif status in {180, 200}:
            lines.append(f"Contact: <sip:gateway@{self.ip}:5060>")
        if status == 200 and request.method == "INVITE":
            lines.append("Content-Type: application/sdp")
            body = f"v=0\r\no=- 1 1 IN IP4 {self.ip}\r\ns=-\r\nc=IN IP4 {self.ip}\r\nt=0 0\r\n"
            body += "m=audio 40000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
        text = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", body])
        self._transport.sendto(text.encode(), address)


def _read(data: bytes) -> Request | None:
    raw = data.decode("utf-8", "replace")
    head, _, body = raw.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    if first.startswith("SIP/2.0") or first.count(" ") < 2:
        return None
    headers = tuple((name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines))
    method, uri = first.split(" ")[:2]
    return Request(method, uri, headers, body, raw)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@asynccontextmanager
async def gateway(ip: str, answers: Answers | int, port: int = 5060) -> AsyncIterator[Gateway]:
    """Listen on an address; ``answers`` may be the one status that every INVITE gets."""
    how = answers if callable(answers) else lambda _request: (answers,)
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(lambda: Gateway(ip, how), local_addr=(ip, port))
    try:
        yield protocol
    finally:
        transport.close()
        await asyncio.sleep(0)  # the socket closes in the loop's next round
