"""The journal: every (now, event) on disk before its actions leave, its replay, and going on from where it ends.

One line for each event: the CRC-32 of the rest in eight hex digits, a blank, and ``[now, event]`` in JSON. A file's
first line holds what the switchboard began with: the routing plan, or the whole room as an earlier file left it. A file
that has grown long is followed by another; the oldest are removed. A torn last line, as a crash leaves it, ends the
reading; where a full disk took nothing for a while, a line of its own says so. Lines are handed to the kernel at once:
they survive the death of the process. :mod:`ntpd112.journal_sync` brings them to the disk: they survive that of the
machine.

A file's name is its place among the others: the instant at which it began, or a little more than the last one's where
the clock had gone back since. Files of any other name, and what is no ordinary file, are none of ours.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from zlib import crc32

import msgspec

from ntpd112.core.clock_step import ClockStepped
from ntpd112.core.messages import Action, AnyEvent, Event, RoutingChanged, SaveCall, SaveIncident
from ntpd112.core.phone_events import PhoneEvent
from ntpd112.core.plan import Plan
from ntpd112.core.snapshot import RoomKept, Snapshot, restore
from ntpd112.core.switchboard import Switchboard
from ntpd112.core.trace_events import TraceEvent

FILE_BYTES: Final = 4 << 20
"""A file as long as this is followed by another: this much is decided again before a new controller serves."""
KEPT_BYTES: Final = 1 << 30
_MOST_LEFT_BEHIND: Final = 16
_ASIDE: Final = ".aside"
_NAME: Final = re.compile(r"(\d{1,11}(?:\.\d{1,6})?)\.journal(?:\.aside)?")
_NEXT: Final = 0.001
"""From one name to the next when the clock does not say more; floats of eleven digits still tell it."""
_GAP = b"events are missing here"
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(tuple[float, AnyEvent | PhoneEvent | TraceEvent | ClockStepped | RoomKept]).decode


class JournalError(Exception):
    """A journal that cannot be read. The text names the file and the line."""


class Journal:
    """Appends. ``on_failure`` hears once when the disk refuses, and once when it takes lines again.

    ``start``: what the switchboard begins with.
    """

    def __init__(
        self,
        folder: Path,
        now: float,
        start: Plan | Snapshot,
        on_failure: Callable[[str], None],
        *,
        file_bytes: int = FILE_BYTES,
        kept_bytes: int = KEPT_BYTES,
    ) -> None:
        self._folder = folder
        self._on_failure = on_failure
        self._file_bytes, self._kept_bytes = file_bytes, kept_bytes
        self._failed = False
        self._fd: int | None = None
        self.copies: set[Callable[[str, bytes], None]] = set()
        """Hear the file's name and every line, in the step in which it is written."""
        self.on_written: Callable[[], None] = lambda: None
        """Told whenever something was handed to the kernel."""
        self._left_behind: list[int] = []
        """Earlier files, of which perhaps not all is on the disk."""
        self._number = max((_number(file) for file in journals(folder)), default=0.0)
        self._begin(now, RoutingChanged(start) if isinstance(start, Plan) else RoomKept(start))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
        self._close_left_behind()

    def append(self, now: float, event: Event) -> None:
        """Write one event. Never raises: calls go on without a journal, with an alarm."""
        line = as_line(now, event)
        self._write(line)
        for copy in tuple(self.copies):
            copy(self.file.name, line)

    def _write(self, line: bytes) -> None:
        if self._failed:
            line = b"\n%b\n%b" % (_GAP, line)
        try:
            written = os.write(self._opened(), line)
        except OSError as error:
            self._fail(f"journal {self.file}: {error.strerror}; free space there, or let the controller write there")
            return
        self._size += written
        self.on_written()
        if written < len(line):
            self._fail(f"journal {self.file}: disk full; free space there")
        elif self._failed:
            self._failed = False
            self._has_gap = True
            self._on_failure(f"journal {self.file} is written again")

    @property
    def size(self) -> int:
        """How many bytes of the file are written."""
        return self._size

    @property
    def wants_anew(self) -> bool:
        """Whether :meth:`anew` is due: the file has grown long, or lacks something."""
        return not self._failed and (self._has_gap or self._size > self._begun_with + self._file_bytes)

    def distrust(self) -> None:
        """Let :meth:`anew` be due: the disk has lost some of the file, or may have."""
        self._has_gap = True

    def unsynced(self) -> list[int]:
        """Return descriptors of the files that are not on the disk for sure; the caller closes them. Raises OSError."""
        left, self._left_behind = self._left_behind, []
        try:
            return [*left, os.dup(self._fd)] if self._fd is not None else left
        except OSError:
            self._left_behind = left
            raise

    def anew(self, now: float, room: Snapshot) -> None:
        """Go on in another file, which begins with the room as it is now; remove the oldest files."""
        if self._fd is not None:
            self._left_behind.append(self._fd)
            self._fd = None
        if len(self._left_behind) > _MOST_LEFT_BEHIND:
            self._close_left_behind()  # nobody syncs
        self._begin(now, RoomKept(room))
        remove_oldest(self._folder, self._kept_bytes, self.file)

    def _begin(self, now: float, start: Event) -> None:
        self._number = max(now, self._number + _NEXT)
        self.file = self._folder / f"{self._number:.6f}.journal"
        self._size = 0
        self._has_gap = False
        self.append(now, start)
        self._begun_with = self._size

    def _close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _close_left_behind(self) -> None:
        for descriptor in self._left_behind:
            os.close(descriptor)
        self._left_behind.clear()

    def _opened(self) -> int:
        if self._fd is None:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self._fd = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        return self._fd

    def _fail(self, why: str) -> None:
        if not self._failed:
            self._failed = True
            self._on_failure(why)


