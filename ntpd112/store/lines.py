"""Checksummed lines in append-only files: what was written whole can be told from what was not."""

from __future__ import annotations

import os
import zlib
from pathlib import Path

_CHECK = 9  # eight hexadecimal digits and a space


def frame(payload: bytes) -> bytes:
    """Make a payload without line ends a line that proves itself: CRC-32, space, payload, line end."""
    return b"%08x %s\n" % (zlib.crc32(payload), payload)


def unframe(line: bytes) -> bytes | None:
    """Return the payload, or None when the line is damaged."""
    payload = line[_CHECK:].removesuffix(b"\n")
    return payload if line == frame(payload) else None


def append_durably(fd: int, data: bytes) -> None:
    """Write everything and have the disk confirm it. Raises OSError; then nothing is known of what was written."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
    os.fdatasync(fd)


def make_folder(folder: Path) -> None:
    """Make a folder only its owner may look into: it holds callers' numbers."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def sync_folder(folder: Path) -> None:
    """Have the disk confirm which files the folder holds."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
