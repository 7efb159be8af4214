"""SIP messages and offers of media as text, for parties that write and read them byte by byte."""

from __future__ import annotations

import re
from dataclasses import dataclass

_OFFER = "v=0\r\no=- 7 7 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\n"
AUDIO = (
    "m=audio {port} RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
)


def offer(*media: str) -> str:
    """Return an SDP offer of these media sections, in this order; ``{ip}`` and ``{port}`` are filled in later."""
    return _OFFER + "".join(media)


@dataclass(frozen=True, slots=True)
class Message:
    """A SIP message as it came."""

    start: str
    headers: tuple[tuple[str, str], ...]
    body: str

    @classmethod
    def of(cls, data: bytes) -> Message:
        """Read one."""
        head, _, body = data.decode("utf-8", "surrogateescape").partition("\r\n\r\n")
        start, *lines = head.split("\r\n")
        pairs = (line.partition(":") for line in lines)
        return cls(start, tuple((name.strip().lower(), value.strip()) for name, _, value in pairs), body)

    @property
    def status(self) -> int:
        """The status of a response; 0 for a request."""
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """The method: of a request, or of what is answered."""
        return self.header("cseq").split()[-1] if self.status else self.start.split()[0]

    def header(self, name: str) -> str:
        """Return a header's first value, or nothing."""
        return next(iter(self.all(name)), "")

    def all(self, name: str) -> list[str]:
        """Return all lines of a header."""
        return [value for each, value in self.headers if each == name]

    def media(self) -> list[str]:
        """Return the ``m=`` lines without their ``m=``."""
        return re.findall(r"^m=([^\r\n]*)", self.body, re.MULTILINE)

    def audio(self) -> tuple[str, int] | None:
        """Return where the audio of this SDP is to go."""
        section = re.search(r"^m=audio (\d+)[^\n]*\n(?:(?!m=)[^\n]*\n?)*", self.body, re.MULTILINE)
        address = re.search(r"^c=IN IP4 (\S+)", section[0] if section else "", re.MULTILINE) or re.search(
            r"^c=IN IP4 (\S+)", self.body, re.MULTILINE
        )
        return (address[1], int(section[1])) if section and address and section[1] != "0" else None