def as_line(now: float, event: Event) -> bytes:
    """Write one event as it stands in a journal."""
    body = _encode((now, event))
    return b"%08x %b\n" % (crc32(body), body)


def of_line(line: bytes) -> tuple[float, Event]:
    """Read what :func:`as_line` wrote. Raises :class:`JournalError`."""
    return _entry(Path("the line"), 1, line.rstrip(b"\n"))


def journals(folder: Path) -> list[Path]:
    """Return a folder's journals, the oldest first."""
    return _ours(folder, "*.journal")


def _ours(folder: Path, pattern: str) -> list[Path]:
    return sorted((file for file in folder.glob(pattern) if _NAME.fullmatch(file.name) and file.is_file()), key=_number)


def _number(file: Path) -> float:
    """Return the place of a journal among the others."""
    named = _NAME.fullmatch(file.name)
    return float(named[1]) if named is not None else 0.0


def is_later(file: Path, other: Path) -> bool:
    """Tell whether a journal began after another."""
    return _number(file) > _number(other)


def remove_oldest(folder: Path, kept_bytes: int, current: Path) -> None:
    """Remove the oldest journals, such that the others have no more bytes than this; never the ``current`` one.

    Those that were set aside count too.
    """
    kept = 0
    files = [*journals(folder), *_ours(folder, f"*.journal{_ASIDE}")]
    for file in sorted(files, key=_number, reverse=True):
        with contextlib.suppress(OSError):
            kept += file.stat().st_size
            if kept > kept_bytes and file != current:
                file.unlink()


def set_aside(files: Iterable[Path]) -> None:
    """Let journals be none to begin with any more; whoever wants can still read them. Raises OSError."""
    for file in files:
        file.rename(file.with_name(file.name + _ASIDE))


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
    _, board = _started(file, entries)
    for now, event in entries:
        yield now, event, board.step(now, event)


WRITTEN_WITHIN_S: Final = 30.0
"""What a controller has taken is in the database or the spill by then: many times the writer's ``hold_s``."""
_MOST_AGAIN: Final = 50
"""Files, of controllers that die one after the other."""
_UNREADABLE = (JournalError, OSError, LookupError, TypeError, ValueError, AttributeError)


@dataclass(frozen=True)
class Left:
    """What the last controller left."""

    board: Switchboard
    now: float
    """Its last instant; never go back behind it."""
    facts: list[SaveCall | SaveIncident]
    """What it wanted written since the last file began, and in the files before that, as far back as they were too
    short-lived to be sure: perhaps it could not."""
    damage: str
    """Why the journal could not be read to its end; empty when it could."""


def recover(folder: Path) -> Left | None:
    """Decide the latest journal again, up to its last word; None when there is none that can be begun with.

    Raises:
        JournalError: there are journals, and none of them can be begun with.
    """
    why = None
    files = journals(folder)
    while files:
        file = files.pop()
        try:
            left, lasted_s = _again(file)
        except _UNREADABLE as error:
            why = error  # a crash tore its first line, or another version wrote it
        else:
            return replace(left, facts=[*_perhaps_unwritten(files, lasted_s), *left.facts])
    if why is not None:
        raise JournalError(str(why))
    return None


def _again(file: Path) -> tuple[Left, float]:
    """Decide a journal again; return what it left and how long it lasted."""
    entries = read(file)
    began, board = _started(file, entries)
    left = _go_through(entries, began, board)
    return left, left.now - began


def _perhaps_unwritten(earlier: Sequence[Path], lasted_s: float) -> list[SaveCall | SaveIncident]:
    """Return the facts of the files before one that ``lasted_s``.

    A controller that dies or begins a new file a moment after it has begun one may not have written yet what the file
    before held; what is written twice is there once.
    """
    facts: list[SaveCall | SaveIncident] = []
    for file in reversed(earlier[-_MOST_AGAIN:]):
        if lasted_s >= WRITTEN_WITHIN_S:
            break
        try:
            left, lasted_s = _again(file)
        except _UNREADABLE:
            continue
        facts = left.facts + facts
    return facts


def _started(file: Path, entries: Iterator[tuple[float, Event]]) -> tuple[float, Switchboard]:
    now, first = next(entries, (0.0, Event()))
    try:
        return now, begun_with(first)
    except JournalError as error:
        raise JournalError(f"{file}: {error}") from error.__cause__


def begun_with(first: Event) -> Switchboard:
    """Return the switchboard that a journal with this first line begins with. Raises :class:`JournalError`."""
    match first:
        case RoutingChanged(plan=plan):
            return Switchboard(plan)
        case RoomKept(room=room):
            try:
                return Switchboard(restore(room))
            except msgspec.ValidationError as error:
                raise JournalError(f"begins with a room of another version: {error}") from error
        case _:
            raise JournalError("does not begin with the routing plan or a room, so it is no journal")


def _go_through(entries: Iterator[tuple[float, Event]], now: float, board: Switchboard) -> Left:
    facts: list[SaveCall | SaveIncident] = []
    damage = ""
    try:
        for instant, event in entries:
            now = instant if isinstance(event, ClockStepped) else max(now, instant)
            facts += [action for action in board.step(now, event) if isinstance(action, SaveCall | SaveIncident)]
    except JournalError as error:
        damage = str(error)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, AssertionError) as error:
        # Nobody could serve ever again if what ended one controller ended every next one, too.
        damage = f"the journal cannot be decided again beyond {now:.6f} ({type(error).__name__}: {error}); report this"
    return Left(board, now, facts, damage)
