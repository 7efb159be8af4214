"""A SIP party that says exactly what a test tells it to: any method, header, status and body, over UDP.

SIPp's parties behave as phones should; this one plays what phones, gateways and softphones really send. It answers by
itself only what keeps a call alive: OPTIONS, BYE, CANCEL and re-INVITEs.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from collections.abc import Callable, Sequence
from typing import Self

from ntpd112.simulate import Address
from ntpd112.simulate.media import RtpPort

_ALLOW = "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, NOTIFY, REFER"
_PATIENCE_S = 15.0
_AGAIN_S = 0.5
"""SIP's T1: a request over UDP is repeated after this time, then each time after twice as long."""
_T2_S = 4.0


class Message:
    """One SIP message that came in."""

    def __init__(self, raw: bytes, source: tuple[str, int]) -> None:
        head, _, body = raw.partition(b"\r\n\r\n")
        self.start, *lines = head.decode("utf-8", "replace").split("\r\n")
        self.source = source
        self.body = body.decode("utf-8", "replace")
        pairs = (line.partition(":") for line in lines)
        self._headers = [(name.strip().lower(), value.strip()) for name, _, value in pairs]
        is_response = self.start.startswith("SIP/2.0")
        self.status = int(self.start.split()[1]) if is_response else 0
        self.method = "" if is_response else self.start.split()[0]

    def all(self, name: str) -> list[str]:
        """Every header of this name."""
        return [value for known, value in self._headers if known == name.lower()]

    def get(self, name: str) -> str:
        """The first header of this name; empty without one."""
        return next(iter(self.all(name)), "")

    @property
    def number(self) -> int:
        """The CSeq's number."""
        return int(self.get("CSeq").split()[0])

    @property
    def of(self) -> str:
        """The CSeq's method."""
        return self.get("CSeq").split()[1]

    def media(self) -> tuple[str, int] | None:
        """Where its SDP wants audio."""
        address = re.search(r"c=IN IP4 (\S+)", self.body)
        port = re.search(r"m=audio (\d+)", self.body)
        return (address[1], int(port[1])) if address and port else None


