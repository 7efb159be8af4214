"""The facts set aside: what the database refuses for good, kept for a person to look at.

One append-only file of checksummed lines beside the spill. Nothing reads it by itself; every entry raised an alarm.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from ntpd112.store.lines import append_durably, frame, make_folder, unframe


class Rejected(Struct, frozen=True):
    """One fact that is not in the database."""

    at: float
    """When it was set aside, POSIX seconds."""
    reason: str
    fact: str
    """The fact as it was to be stored, JSON if it is readable at all."""


def set_aside(file: Path, entries: Sequence[Rejected]) -> None:
    """Append to the file; on return it is on the disk. Raises OSError. Blocks: call it from a thread."""
    make_folder(file.parent)
    fd = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        size = os.fstat(fd).st_size
        torn = size > 0 and os.pread(fd, 1, size - 1) != b"\n"
        data = b"".join(frame(msgspec.json.encode(entry)) for entry in entries)
        append_durably(fd, b"\n" + data if torn else data)
    finally:
        os.close(fd)


def read_rejected(file: Path) -> list[Rejected]:
    """Read what was set aside, oldest first, without what a crash tore. Blocks: call it from a thread."""
    if not file.exists():
        return []
    payloads = [unframe(line) for line in file.read_bytes().splitlines(keepends=True)]
    return [msgspec.json.decode(payload, type=Rejected) for payload in payloads if payload is not None]
