"""Asterisk's own call-detail records, which no controller touches: the second ledger.

One row for each citizen's call, whoever served it, or one for each phone that the dialplan rang for it (``cdr_csv``
with ``usegmtime``, ``loguniqueid``, ``loguserfield``, ``newcdrcolumns``). The dialplan marks them with
``trunk:dialled``, with ``:fallback`` when its own queue took the call, or ``:refused``, ``:crowded``, ``:repeated`` or
``:looped`` when it did not take it, and with facts for the controller (``:key=value``, cut when they are long);
``queue_log`` knows when somebody answered there. Times are whole seconds.
"""

from __future__ import annotations

import csv
import os
from calendar import timegm
from collections.abc import Iterable, Iterator, Mapping
from math import inf
from pathlib import Path
from time import strptime

from msgspec import Struct, structs

from ntpd112.config.arguments import more
from ntpd112.host.layout import Layout

_TAIL_BYTES = 8 << 20
"""So much of the ends of the files is read at first: some 30,000 calls."""
_TURNED_BACK_S = 7200.0
"""By no more than this is the machine's clock ever set back, as at the end of summer time."""
_OUTSIDE = "fallback-outside"
"""Context of a number outside that was rung beside the dialplan's own queue."""
_SAME_END_S = 2.0
_COLUMNS = 21
_LONGEST_ROW = 4096
"""Letters. Asterisk writes no row of more than 1,024 bytes."""
_FURTHER = {"crowded", "repeated", "looped"}
"""Calls that were refused although the room had places."""
_QUEUE_COLUMNS = 5


class Entry(Struct, frozen=True):
    """One call, as Asterisk saw it. Instants in POSIX seconds."""

    call_id: str
    trunk: str
    ddi_raw: str
    ani_raw: str
    caller_name: str
    arrived_at: float
    answered_at: float | None
    """Our own answer."""
    ended_at: float
    in_fallback: bool
    """The dialplan's own queue served it, at least in the end."""
    connected_at: float | None
    """Somebody answered in that queue."""
    spoke_with: str
    """Endpoint that the caller was last brought together with: an operator, or a trunk; empty when with nobody."""
    refused: bool = False
    """The dialplan did not take it: the room was full, unless ``refused_why`` says otherwise."""
    refused_why: str = ""
    """``crowded``: its trunk had taken its share of the places; ``repeated``: its number had as many calls here as one
    may have; ``looped``: it came back from another room.
    """
    outside: str = ""
    """Trunk of a number outside that was rung beside that queue and took the call with the key."""
    outside_until: float = 0.0
    """When that conversation ended."""
    more: Mapping[str, str] = {}
    """What else the dialplan said of it, by name."""

    @property
    def party(self) -> str:
        """With whom the caller spoke in the end: an operator, or a trunk; empty: with nobody.

        A caller who went on after a conversation outside had none: it was ended within seconds (``dialplan/``).
        """
        went_on = self.ended_at > self.outside_until + _SAME_END_S
        return self.spoke_with or ("" if went_on else self.outside)


def entries(layout: Layout, since: float = -inf) -> list[Entry]:
    """Read every call that arrived at that instant or later, and some earlier ones; none without a ledger.

    A call that still goes on may be among them already. Raises OSError.
    """
    tail_bytes = _TAIL_BYTES
    while True:
        rows, queue = Additions(layout.ledger, tail_bytes), Additions(layout.log / "queue_log", tail_bytes)
        calls: dict[str, Entry] = {}
        _join(calls, rows.lines(), dict(_connected(queue.lines())))
        earliest = min((entry.ended_at for entry in calls.values()), default=inf)
        if (rows.began_at_start and queue.began_at_start) or earliest < since - _TURNED_BACK_S:
            return list(calls.values())
        tail_bytes *= 4


class LatestEntries:
    """The calls that are added to the ledger from one look to the next; at the first look the latest 30,000."""

    def __init__(self, layout: Layout) -> None:
        self._rows, self._queue = Additions(layout.ledger), Additions(layout.log / "queue_log")
        self._connected: dict[str, float] = {}
        """Calls that somebody answered and that have no row yet."""

    def add_to(self, calls: dict[str, Entry]) -> None:
        """Add the new ones, and to calls that are there already what is new about them. Raises OSError."""
        self._connected.update(_connected(self._queue.lines()))
        _join(calls, self._rows.lines(), self._connected)


