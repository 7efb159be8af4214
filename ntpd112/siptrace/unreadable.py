"""What pjproject cannot read and drops without an answer: it is never mirrored, only Asterisk's log has a line of it.

``urn:service:sos`` as an address is one of these, and so is an INVITE without a Via. The log is read as it grows, no
more than :data:`_AT_ONCE` a look: of a flood a part is as good as all. Strangers can put lines of their own into it,
by the packets that pjproject prints; what is told of an address that a trunk lists is therefore a hint, no proof.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ntpd112.siptrace.sip import readable

_AT_ONCE: Final = 1 << 16
_DROPPED: Final = re.compile(
    rb"\] (?:WARNING|ERROR)\[\d+\] pjproject: *\t? *sip_\w+\.c "
    rb"(?:Dropping \d+ bytes packet from \w+|Error processing packet from) "
    rb"\[?([0-9a-fA-F.:]+?)\]?:\d+ ?: ([^\r\n]{1,160})"
)


@dataclass(frozen=True, slots=True)
class Dropped:
    """A message that got no answer."""

    source: str
    why: str


class Log:
    """Asterisk's log; what stands there at the beginning is passed over."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._inode = self._at = -1

    def news(self) -> list[Dropped]:
        """Return what was dropped since the last look. Never raises."""
        try:
            with self._path.open("rb") as file:
                status = os.fstat(file.fileno())
                if self._inode < 0:
                    self._at = status.st_size
                elif self._inode != status.st_ino or self._at > status.st_size:
                    self._at = 0
                self._inode = status.st_ino
                file.seek(max(self._at, status.st_size - _AT_ONCE))
                text = file.read(_AT_ONCE)
                self._at = file.tell()
        except OSError:
            return []
        return dropped(text)


def dropped(text: bytes) -> list[Dropped]:
    """Read a part of the log."""
    return [Dropped(readable(source), _what(readable(why))) for source, why in _DROPPED.findall(text)]


def _what(words: str) -> str:
    """Shorten pjproject's words to what is wrong, without the place, which differs with every message."""
    syntax = re.search(r"parsing '([^']{1,40})' header", words)
    if syntax:
        return f"cannot be read, its {syntax[1]} is none"
    missing = re.search(r"Missing required header.*\)\s+(\S+)", words)
    if missing:
        return f"cannot be read, it has no {missing[1]}"
    return f"cannot be read ({re.sub(r'[0-9]+', '#', words)[:60].strip()})"