class Dialog:
    """One call of an agent, in either direction."""

    def __init__(self, agent: Agent, call_id: str, invite: Message | None = None) -> None:
        self.agent = agent
        self.call_id = call_id
        self.tag = secrets.token_hex(4)
        self.number = 1
        self.messages: list[Message] = []
        self.direction = "sendrecv"
        self.over = False
        self.local = self.remote = self.target = ""
        self.invite = invite
        self.to = agent.centre.ip, agent.centre.port
        if invite is not None:
            self.local, self.remote = f"{invite.get('To')};tag={self.tag}", invite.get("From")
            self.target, self.to = _uri(invite.get("Contact")), invite.source

    @property
    def dialog_id(self) -> str:
        """What a Replaces header says of this dialog, as its peer sees it: Call-ID, to-tag, from-tag."""
        theirs, ours = re.search(r"tag=([^;>]+)", self.remote), self.tag
        return f"{self.call_id};to-tag={theirs[1] if theirs else ''};from-tag={ours}"

    async def wait(self, wanted: Callable[[Message], bool], within_s: float = _PATIENCE_S) -> Message:
        """Return the first message that is wanted."""
        async with asyncio.timeout(within_s):
            while (found := next(filter(wanted, self.messages), None)) is None:
                await self.agent.changed()
        return found

    async def answered(self, number: int, method: str, within_s: float = _PATIENCE_S) -> int:
        """Return the status of the final response to a request."""
        found = await self.wait(lambda m: m.status >= 200 and m.number == number and m.of == method, within_s)
        return found.status

    async def ended(self, within_s: float = _PATIENCE_S) -> None:
        """Return once the call is over."""
        async with asyncio.timeout(within_s):
            while not self.over:
                await self.agent.changed()

    def request(self, method: str, headers: Sequence[str] = (), body: str = "", *, number: int = 0) -> int:
        """Send a request inside the call; returns its CSeq. Repeated until it is answered."""
        self.number = number or self.number + 1
        self._send_again(self._text(method, self.target, self.number, headers, body), self.number, method)
        return self.number

    async def asks(self, method: str, headers: Sequence[str] = (), body: str = "", within_s: float = 5.0) -> int:
        """Send a request inside the call and return the status that it is answered with; 0: none in time."""
        try:
            return await self.answered(self.request(method, headers, body), method, within_s)
        except TimeoutError:
            return 0

    def reply(self, status: int, reason: str = "Said", headers: Sequence[str] = (), *, sdp: bool = False) -> None:
        """Answer the INVITE."""
        assert self.invite is not None
        self.answer(self.invite, status, reason, headers, self.agent.sdp(self.direction) if sdp else "")

    def pick_up(self) -> None:
        """Answer the call."""
        self.reply(200, "OK", sdp=True)
        self._hear(self.invite)

    def hang_up(self, headers: Sequence[str] = ()) -> None:
        """Send BYE."""
        if not self.over:
            self.over = True
            self.request("BYE", headers)

    def hold(self, direction: str = "sendonly") -> int:
        """Put the call on hold, or take it back with ``sendrecv``, as the phone's own key does."""
        self.direction = direction
        return self.request("INVITE", ["Content-Type: application/sdp"], self.agent.sdp(direction))

    def answer(self, message: Message, status: int, reason: str, headers: Sequence[str] = (), body: str = "") -> None:
        """Answer a request."""
        to = message.get("To")
        if status > 100 and "tag=" not in to:
            to += f";tag={self.tag}"
        lines = [
            f"SIP/2.0 {status} {reason}",
            *(f"Via: {via}" for via in message.all("Via")),
            *(f"Record-Route: {route}" for route in message.all("Record-Route")),
            f"From: {message.get('From')}",
            f"To: {to}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {message.get('CSeq')}",
            *([] if any(line.startswith("Contact:") for line in headers) else [f"Contact: {self.agent.contact}"]),
            _ALLOW,
            *headers,
            *(["Content-Type: application/sdp"] if body else []),
        ]
        self.agent.send(_message(lines, body), message.source)

    def begin(self, user: str, headers: Sequence[str] = (), *, caller: str) -> None:
        """Send an INVITE."""
        self.target = f"sip:{user}@{self.agent.centre}"
        self.local, self.remote = f"<sip:{caller}@{self.agent.ip}>;tag={self.tag}", f"<{self.target}>"
        self._headers = list(headers)
        self._invite()

    def _invite(self, *credentials: str) -> None:
        headers = [*self._headers, *credentials, "Content-Type: application/sdp"]
        text = self._text("INVITE", self.target, self.number, headers, self.agent.sdp(self.direction))
        self._send_again(text, self.number, "INVITE", provisional=True)

    def heard(self, message: Message) -> None:
        """Take a message of this call."""
        self.messages.append(message)
        if message.status:
            self._heard_response(message)
        elif message.method in {"BYE", "CANCEL"}:
            self.over = True
            self.answer(message, 200, "OK")
            if message.method == "CANCEL":
                self.reply(487, "Request Terminated")
        elif message.method == "INVITE" and message is not self.invite:
            self._hear(message)
            self.answer(message, 200, "OK", body=self.agent.sdp(self.direction))
        elif message.method not in {"INVITE", "ACK"}:
            self.answer(message, 200, "OK")

    def _heard_response(self, message: Message) -> None:
        if message.of != "INVITE" or message.status < 200:
            return
        if message.get("Contact"):
            self.target = _uri(message.get("Contact"))
        self.remote = message.get("To")
        self.agent.send(self._text("ACK", self.target, message.number).encode(), self.to)
        if message.status in {401, 407} and self.agent.password and message.number == self.number:
            self.number += 1
            self.remote = f"<{self.target}>"
            self._invite(self.agent.credentials(message, "INVITE", self.target))
        elif message.status < 300:
            self._hear(message)

    def _hear(self, message: Message | None) -> None:
        place = message.media() if message is not None else None
        if place is not None:
            self.agent.audio.connect(*place)

    def _text(self, method: str, uri: str, number: int, headers: Sequence[str] = (), body: str = "") -> str:
        via = f"{self.agent.ip}:{self.agent.port};rport;branch=z9hG4bK{secrets.token_hex(6)}"
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {via}",
            "Max-Forwards: 70",
            f"From: {self.local}",
            f"To: {self.remote}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {number} {method}",
            f"Contact: {self.agent.contact}",
            *headers,
        ]
        return _message(lines, body).decode()

    def _send_again(
        self, text: str, number: int, method: str, after_s: float = _AGAIN_S, *, provisional: bool = False
    ) -> None:
        """Send a request over and over until it is answered, as SIP over UDP demands."""
        least = 100 if provisional else 200
        if any(m.status >= least and m.number == number and m.of == method for m in self.messages):
            return
        self.agent.send(text.encode(), self.to)
        again = min(2 * after_s, _T2_S)
        self.agent.later(after_s, lambda: self._send_again(text, number, method, again, provisional=provisional))