class Additions:
    """The lines that are added to a file, which somebody may replace by an empty one."""

    def __init__(self, path: Path, tail_bytes: int = _TAIL_BYTES) -> None:
        self._path = path
        self._tail_bytes = tail_bytes
        self._inode = self._at = -1
        self.began_at_start = True
        """The first look did not leave out what was earlier."""

    def lines(self) -> list[str]:
        """Return the whole lines that are new; none when there is no file. Raises OSError."""
        try:
            with self._path.open("rb") as file:
                status = os.fstat(file.fileno())
                if self._inode < 0:
                    self._at = max(0, status.st_size - self._tail_bytes)
                    self.began_at_start = self._at == 0
                elif self._inode != status.st_ino or self._at > status.st_size:
                    self._at = 0
                self._inode = status.st_ino
                file.seek(self._at)
                whole, end, _ = file.read().rpartition(b"\n")
        except FileNotFoundError:
            return []
        self._at += len(whole) + len(end)
        # At nothing else: names that callers send may hold what Unicode takes for the end of a line.
        return whole.decode(errors="replace").split("\n")


def _join(calls: dict[str, Entry], rows: Iterable[str], connected: dict[str, float]) -> None:
    """Add to the entries of calls what rows tell, and take out of ``connected`` what is known by then."""
    for entry in map(_entry, _rows(rows)):
        if entry is not None:
            calls[entry.call_id] = _joined(calls.get(entry.call_id, entry), entry)
    for call_id in calls.keys() & connected.keys():
        calls[call_id] = structs.replace(calls[call_id], connected_at=connected.pop(call_id))


def _rows(lines: Iterable[str]) -> Iterator[list[str]]:
    """Yield the whole rows among lines. A number may hold line ends; an open quote of a torn row takes no other row."""
    held = ""
    for line in lines:
        row = _row(line) or (_row(f"{held}\n{line}") if held else None)
        if row is not None:
            held = ""
            yield row
        else:
            held = f"{held}\n{line}"[-_LONGEST_ROW:] if held else line


def _row(text: str) -> list[str] | None:
    """Read one row; None when it is none, or torn."""
    if text.count('"') % 2:
        return None
    try:
        row = next(csv.reader([text]), [])
    except csv.Error:  # a line end outside quotes
        return None
    return row if len(row) == _COLUMNS else None


def _joined(one: Entry, other: Entry) -> Entry:
    """Make one entry of two of the same call."""
    outside = max(one, other, key=lambda entry: entry.outside_until)
    answers = [at for at in (one.answered_at, other.answered_at) if at is not None]
    return structs.replace(
        other,
        arrived_at=min(one.arrived_at, other.arrived_at),
        answered_at=min(answers, default=None),
        ended_at=max(one.ended_at, other.ended_at),
        in_fallback=one.in_fallback or other.in_fallback,
        refused=one.refused or other.refused,
        more={**other.more, **one.more},
        refused_why=one.refused_why or other.refused_why,
        connected_at=one.connected_at,
        spoke_with=other.spoke_with or one.spoke_with,
        outside=outside.outside,
        outside_until=outside.outside_until,
    )


def _entry(row: list[str]) -> Entry | None:
    """Read one row; None when it is no citizen's call."""
    columns = (1, 4, 6, 9, 10, 11, 14, 16, 17)
    src, name, rung, start, answer, end, disposition, call_id, mark = (row[number] for number in columns)
    trunk, ddi, *parts = [*mark.split(":"), ""]
    is_outside = row[3] == _OUTSIDE
    if is_outside:  # that leg's own row; it names the caller once they were brought together
        call_id, trunk = row[19], trunk.removeprefix(";")
    try:
        arrived_at, ended_at = _instant(start), _instant(end)
    except ValueError:
        return None
    if not trunk:
        return None
    return Entry(
        call_id=call_id,
        trunk=trunk,
        ddi_raw=ddi,
        ani_raw=src,
        caller_name=name.rpartition(" <")[0].removeprefix('"').removesuffix('"'),
        arrived_at=arrived_at,
        answered_at=_instant(answer) if answer else None,
        ended_at=ended_at,
        in_fallback="fallback" in parts,
        refused="refused" in parts or not _FURTHER.isdisjoint(parts),
        refused_why=next((part for part in parts if part in _FURTHER), ""),
        connected_at=None,
        spoke_with=_endpoint(rung) if disposition == "ANSWERED" and not is_outside else "",
        outside=_endpoint(row[5]) if is_outside else "",
        outside_until=ended_at if is_outside else 0.0,
        more=more(parts),
    )


def _endpoint(channel: str) -> str:
    return channel.partition("/")[2].rpartition("-")[0]


def _connected(queue: Iterable[str]) -> Iterator[tuple[str, float]]:
    for line in queue:
        words = line.split("|")
        if len(words) >= _QUEUE_COLUMNS and words[4] == "CONNECT" and words[0].isdigit():
            yield words[1], float(words[0])


def _instant(text: str) -> float:
    return float(timegm(strptime(text, "%Y-%m-%d %H:%M:%S")))
