"""The journal: every (now, event) on disk before its actions leave, and its replay.

One file for each start of the controller; one line for each event: the CRC-32 of the rest in eight hex digits, a blank,
and ``[now, event]`` in JSON. The first line holds the plan the switchboard began with. A torn last line, as a crash
leaves it, ends the reading; where a full disk took nothing for a while, a line of its own says so. Lines are handed to
the kernel at once, not synced: they survive the death of the process, not that of the machine.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self
from zlib import crc32

import msgspec

from ntpd112.core.messages import Action, AnyEvent, Event, RoutingChanged
from ntpd112.core.plan import Plan
from ntpd112.core.switchboard import Switchboard

_GAP = b"events are missing here"
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(tuple[float, AnyEvent]).decode


class JournalError(Exception):
    """A journal that cannot be read. The text names the file and the line."""


class Journal:
    """Appends to one file. ``on_failure`` hears once when the disk refuses, and once when it takes lines again."""

    def __init__(self, folder: Path, now: float, plan: Plan, on_failure: Callable[[str], None]) -> None:
        self.file = folder / f"{now:.6f}.journal"
        self._on_failure = on_failure
        self._failed = False
        self._fd: int | None = None
        self.append(now, RoutingChanged(plan))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._fd is not None:
            os.close(self._fd)

    def append(self, now: float, event: Event) -> None:
        """Write one event. Never raises: calls go on without a journal, with an alarm."""
        body = _encode((now, event))
        line = b"%08x %b\n" % (crc32(body), body)
        if self._failed:
            line = b"\n%b\n%b" % (_GAP, line)
        try:
            written = os.write(self._opened(), line)
        except OSError as error:
            self._fail(f"journal {self.file}: {error.strerror}; free space there, or let the controller write there")
        else:
            if written < len(line):
                self._fail(f"journal {self.file}: disk full; free space there")
            elif self._failed:
                self._failed = False
                self._on_failure(f"journal {self.file} is written again")

    def _opened(self) -> int:
        if self._fd is None:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self._fd = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        return self._fd

    def _fail(self, why: str) -> None:
        if not self._failed:
            self._failed = True
            self._on_failure(why)


def read(file: Path) -> Iterator[tuple[float, Event]]:
    """Yield what a journal holds. A torn last line is left out; damage elsewhere raises :class:`JournalError`."""
    lines = file.read_bytes().split(b"\n")
    last = lines.pop()
    for number, line in enumerate(lines, 1):
        if line:
            yield _entry(file, number, line)
    if _is_whole(last):
        yield _entry(file, len(lines) + 1, last)


def _is_whole(line: bytes) -> bool:
    return len(line) > 9 and line[:8] == b"%08x" % crc32(line[9:])  # noqa: PLR2004


def _entry(file: Path, number: int, line: bytes) -> tuple[float, Event]:
    if line == _GAP:
        raise JournalError(f"{file}, line {number}: {_GAP.decode()}, the disk was full; those before can be replayed")
    if not _is_whole(line):
        raise JournalError(f"{file}, line {number}: damaged (checksum differs); the events before it can be replayed")
    try:
        return _decode(line[9:])
    except msgspec.DecodeError as error:
        raise JournalError(f"{file}, line {number}: not an event of this version: {error}") from error


def replay(file: Path) -> Iterator[tuple[float, Event, list[Action]]]:
    """Yield every event with the actions that it led to, by deciding everything again."""
    entries = read(file)
    first = next(entries, None)
    if first is None or not isinstance(first[1], RoutingChanged):
        raise JournalError(f"{file}: does not begin with the routing plan, so it is no journal")
    board = Switchboard(first[1].plan)
    for now, event in entries:
        yield now, event, board.step(now, event)
