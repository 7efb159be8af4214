"""Final answers for requests inside a call that Asterisk leaves unanswered. Pure: time is an argument.

Asterisk takes every such request for one of its own (``res_pjsip_rfc3326`` wants to see all methods, others each
INFO), and then answers only what a module of it understands. A party without an answer to a request inside a call
ends that call after 32 s (RFC 3261, 12.2.1.2): a citizen's, when a gateway sends an INFO with something new in it. So
whatever Asterisk has not answered within :data:`WAIT_S` is refused by us, with a status that ends no call, from another
port of the same address: a SIP party knows an answer by its Via and not by its port (RFC 3261, 17.1.3). By UDP only:
nobody else can write into Asterisk's connections.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from ntpd112.siptrace.hep import SIP, Packet
from ntpd112.siptrace.sip import Head, read

WAIT_S: Final = 0.4
"""Asterisk answers within milliseconds, and a request comes again after 0.5 s."""
_MOST: Final = 200
_FINAL: Final = 200
_REQUEST: Final = re.compile(
    rb"\x00\x00\x00\x0f..(?!SIP/2\.0 |INVITE |ACK |BYE |CANCEL |PRACK |REGISTER |OPTIONS |UPDATE )[A-Z]", re.DOTALL
)
_RESPONSE: Final = re.compile(rb"\x00\x00\x00\x0f..SIP/2\.0 [2-6]", re.DOTALL)
_ALLOW: Final = b"Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, PRACK, INFO\r\n"
_RPORT: Final = re.compile(rb";\s*rport(?=\s*(?:[;,]|$))", re.IGNORECASE)
_BY_UDP: Final = re.compile(rb"^\s*SIP\s*/\s*2\.0\s*/\s*UDP\s", re.IGNORECASE)

Key = tuple[str, int, str, bytes]
"""Call-ID, number and method, and the Via by which the answer is known."""
Address = tuple[str, int]


@dataclass(slots=True)
class _Open:
    due_at: float
    to: Address
    message: bytes


class Answers:
    """Knows the requests that are open. ``address`` and ``port``: where Asterisk listens for SIP."""

    def __init__(self, address: str, port: int) -> None:
        self._own = (address, port)
        self._open: OrderedDict[Key, _Open] = OrderedDict()
        self._given: OrderedDict[Key, None] = OrderedDict()
        self.given = 0
        """So many requests were answered in Asterisk's place."""

    def wants(self, datagram: bytes) -> bool:
        """Tell whether a mirrored message may matter here, without reading it. Answers do while a request is open."""
        if _REQUEST.search(datagram) is not None:
            return True
        return bool(self._open) and _RESPONSE.search(datagram) is not None

    def hear(self, now: float, packet: Packet) -> None:
        """Take one message."""
        head = read(packet.payload) if packet.protocol == SIP else None
        if head is None:
            return
        if not head.method:
            if head.status >= _FINAL:
                self._open.pop(_key(head), None)
        elif packet.source != self._own and head.in_dialog and _BY_UDP.match(head.get(b"via")):
            self._asked(now, packet, head)

    def _asked(self, now: float, packet: Packet, head: Head) -> None:
        key = _key(head)
        if key in self._open or len(self._open) >= _MOST:
            return
        wait_s = 0.0 if key in self._given else WAIT_S
        self._open[key] = _Open(now + wait_s, packet.source, refusal(head, packet.source))

    def due(self, now: float) -> list[tuple[Address, bytes]]:
        """Return the answers that are to be sent now, and where."""
        found = []
        for key, request in list(self._open.items()):
            if request.due_at <= now:
                del self._open[key]
                self._given[key] = None
                self.given += 1
                found.append((request.to, request.message))
        while len(self._given) > _MOST:
            self._given.popitem(last=False)
        return found


def _key(head: Head) -> Key:
    via = re.search(rb"branch\s*=\s*([^;,\s]+)", head.get(b"via"), re.IGNORECASE)
    return (head.call_id, *head.cseq, via[1] if via else b"")


def refusal(head: Head, source: Address) -> bytes:
    """Write the answer to a request: no status that ends the call or its dialog (RFC 5057, 5.1)."""
    status, more = _status(head)
    top, *others = head.all(b"via")
    seen = f";rport={source[1]};received={source[0]}".encode()
    lines = [
        b"SIP/2.0 " + status,
        b"Via: " + _RPORT.sub(lambda _: seen, top, count=1),
        *(b"Via: " + via for via in others),
        *(name + b": " + head.get(name.lower()) for name in (b"From", b"To", b"Call-ID", b"CSeq")),
    ]
    return b"\r\n".join(lines) + b"\r\n" + more + b"Content-Length: 0\r\n\r\n"


def _status(head: Head) -> tuple[bytes, bytes]:
    match head.method:
        case "REFER":
            return b"603 Decline", b""
        case "INFO" if head.get(b"info-package"):
            return b"469 Bad Info Package", b"Recv-Info:\r\n"
        case "INFO":
            return b"415 Unsupported Media Type", b"Accept: application/dtmf-relay, application/dtmf\r\n"
        case "SUBSCRIBE" | "NOTIFY":
            return b"489 Bad Event", b""
        case "MESSAGE" | "PUBLISH":
            return b"405 Method Not Allowed", _ALLOW
        case _:
            return b"501 Not Implemented", _ALLOW
