"""Asterisk's own requests inside a call that the far end leaves unanswered. Pure: time is an argument.

Asterisk asks a silent line by a re-INVITE whether it is there, and ends the call when nothing is answered for 32 s
(RFC 3261, 12.2.1.2): also that of a gateway which lives and merely ignores re-INVITEs. A machine must not end a
citizen's line, so such a request is refused in the far end's place shortly before, from another port of our address:
Asterisk knows an answer by its Via and not by where it came from (RFC 3261, 17.1.3). The controller then hears whether
anything showed that somebody is there, any message from that address or an answer to OPTIONS, and decides.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from ntpd112.siptrace.findings import Unanswered
from ntpd112.siptrace.sip import Head

GIVEN_UP_S: Final = 25.0
"""Later than any answer comes: one to a request that has been refused already would get no ACK, and end the call."""
PROBED_AFTER_S: Final = (2.0, 8.0, 16.0)
_LAST_REPEAT_S: Final = 12.0
"""Repeats come after 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s. A pause this long is the one before the last."""
_MOST: Final = 4_000
_FINAL: Final = 200
_METHODS: Final = {"INVITE", "UPDATE"}

Address = tuple[str, int]
Key = tuple[str, int, str]


@dataclass(slots=True)
class _Open:
    party: str
    target: Address
    refused_by: Address
    """Where Asterisk takes the answer."""
    message: bytes
    asked_at: float
    seen_at: float
    is_alive: bool = False
    probes: list[float] = field(default_factory=lambda: list(PROBED_AFTER_S))


class Questions:
    """Knows the requests that are open.

    ``address`` and ``port``: where Asterisk listens for SIP; an empty address when on all of the machine's.
    """

    def __init__(self, address: str, port: int) -> None:
        self._address, self._port = address, port
        self._open: OrderedDict[Key, _Open] = OrderedDict()

    def __bool__(self) -> bool:
        """Whether any message may matter."""
        return bool(self._open)

    def goes(self, now: float, head: Head, party: str, source: Address, target: Address) -> None:
        """Take a message that Asterisk sends. ``party``: who is there, when Asterisk dialled the line."""
        if head.method not in _METHODS or not head.in_dialog:
            return
        key = (head.call_id, *head.cseq)
        known = self._open.get(key)
        if known is not None:
            if now - known.seen_at >= _LAST_REPEAT_S:
                known.asked_at = now - GIVEN_UP_S
            known.seen_at = now
        elif len(self._open) < _MOST:
            # What Asterisk mirrors as the source of its own messages may be another of the machine's addresses.
            to = (self._address or source[0], self._port)
            self._open[key] = _Open(party, target, to, refusal(head), now, now)

    def comes(self, head: Head, source: Address) -> None:
        """Take a message that Asterisk gets: an answer, or a sign that somebody is there."""
        # A provisional answer stops Asterisk's clock as well, for INVITE alone (RFC 3261, 17.1.1.2 and 17.1.2.2).
        if head.status >= _FINAL or (head.status and head.cseq[1] == "INVITE"):
            self._open.pop((head.call_id, *head.cseq), None)
        self.lives(source)

    def lives(self, source: Address) -> None:
        """Know that somebody answers from an address."""
        for question in self._open.values():
            if question.target == source:
                question.is_alive = True

    def due(self, now: float, via: str) -> tuple[list[tuple[Address, bytes]], list[Unanswered]]:
        """Return what is to be sent now, and to where, and what is to be told of it.

        ``via``: the address from which it is sent, as ``host:port``.
        """
        messages: list[tuple[Address, bytes]] = []
        found: list[Unanswered] = []
        for key, question in list(self._open.items()):
            age = now - question.asked_at
            if age >= GIVEN_UP_S:
                del self._open[key]
                messages.append((question.refused_by, question.message))
                found.append(Unanswered(key[0], question.party, question.is_alive))
            elif question.probes and age >= question.probes[0] and not question.is_alive:
                at = question.probes.pop(0)
                messages.append((question.target, _probe(question.target, via, f"{key} {at}")))
        return messages, found


def _probe(target: Address, via: str, seed: str) -> bytes:
    host = f"[{target[0]}]" if ":" in target[0] else target[0]
    token = hashlib.sha256(seed.encode("utf-8", "replace")).hexdigest()[:16]
    lines = (
        f"OPTIONS sip:{host}:{target[1]} SIP/2.0",
        f"Via: SIP/2.0/UDP {via};rport;branch=z9hG4bK{token}",
        "Max-Forwards: 70",
        f"From: <sip:ntpd112@{via}>;tag={token}",
        f"To: <sip:{host}:{target[1]}>",
        f"Call-ID: {token}@ntpd112",
        "CSeq: 1 OPTIONS",
        f"Contact: <sip:ntpd112@{via}>",
        "User-Agent: ntpd112",
        "Content-Length: 0",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def refusal(head: Head) -> bytes:
    """Write the answer that leaves a call as it is (RFC 3261, 14.1)."""
    lines = [
        b"SIP/2.0 488 Not Acceptable Here",
        *(b"Via: " + via for via in head.all(b"via")),
        *(name + b": " + head.get(name.lower()) for name in (b"From", b"To", b"Call-ID", b"CSeq")),
        b'Warning: 399 ntpd112 "no answer from the far end"',
    ]
    return b"\r\n".join(lines) + b"\r\nContent-Length: 0\r\n\r\n"