class Agent(asyncio.DatagramProtocol):
    """A phone (with a password) or a gateway at ``ip:port``."""

    def __init__(self, centre: Address, ip: str, user: str = "gateway", password: str = "", *, port: int = 0) -> None:
        self.centre = centre
        self.ip = ip
        self.port = port
        self.user = user
        self.password = password
        self.calls: list[Dialog] = []
        """Those that came in."""
        self.on_invite: Callable[[Dialog], None] = Dialog.pick_up
        self.audio = RtpPort(ip)
        self.deaf = False
        """Nothing is heard or answered any more, as after a power cut."""
        self._dialogs: dict[str, Dialog] = {}
        self._timers: set[asyncio.TimerHandle] = set()
        self._news = asyncio.Event()
        self._transport: asyncio.DatagramTransport

    async def __aenter__(self) -> Self:
        self._own_audio = await self.audio.__aenter__()
        await self._open()
        return self

    async def __aexit__(self, *exc: object) -> None:
        for timer in self._timers:
            timer.cancel()
        self._transport.close()
        # A socket that stays open fails whichever test runs when Python finds it, so whatever `audio` is by now.
        await self._own_audio.__aexit__(*exc)

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(self.ip, self.port))
        self.port = self._transport.get_extra_info("sockname")[1]

    async def move(self) -> None:
        """Go to another port, as after a restart or behind a NAT. Nobody is told."""
        self._transport.close()
        self.port = 0
        await self._open()

    @property
    def contact(self) -> str:
        """Where it wants to be reached."""
        return f"<sip:{self.user}@{self.ip}:{self.port}>"

    def sdp(self, direction: str) -> str:
        """An offer or an answer."""
        head = f"v=0\r\no=- 1 {secrets.randbelow(100_000)} IN IP4 {self.ip}\r\ns=-\r\nc=IN IP4 {self.ip}\r\nt=0 0\r\n"
        return f"{head}{self.audio.sdp()}\r\na={direction}\r\n"

    async def register(self, expires_s: int = 300) -> int:
        """Register (0: unregister) and return the status."""
        dialog = self._begun()
        uri = f"sip:{self.centre}"
        dialog.local = f"<sip:{self.user}@{self.centre.ip}>;tag={dialog.tag}"
        dialog.remote, dialog.target = f"<sip:{self.user}@{self.centre.ip}>", uri
        expires = f"Expires: {expires_s}"
        number = dialog.request("REGISTER", [expires])
        challenge = await dialog.wait(lambda m: m.number == number and m.status >= 200)
        if challenge.status != 401:
            return challenge.status
        number = dialog.request("REGISTER", [expires, self.credentials(challenge, "REGISTER", uri)])
        return await dialog.answered(number, "REGISTER")

    def invites(self, user: str, headers: Sequence[str] = (), *, caller: str = "") -> Dialog:
        """Call somebody."""
        dialog = self._begun()
        dialog.begin(user, headers, caller=caller or self.user)
        return dialog

    async def asks(self, method: str, user: str = "112", headers: Sequence[str] = (), body: str = "") -> int:
        """Send a request outside of any call, with the password if that is wanted; 0: not answered in time."""
        dialog = self._begun()
        dialog.target = f"sip:{user}@{self.centre}"
        dialog.local = f"<sip:{self.user}@{self.centre.ip}>;tag={dialog.tag}"
        dialog.remote = f"<{dialog.target}>"
        status = await dialog.asks(method, headers, body)
        if status not in {401, 407} or not self.password:
            return status
        credentials = self.credentials(dialog.messages[-1], method, dialog.target)
        return await dialog.asks(method, [*headers, credentials], body)

    async def call(self, number: int = 1, within_s: float = _PATIENCE_S) -> Dialog:
        """Return the first (second ...) call that comes in, as soon as it does."""
        async with asyncio.timeout(within_s):
            while len(self.calls) < number:
                await self.changed()
        return self.calls[number - 1]

    def credentials(self, challenge: Message, method: str, uri: str) -> str:
        """Answer a digest challenge (RFC 2617, qop=auth)."""
        asked = challenge.get("WWW-Authenticate") or challenge.get("Proxy-Authenticate")
        said = dict(re.findall(r'(\w+)="?([^",]+)"?', asked))
        once = secrets.token_hex(4)
        who, what = _md5(f"{self.user}:{said['realm']}:{self.password}"), _md5(f"{method}:{uri}")
        proof = _md5(f"{who}:{said['nonce']}:00000001:{once}:auth:{what}")
        name = "Authorization" if challenge.status == 401 else "Proxy-Authorization"
        return (
            f'{name}: Digest username="{self.user}", realm="{said["realm"]}", nonce="{said["nonce"]}", uri="{uri}", '
            f'response="{proof}", algorithm=MD5, qop=auth, nc=00000001, cnonce="{once}", opaque="{said["opaque"]}"'
        )

    def send(self, message: bytes, to: tuple[str, int]) -> None:
        """Send bytes, unless it is cut off."""
        if not self.deaf and not self._transport.is_closing():
            self._transport.sendto(message, to)

    def later(self, after_s: float, act: Callable[[], None]) -> None:
        """Do something after a while, unless everything is over by then."""
        self._timers.add(asyncio.get_running_loop().call_later(after_s, act))

    async def changed(self) -> None:
        """Return when something has come in."""
        self._news.clear()
        await self._news.wait()

    def _begun(self) -> Dialog:
        dialog = Dialog(self, f"{secrets.token_hex(8)}@{self.ip}")
        self._dialogs[dialog.call_id] = dialog
        return dialog

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Take a message."""
        if self.deaf or not data.strip():
            return
        message = Message(data, addr)
        dialog = self._dialogs.get(message.get("Call-ID"))
        if dialog is None and message.method == "INVITE":
            dialog = Dialog(self, message.get("Call-ID"), message)
            self._dialogs[dialog.call_id] = dialog
            self.calls.append(dialog)
            dialog.heard(message)
            dialog.reply(100, "Trying")
            self.on_invite(dialog)
        elif dialog is None:
            stranger = Dialog(self, message.get("Call-ID"))
            if message.method and message.method != "ACK":
                stranger.answer(message, 200 if message.method == "OPTIONS" else 481, "Said")
        elif message.method != "INVITE" or all(message.number != known.number for known in dialog.messages):
            dialog.heard(message)
        self._news.set()

    def error_received(self, exc: Exception) -> None:
        """Ignore that a port is closed."""


def _message(lines: Sequence[str], body: str) -> bytes:
    return ("\r\n".join([*lines, f"Content-Length: {len(body.encode())}"]) + f"\r\n\r\n{body}").encode()


def _uri(contact: str) -> str:
    found = re.search(r"<([^>]+)>", contact)
    return found[1] if found else contact


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
