"""A carrier's gateway that says what it likes: any bytes in any header, any offer, over UDP or TCP.

SIPp sends well-formed text only. This party writes its INVITE byte by byte, so that it can play what gateways, handsets
and switches of the field send: one call, with real audio beside it. It answers what the centre asks within the call
(re-INVITE, UPDATE, OPTIONS, BYE ...) with 200, acknowledges, and sends PRACK when a reliable provisional answer comes.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import secrets
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Literal, Self

from ntpd112.simulate.media import RtpPort
from ntpd112.simulate.sip_message import AUDIO, Message, offer
from ntpd112.simulate.sipp import Address, SimulationError
from ntpd112.simulate.wire import TcpWire, UdpWire, Wire

PATIENCE_S = 10.0
_AGAIN_S = 0.5


@dataclass(frozen=True, slots=True)
class Invite:
    """What the gateway writes. ``{ip}`` and ``{port}`` in the body become the address of its audio."""

    user: bytes = b"112"
    uri: bytes = b""
    """The whole request-URI instead of one made of ``user``."""
    caller: bytes = b"<sip:0215550101@{ip}>"
    """From, without its tag."""
    to: bytes = b""
    contact: bytes = b""
    """Contact; empty: the gateway's own address."""
    headers: Sequence[bytes] = ()
    body: str = field(default_factory=lambda: offer(AUDIO))
    """Empty: an INVITE without an offer, which is answered in the ACK."""
    call_id: bytes = b""


