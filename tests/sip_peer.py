"""A bare SIP party that says exactly what a test tells it to: offers, requirements, reasons and passwords that SIPp's
scenarios do not know. It has no sound.

::

    async with SipPeer.at("127.0.30.13", Address("127.0.30.1")) as peer:
        answer = await peer.ask("OPTIONS", "sip:112@127.0.30.1")
        call = await peer.invite("112", headers=["Require: 100rel"])
        call.bye("Reason: Q.850;cause=38")
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import os
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from ntpd112.simulate import Address
from ntpd112.simulate.media import RtpPort

ANSWER_WITHIN_S = 20.0
LAST_AGAIN_S = 8.0
AUDIO = (
    "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\n"
    "m=audio 40000 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
)
_counter = itertools.count(1)


def _token() -> str:
    return f"{os.getpid():x}x{next(_counter)}"


@dataclass(frozen=True)
class Message:
    """One message as it came."""

    start: str
    headers: tuple[tuple[str, str], ...]
    body: str
    source: tuple[str, int]

    @classmethod
    def read(cls, data: bytes, source: tuple[str, int]) -> Message:
        head, _, body = data.decode(errors="replace").partition("\r\n\r\n")
        start, *lines = head.split("\r\n")
        pairs = (line.partition(":") for line in lines)
        return cls(start, tuple((name.strip().lower(), value.strip()) for name, _, value in pairs), body, source)

    @property
    def status(self) -> int:
        return int(self.start.split(" ")[1]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        return "" if self.status else self.start.split(" ")[0]

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    def get(self, name: str) -> str:
        return next(iter(self.all(name)), "")


class PeerCall:
    """One INVITE dialog: of ours, or one that came to us."""

    def __init__(self, peer: SipPeer, call_id: str, uri: str, local: str, remote: str) -> None:
        self.peer, self.call_id, self.uri, self.local, self.remote = peer, call_id, uri, local, remote
        self.target = uri
        self.cseq = 1
        self.branch = ""
        self.invite: Message | None = None
        """The INVITE that came to us."""
        self.ended = asyncio.Event()
        """The other side has hung up."""
        self.last: Message | None = None

    def bye(self, *headers: str) -> None:
        """Hang up."""
        self.cseq += 1
        self.peer.send(self._request("BYE", self.cseq, _token(), headers))

    async def change(self, body: str) -> Message:
        """Send a re-INVITE with this offer and return its final answer, which is acknowledged."""
        self.cseq += 1
        branch = _token()
        contact = f"Contact: <sip:{self.peer.user}@{self.peer.ip}:{self.peer.port}>"
        identity = (f"Call-ID: {self.call_id}", f"From: {self.local}", f"To: {self.remote}", contact)
        lines = (*identity, "Content-Type: application/sdp")
        self.peer.send(self.peer.message("INVITE", self.target, self.cseq, branch, lines, body))
        answer = await self.peer.final(self.call_id, self.cseq)
        self.peer.send(self._request("ACK", self.cseq, branch if answer.status > 299 else _token(), ()))
        return answer

    def cancel(self, *headers: str) -> None:
        """Give up before the answer."""
        self.peer.send(self._request("CANCEL", self.cseq, self.branch, headers))

    def acknowledge(self, answer: Message, branch: str = "") -> None:
        self.remote = answer.get("to")
        contact = re.search(r"<([^>]+)>", answer.get("contact"))
        if contact:
            self.target = contact[1]
        self.peer.send(self._request("ACK", self.cseq, branch or _token(), ()))

    def answer(self) -> None:
        """Pick up, and speak if the peer has a voice."""
        assert self.invite is not None
        body = AUDIO.format(ip=self.peer.ip)
        audio = self.peer.audio
        offer = re.search(r"c=IN IP4 (\S+).*m=audio (\d+)", self.invite.body, re.DOTALL)
        if audio is not None and offer is not None:
            body = body.partition("m=audio")[0] + audio.sdp() + "\r\n"
            audio.connect(offer[1], int(offer[2]))
        contact = [f"Contact: <sip:{self.peer.user}@{self.peer.ip}:{self.peer.port}>", "Content-Type: application/sdp"]
        self.peer.reply(self.invite, 200, "OK", contact, body, tag=self.call_id[:8])

    def refuse(self, status: int, *headers: str) -> None:
        assert self.invite is not None
        self.peer.reply(self.invite, status, "No", headers, tag=self.call_id[:8])

    def _request(self, method: str, cseq: int, branch: str, headers: Sequence[str]) -> str:
        uri = self.uri if method == "CANCEL" else self.target
        lines = (*headers, f"Call-ID: {self.call_id}", f"From: {self.local}", f"To: {self.remote}")
        return self.peer.message(method, uri, cseq, branch, lines)


class SipPeer(asyncio.DatagramProtocol):
    """A UDP address that speaks SIP."""

    def __init__(self, ip: str, target: Address, user: str, password: str) -> None:
        self.ip, self.target, self.user, self.password = ip, target, user, password
        self.port = 0
        self.audio: RtpPort | None = None
        """Its voice; none unless it was given one."""
        self.calls: dict[str, PeerCall] = {}
        self.seen: list[Message] = []
        self.on_invite: Callable[[PeerCall], None] = PeerCall.answer
        self._answered: set[str] = set()
        self._news = asyncio.Event()
        self._transport: asyncio.DatagramTransport

    @classmethod
    @asynccontextmanager
    async def at(
        cls, ip: str, target: Address, *, user: str = "0215550101", password: str = "", port: int = 0
    ) -> AsyncIterator[SipPeer]:
        peer = cls(ip, target, user, password)
        loop = asyncio.get_running_loop()
        peer._transport, _ = await loop.create_datagram_endpoint(lambda: peer, local_addr=(ip, port))
        peer.port = peer._transport.get_extra_info("sockname")[1]
        try:
            yield peer
        finally:
            peer._transport.close()
            await asyncio.sleep(0)

    # what is sent

    def send(self, text: str, *, again_after_s: float = 0.5) -> None:
        """Send a request; once more now and then while nobody answers it (RFC 3261, 17.1)."""
        branch = re.search(r"branch=(\S+)", text)
        if self._transport.is_closing() or (branch and branch[1] in self._answered):
            return
        self._transport.sendto(text.encode(errors="surrogateescape"), (self.target.ip, self.target.port))
        if branch and not text.startswith("ACK") and again_after_s < LAST_AGAIN_S:
            again = partial(self.send, text, again_after_s=again_after_s * 2)
            asyncio.get_running_loop().call_later(again_after_s, again)

    def message(self, method: str, uri: str, cseq: int, branch: str, headers: Sequence[str], body: str = "") -> str:
        lines = (
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.ip}:{self.port};rport;branch=z9hG4bK{branch}",
            "Max-Forwards: 70",
            f"CSeq: {cseq} {method}",
            *headers,
            f"Content-Length: {len(body.encode())}",
        )
        return "\r\n".join(lines) + "\r\n\r\n" + body

    async def ask(self, method: str, uri: str, *headers: str) -> Message:
        """Send a request outside of any call and return its final answer."""
        call_id = f"{_token()}@{self.ip}"
        identity = (f"From: <sip:{self.user}@{self.ip}>;tag={_token()}", f"To: <{uri}>", f"Call-ID: {call_id}")
        contact = f"Contact: <sip:{self.user}@{self.ip}:{self.port}>"
        self.send(self.message(method, uri, 1, _token(), (*identity, contact, *headers)))
        return await self.final(call_id, 1)

    async def register(self, password: str | None = None, user: str = "") -> int:
        """Register as an operator's phone and return the final status."""
        user = user or self.user
        uri = f"sip:{self.target.ip}"
        call_id, tag = f"{_token()}@{self.ip}", _token()
        headers = [
            f"From: <sip:{user}@{self.target.ip}>;tag={tag}",
            f"To: <sip:{user}@{self.target.ip}>",
            f"Call-ID: {call_id}",
            f"Contact: <sip:{user}@{self.ip}:{self.port}>",
            "Expires: 300",
        ]
        self.send(self.message("REGISTER", uri, 1, _token(), headers))
        answer = await self.final(call_id, 1)
        if answer.status == 401:
            proof = self._proof(answer, "REGISTER", uri, user, self.password if password is None else password)
            self.send(self.message("REGISTER", uri, 2, _token(), [*headers, proof]))
            answer = await self.final(call_id, 2)
        return answer.status

    def _proof(self, challenge: Message, method: str, uri: str, user: str, password: str) -> str:
        asked = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge.get("www-authenticate")))

        def md5(text: str) -> str:
            return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

        secret, what = md5(f"{user}:{asked['realm']}:{password}"), md5(f"{method}:{uri}")
        response = md5(f"{secret}:{asked['nonce']}:00000001:c0ffee:auth:{what}")
        return (
            f'Authorization: Digest username="{user}", realm="{asked["realm"]}", nonce="{asked["nonce"]}", '
            f'uri="{uri}", response="{response}", algorithm=MD5, qop=auth, nc=00000001, cnonce="c0ffee", '
            f'opaque="{asked.get("opaque", "")}"'
        )

    def dial(
        self,
        number: str = "112",
        *,
        headers: Sequence[str] = (),
        body: str | None = None,
        ctype: str = "application/sdp",
    ) -> PeerCall:
        """Send an INVITE."""
        uri = f"sip:{number}@{self.target.ip}"
        call_id = f"{_token()}@{self.ip}"
        call = PeerCall(self, call_id, uri, f"<sip:{self.user}@{self.ip}>;tag={_token()}", f"<{uri}>")
        self.calls[call_id] = call
        call.branch = _token()
        contact = f"Contact: <sip:{self.user}@{self.ip}:{self.port}>"
        lines = [*headers, f"Call-ID: {call_id}", f"From: {call.local}", f"To: {call.remote}", contact]
        text = AUDIO.format(ip=self.ip) if body is None else body
        lines += [f"Content-Type: {ctype}"] if text else []
        self.send(self.message("INVITE", uri, 1, call.branch, lines, text))
        return call

    async def invite(
        self,
        number: str = "112",
        *,
        headers: Sequence[str] = (),
        body: str | None = None,
        ctype: str = "application/sdp",
    ) -> tuple[PeerCall, Message]:
        """Call and return the call with its final answer, which is acknowledged."""
        call = self.dial(number, headers=headers, body=body, ctype=ctype)
        answer = await self.final(call.call_id, 1)
        call.acknowledge(answer, "" if answer.status < 300 else call.branch)
        return call, answer

    def reply(
        self, request: Message, status: int, reason: str, headers: Sequence[str] = (), body: str = "", tag: str = ""
    ) -> None:
        to = request.get("to") + (f";tag={tag}" if tag and "tag=" not in request.get("to") else "")
        lines = (
            f"SIP/2.0 {status} {reason}",
            *(f"Via: {via}" for via in request.all("via")),
            f"From: {request.get('from')}",
            f"To: {to}",
            f"Call-ID: {request.get('call-id')}",
            f"CSeq: {request.get('cseq')}",
            *headers,
            f"Content-Length: {len(body.encode())}",
        )
        text = "\r\n".join(lines) + "\r\n\r\n" + body
        self._transport.sendto(text.encode(), request.source)

    # what comes

    def datagram_received(self, data: bytes, addr: tuple[str | int, int]) -> None:
        message = Message.read(data, (str(addr[0]), int(addr[1])))
        if len(message.headers) < 4:
            return
        if message.status:
            self._answered |= set(re.findall(r"branch=([^;,\s]+)", message.get("via")))
        self.seen.append(message)
        self._news.set()
        call = self.calls.get(message.get("call-id"))
        match message.method:
            case "INVITE" if call is None:
                self._called(message)
            case "BYE" | "CANCEL" if call is not None:
                call.last = message
                call.ended.set()
                self.reply(message, 200, "OK")
                if message.method == "CANCEL" and call.invite is not None:
                    call.refuse(487)
            case "OPTIONS":
                self.reply(message, 200, "OK", tag="options")

    def _called(self, message: Message) -> None:
        call_id = message.get("call-id")
        local = f"{message.get('to')};tag={call_id[:8]}"
        contact = re.search(r"<([^>]+)>", message.get("contact"))
        call = PeerCall(self, call_id, contact[1] if contact else "", local, message.get("from"))
        call.invite = message
        self.calls[call_id] = call
        self.reply(message, 100, "Trying")
        self.on_invite(call)

    async def final(self, call_id: str, cseq: int) -> Message:
        """Return the final answer to a request, once it has come."""
        return await self.until(
            lambda message: (
                message.status >= 200
                and message.get("call-id") == call_id
                and message.get("cseq").startswith(f"{cseq} ")
            )
        )

    async def until(self, is_it: Callable[[Message], bool]) -> Message:
        """Return the first message of this kind, once it has come."""
        async with asyncio.timeout(ANSWER_WITHIN_S):
            while True:
                self._news.clear()
                for message in self.seen:
                    if is_it(message):
                        return message
                await self._news.wait()
