"""The frames in which a journal travels: a line ``KIND NAME LENGTH``, then so many bytes.

``begin``: what follows is of a file of this name, from its start. ``more``: its next bytes. ``whole``: the file is
there as far as it is written; what comes from now on is new. ``alive``: nothing new but the time of
day by the sender's clock.
"""

from __future__ import annotations

import re
from typing import Final, Literal

Kind = Literal["begin", "more", "whole", "alive"]

ALIVE_EVERY_S: Final = 1.0
SILENT_AFTER_S: Final = 3.0
MOST_BYTES: Final = 64 << 20
_HEADER: Final = re.compile(rb"(begin|more|whole|alive) (-|[0-9]{1,20}\.[0-9]{6}\.journal) ([0-9]{1,9})\n")


def frame(kind: Kind, name: str, data: bytes = b"") -> bytes:
    """Write one frame."""
    return b"%b %b %d\n%b" % (kind.encode(), name.encode(), len(data), data)


def header(line: bytes) -> tuple[str, str, int]:
    """Read a frame's first line: kind, name of the file, length. Raises ValueError."""
    found = _HEADER.fullmatch(line)
    if found is None or int(found[3]) > MOST_BYTES:
        raise ValueError(f"not a frame: {line[:100]!r}")
    return found[1].decode(), found[2].decode(), int(found[3])