class Gateway:
    """One call from ``local_ip`` into the centre at ``target``. Entering the context dials, leaving it hangs up."""

    def __init__(
        self,
        target: Address,
        local_ip: str,
        invite: Invite | None = None,
        *,
        transport: Literal["udp", "tcp"] = "udp",
        tone_hz: float = 0.0,
        event_type: int = 101,
        event_rate: int = 8000,
        confirms: bool = True,
    ) -> None:
        """``event_type``, ``event_rate``: of its telephone events. ``confirms``: it sends PRACK."""
        self.audio = RtpPort(local_ip, tone_hz=tone_hz, event_type=event_type, event_rate=event_rate)
        self.said: list[Message] = []
        """All that came from the centre, in order, repetitions too."""
        self._target, self._ip, self._transport = target, local_ip, transport
        self._invite = invite or Invite()
        self._confirms = confirms
        self._call_id = self._invite.call_id or secrets.token_hex(8).encode()
        self._tag = secrets.token_hex(4).encode()
        self._numbers = itertools.count(1)
        self._branch = b""
        self._invite_number = 0
        self._remote_target = b""
        self._routes: list[bytes] = []
        self._to = b""
        self._news = asyncio.Event()
        self._wire: Wire = UdpWire(self.take) if transport == "udp" else TcpWire(self.take)
        self._stack = AsyncExitStack()
        self._retransmits: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.audio)
            await self._wire.open(self._target, self._ip)
            stack.push_async_callback(self._wire.close)
            self._dial()
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *exc: object) -> None:
        try:
            if self._final("INVITE") is None and any(message.status for message in self.said):
                self._send(b"CANCEL", self._uri(), self._invite_number, to=self._first_to(), branch=self._branch)
                await self.final()
            if self.was_answered() and not self.ended():
                self.hang_up()
                await self._until(lambda: self._final("BYE") is not None or self.ended())
        finally:
            if self._retransmits is not None:
                self._retransmits.cancel()
            await self._stack.aclose()

    # what came

    def was_answered(self) -> bool:
        """Tell whether the call was answered."""
        first = self._final("INVITE")
        return first is not None and first.status < 300  # noqa: PLR2004

    def ended(self) -> bool:
        """Tell whether the centre has hung up."""
        return any(message.method == "BYE" and not message.status for message in self.said)

    async def final(self, within_s: float = PATIENCE_S) -> Message:
        """Return the final answer to the INVITE as soon as it is there."""
        await self._until(lambda: self._final("INVITE") is not None, within_s)
        answer = self._final("INVITE")
        assert answer is not None  # noqa: S101
        return answer

    async def answered(self, within_s: float = PATIENCE_S) -> Message:
        """Return the 200 as soon as it is there. Raises :class:`SimulationError` when the call is refused."""
        answer = await self.final(within_s)
        if not self.was_answered():
            raise SimulationError(f"wanted an answer, was refused with {answer.start}")
        return answer

    async def asked(self, method: str, within_s: float = PATIENCE_S) -> Message:
        """Return the first request of this kind that the centre sent within the call, as soon as it is there."""

        def request() -> Message | None:
            return next((each for each in self.said if each.method == method and not each.status), None)

        await self._until(lambda: request() is not None, within_s)
        found = request()
        assert found is not None  # noqa: S101
        return found

    # what it does

    async def request(self, method: str, body: str = "", *, headers: Sequence[bytes] = (), ack: str = "") -> Message:
        """Send a request within the call and return its final answer; ``ack``: the answer to a late offer."""
        number = next(self._numbers)
        kind = [b"Content-Type: application/sdp"] if body else []
        self._send(method.encode(), self._remote_target, number, headers=[*kind, *headers], body=self._filled(body))
        mine = f"{number} {method}"

        def done() -> Message | None:
            finals = (message for message in self.said if message.status >= 200)  # noqa: PLR2004
            return next((message for message in finals if message.header("cseq") == mine), None)

        await self._until(lambda: done() is not None)
        answer = done()
        assert answer is not None  # noqa: S101
        if method == "INVITE":
            self._acknowledge(answer, number, ack)
        return answer

    def hang_up(self) -> None:
        """Send BYE."""
        self._send(b"BYE", self._remote_target, next(self._numbers))

    async def reconnect(self) -> None:
        """Open another TCP connection, from another port, after the first was lost."""
        await self._wire.close()
        await self._wire.open(self._target, self._ip)

    def press(self, digits: str) -> None:
        """Press keys, as telephone events."""
        self.audio.press(digits)

    # inside

    def _dial(self) -> None:
        self._invite_number = next(self._numbers)
        self._branch = b"z9hG4bK" + secrets.token_hex(6).encode()
        self._send_invite()

    def _send_invite(self) -> None:
        invite = self._invite
        body = self._filled(invite.body)
        kind = [b"Content-Type: application/sdp"] if body else []
        self._send(
            b"INVITE",
            self._uri(),
            self._invite_number,
            to=self._first_to(),
            headers=[*kind, *map(self._fill, invite.headers)],
            body=body,
            branch=self._branch,
        )
        if self._transport == "udp":
            self._retransmits = asyncio.get_running_loop().call_later(_AGAIN_S, self._dial_again)

    def _dial_again(self) -> None:
        if not self.said:
            self._send_invite()

    def _uri(self) -> bytes:
        return self._fill(self._invite.uri or b"sip:" + self._invite.user + b"@" + str(self._target).encode())

    def _first_to(self) -> bytes:
        return self._fill(self._invite.to or b"<" + self._uri() + b">")

    def _fill(self, text: bytes) -> bytes:
        return text.replace(b"{ip}", self._ip.encode())

    def _filled(self, body: str) -> bytes:
        return body.replace("{ip}", self._ip).replace("{port}", str(self.audio.port)).encode("utf-8", "surrogateescape")

    def _own(self) -> bytes:
        return f"{self._ip}:{self._wire.port}".encode()

    def _send(
        self,
        method: bytes,
        uri: bytes,
        number: int,
        *,
        to: bytes = b"",
        headers: Sequence[bytes] = (),
        body: bytes = b"",
        branch: bytes = b"",
    ) -> None:
        contact = self._fill(self._invite.contact) or b"<sip:gw@" + self._own() + b";transport=%s>" % (
            self._transport.encode()
        )
        lines = [
            method + b" " + uri + b" SIP/2.0",
            b"Via: SIP/2.0/%s %s;rport;branch=%s"
            % (self._transport.upper().encode(), self._own(), branch or b"z9hG4bK" + secrets.token_hex(6).encode()),
            b"Max-Forwards: 70",
            *(b"Route: " + route for route in self._routes if method != b"CANCEL"),
            b"From: " + self._fill(self._invite.caller) + b";tag=" + self._tag,
            b"To: " + (to or self._to),
            b"Call-ID: " + self._call_id,
            b"CSeq: %d %s" % (number, method),
            b"Contact: " + contact,
            b"Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, PRACK",
            *headers,
            b"Content-Length: %d" % len(body),
        ]
        self._wire.send(b"\r\n".join(lines) + b"\r\n\r\n" + body)

    def take(self, data: bytes) -> None:
        """Take a message from the centre."""
        message = Message.of(data)
        if message.header("call-id").encode("utf-8", "surrogateescape") != self._call_id:
            return
        known = message in self.said
        self.said.append(message)
        self._news.set()
        where = message.audio()
        if where is not None:
            self.audio.connect(*where)
        if not message.status:
            self._answer(message)
        elif message.method == "INVITE" and message.header("cseq").split()[0] == str(self._invite_number):
            self._answered(message, known=known)

    def _answered(self, message: Message, *, known: bool) -> None:
        if message.header("contact") and message.status < 300:  # noqa: PLR2004
            found = re.search(r"<?(sips?:[^>]+)>?", message.header("contact"))
            self._remote_target = found[1].encode() if found else self._uri()
            self._routes = [route.encode() for route in reversed(message.all("record-route"))]
            self._to = message.header("to").encode("utf-8", "surrogateescape")
        if message.status >= 200:  # noqa: PLR2004
            self._acknowledge(message, self._invite_number, "" if self._invite.body else offer(AUDIO))
        elif message.header("rseq") and self._confirms and not known:
            number = next(self._numbers)
            rack = f"RAck: {message.header('rseq')} {message.header('cseq')}".encode()
            self._send(b"PRACK", self._remote_target, number, headers=[rack])

    def _acknowledge(self, answer: Message, number: int, body: str) -> None:
        data = self._filled(body)
        kind = [b"Content-Type: application/sdp"] if data else []
        if answer.status < 300:  # noqa: PLR2004
            self._send(b"ACK", self._remote_target or self._uri(), number, headers=kind, body=data)
        else:
            via = answer.header("via")
            found = re.search(r"branch=([^;]+)", via)
            to = answer.header("to").encode("utf-8", "surrogateescape")
            self._send(b"ACK", self._uri(), number, to=to, branch=found[1].encode() if found else b"")

    def _answer(self, request: Message) -> None:
        if request.method == "ACK":
            return
        lines = ["SIP/2.0 200 OK", *(f"Via: {via}" for via in request.all("via"))]
        lines += [f"{name}: {request.header(name.lower())}" for name in ("From", "To", "Call-ID", "CSeq")]
        lines += [f"Record-Route: {route}" for route in request.all("record-route")]
        body = ""
        if request.method in {"INVITE", "UPDATE"}:
            lines.append(f"Contact: <sip:gw@{self._own().decode()};transport={self._transport}>")
            if request.body or request.method == "INVITE":
                lines.append("Content-Type: application/sdp")
                body = offer(AUDIO)
        data = self._filled(body)
        lines.append(f"Content-Length: {len(data)}")
        self._wire.send("\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + data)

    def _final(self, method: str) -> Message | None:
        finals = (message for message in self.said if message.status >= 200)  # noqa: PLR2004
        return next((message for message in finals if message.method == method), None)

    async def _until(self, condition: Callable[[], bool], within_s: float = PATIENCE_S) -> None:
        try:
            async with asyncio.timeout(within_s):
                while not condition():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            came = ", ".join(message.start for message in self.said) or "nothing"
            raise SimulationError(f"the gateway waited {within_s} s in vain; from the centre came {came}") from None
