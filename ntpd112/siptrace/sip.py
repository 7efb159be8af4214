"""The head of one SIP message, as far as the ear needs it. Pure, and never raises, whatever the bytes.

It reads no more than Asterisk has already read: what pjproject could not parse is never mirrored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

_SHORT: Final = {b"i": b"call-id", b"f": b"from", b"t": b"to", b"v": b"via", b"c": b"content-type", b"m": b"contact"}
"""Compact forms (RFC 3261, 7.3.3) of what is looked for."""
_MOST_LINES: Final = 200
_FOLDED: Final = re.compile(rb"\r?\n[ \t]+")
_USER: Final = re.compile(rb"(?:sips?|tel):([^@;>?\s]*)", re.IGNORECASE)
_NAMED: Final = re.compile(rb'username="([^"]*)"', re.IGNORECASE)
_STATIC: Final = {0: "PCMU", 3: "GSM", 4: "G723", 8: "PCMA", 9: "G722", 13: "CN", 18: "G729"}
"""Names of payload types that need no rtpmap (RFC 3551, 6)."""
_NO_CODEC: Final = {"TELEPHONE-EVENT", "CN"}
_RTPMAP: Final = re.compile(rb"^a=rtpmap:(\d{1,3})\s+([^/\s]{1,40})", re.MULTILINE)
_AUDIO: Final = re.compile(rb"^m=audio\s+\d+\S*\s+(\S+)([ \d]*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Head:
    """One message: ``method`` is empty for a response, ``status`` 0 for a request."""

    method: str
    status: int
    uri: bytes
    body: bytes
    headers: dict[bytes, list[bytes]] = field(default_factory=dict)
    """By lower-case name."""

    def all(self, name: bytes) -> list[bytes]:
        """Return every value of a header, in order."""
        return self.headers.get(name, [])

    def get(self, name: bytes) -> bytes:
        """Return the first value of a header, or nothing."""
        return next(iter(self.all(name)), b"")

    @property
    def call_id(self) -> str:
        """The Call-ID, in readable text."""
        return readable(self.get(b"call-id"))

    @property
    def cseq(self) -> tuple[int, str]:
        """Number and method of the request, or of the one that is answered."""
        number, _, method = self.get(b"cseq").strip().partition(b" ")
        return int(number[:10]) if number.isdigit() else 0, readable(method.strip())[:20]

    @property
    def in_dialog(self) -> bool:
        """It belongs to a dialog that stands."""
        return b";tag=" in self.get(b"to").replace(b" ", b"").lower()

    @property
    def proves(self) -> str:
        """User name for which it shows a password; empty when it shows none."""
        found = _NAMED.search(self.get(b"authorization"))
        return readable(found[1]) if found else ""

    @property
    def dialled(self) -> str:
        """User part of the request's address."""
        return user_of(self.uri)


def read(message: bytes) -> Head | None:
    """Read a message; None when it is none."""
    top, _, rest = message.partition(b"\n")
    words = top.strip().split(b" ", 2)
    if len(words) < 2:  # noqa: PLR2004  a method or a version, and something
        return None
    end = re.search(rb"\r?\n\r?\n", rest)
    head, body = (rest[: end.start()], rest[end.end() :]) if end else (rest, b"")
    headers: dict[bytes, list[bytes]] = {}
    for line in _FOLDED.sub(b" ", head).split(b"\n", _MOST_LINES)[:_MOST_LINES]:
        name, colon, value = line.partition(b":")
        if colon:
            key = name.strip().lower()
            headers.setdefault(_SHORT.get(key, key), []).append(value.strip())
    if words[0] == b"SIP/2.0":
        return Head("", int(words[1]) if re.fullmatch(rb"\d{3}", words[1]) else 0, b"", body, headers)
    return Head(readable(words[0])[:20], 0, words[1], body, headers)


def user_of(address: bytes) -> str:
    """Return the user part of an address, perhaps with a name before it: ``"Sari" <sip:0812@x>`` is ``0812``."""
    found = _USER.search(address)
    return readable(found[1])[:64] if found else ""


def codecs(sdp: bytes) -> tuple[tuple[str, ...], str]:
    """Return the names of the audio codecs that are offered, and their transport, such as ``RTP/AVP``."""
    audio = _AUDIO.search(sdp.replace(b"\r", b""))
    if audio is None:
        return (), ""
    names = {int(number): readable(name) for number, name in _RTPMAP.findall(sdp)}
    numbers = [int(number) for number in audio[2].split()[:50]]
    found = (names.get(number) or _STATIC.get(number) or f"payload type {number}" for number in numbers)
    spoken = (name for name in found if name.upper() not in _NO_CODEC)
    return tuple(dict.fromkeys(spoken)), readable(audio[1])


def readable(value: bytes) -> str:
    """Return bytes as people can read them, on one line: what is no letter stands as a SIP address writes it."""
    text = value.decode("utf-8", "surrogateescape")
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogateescape"))
