"""The spill: facts that the database could not take, kept in order on disk until it can.

A folder of segments ``<first number>-<process>.spill``, each an append-only file of checksummed lines (:mod:`lines`). A
segment is deleted when the database has all of it; a crash in between replays it from its beginning, which changes
nothing, since every insert is idempotent.

Each segment is locked (``flock``) by the writer it belongs to. A dead writer's lock is gone with it, and the next
writer adopts its segments; two living writers on one folder leave each other's alone.

Nothing here is asynchronous: call it from a thread, one call at a time.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from ntpd112.store.lines import append_durably, frame, make_folder, sync_folder, unframe

SEGMENT_BYTES = 8 << 20
_BATCH_BYTES = 4 << 20


class Chunk(Struct, frozen=True):
    """What was read next from the spill."""

    payloads: tuple[bytes, ...]
    damaged: tuple[bytes, ...]
    """Lines whose checksum is wrong, as they are."""


class _Segment(Struct):
    path: Path
    fd: int
    size: int
    lines: int
    """Whole lines not yet confirmed."""
    last_seq: int = 0
    read_to: int = 0
    confirmed_to: int = 0
    read_lines: int = 0


class Spill:
    """The segments of one writer, oldest first. Every method may raise OSError and may then be called again."""

    def __init__(self, folder: Path, segment_bytes: int = SEGMENT_BYTES) -> None:
        self.folder = folder
        self._segment_bytes = segment_bytes
        self._segments: list[_Segment] = []
        self.last_seq = 0
        """The highest number adopted."""
        self._appending = False
        """Whether the last segment still takes lines."""

    def __len__(self) -> int:
        """Facts kept here."""
        return sum(segment.lines for segment in self._segments)

    def adopt(self) -> int:
        """Take over the segments that no living writer owns; returns how many. They must come before one's own."""
        make_folder(self.folder)
        mine = {segment.path for segment in self._segments}
        found = [path for path in sorted(self.folder.glob("*.spill")) if path not in mine]
        adopted = [segment for segment in map(_take, found) if segment is not None]
        self._segments = adopted + self._segments
        self.last_seq = max((segment.last_seq for segment in adopted), default=self.last_seq)
        return len(adopted)

    def append(self, payloads: Sequence[bytes], first: int) -> None:
        """Keep facts; on return they are on the disk. ``first`` numbers the first of them."""
        data = b"".join(map(frame, payloads))
        segment = self._open_segment(first)
        try:
            append_durably(segment.fd, data)
        except OSError:
            # After a failed write or fsync nobody knows what the disk holds: cut it off, and never append behind it.
            self._appending = False
            with contextlib.suppress(OSError):
                os.ftruncate(segment.fd, segment.size)
            if segment.lines == 0 and segment.size == 0:
                self._remove(segment)
            raise
        segment.size += len(data)
        segment.lines += len(payloads)

    def read(self, limit: int) -> Chunk:
        """Return the oldest facts not confirmed yet, at most ``limit``; again the same ones until confirmed."""
        if not self._segments:
            return Chunk((), ())
        segment = self._segments[0]
        data = os.pread(segment.fd, _BATCH_BYTES, segment.confirmed_to)
        if b"\n" not in data and segment.confirmed_to + len(data) < segment.size:
            data = os.pread(segment.fd, segment.size - segment.confirmed_to, segment.confirmed_to)
        # The last piece has no line end: empty, or a line that a crash tore, or one that is read whole next time.
        lines = [line + b"\n" for line in data.split(b"\n")[:-1][:limit]]
        segment.read_to = segment.confirmed_to + sum(map(len, lines))
        segment.read_lines = len(lines)
        if not lines:  # damage ate a line end: nothing whole is left here
            segment.lines = 0
        read = [(line, unframe(line)) for line in lines]
        return Chunk(
            tuple(payload for _, payload in read if payload is not None),
            tuple(line for line, payload in read if payload is None),
        )

    def confirm(self) -> None:
        """The database has what was read last; a segment it has all of is deleted."""
        segment = self._segments[0]
        segment.lines -= segment.read_lines
        segment.confirmed_to, segment.read_lines = segment.read_to, 0
        if segment.lines <= 0 or segment.confirmed_to >= segment.size:
            self._remove(segment)  # what may follow is a torn line, which was never promised to anybody

    def close(self) -> None:
        """Let go of the files; what they hold stays for the next writer."""
        for segment in self._segments:
            os.close(segment.fd)
        self._segments, self._appending = [], False

    def _open_segment(self, first: int) -> _Segment:
        if self._appending and self._segments[-1].size < self._segment_bytes:
            return self._segments[-1]
        make_folder(self.folder)
        path = self.folder / f"{first:020d}-{os.getpid()}.spill"
        fd = _create_locked(path)
        segment = _Segment(path, fd, size=0, lines=0)
        self._segments.append(segment)
        self._appending = True
        return segment

    def _remove(self, segment: _Segment) -> None:
        if segment is self._segments[-1]:
            self._appending = False
        self._segments.remove(segment)
        segment.path.unlink(missing_ok=True)
        os.close(segment.fd)


def _create_locked(path: Path) -> int:
    """Make a file that no other writer sees before it is locked."""
    hidden = path.with_suffix(".new")
    fd = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        hidden.rename(path)
        sync_folder(path.parent)
    except OSError:
        os.close(fd)
        hidden.unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        raise
    return fd


def _take(path: Path) -> _Segment | None:
    """Lock a segment that was left behind; None when a living writer owns it, or another adopted it meanwhile."""
    try:
        fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    status = os.fstat(fd)
    whole = path.read_bytes().split(b"\n")[:-1] if status.st_nlink else []
    if not whole:
        path.unlink(missing_ok=True)
        os.close(fd)
        return None
    return _Segment(path, fd, size=status.st_size, lines=len(whole), last_seq=_seq(whole[-1]))


def _seq(line: bytes) -> int:
    """Number of a fact; 0 when the line is damaged."""
    found = re.search(rb'"seq":(\d{1,18})\D', unframe(line + b"\n") or b"")
    return int(found[1]) if found else 0
