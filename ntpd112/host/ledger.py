"""Asterisk's own call-detail records, which no controller touches: the second ledger.

One row for each citizen's call, whoever served it, or one for each phone that the dialplan rang for it (``cdr_csv``
with ``usegmtime``, ``loguniqueid``, ``loguserfield``, ``newcdrcolumns``). The dialplan marks them with
``trunk:dialled``, and with ``:fallback`` when its own queue took the call or ``:refused`` when it got 503;
``queue_log`` knows when somebody answered there. Times are whole seconds.
"""

from __future__ import annotations

import csv
from calendar import timegm
from collections.abc import Iterator
from pathlib import Path
from time import strptime

from msgspec import Struct, structs

from ntpd112.host.layout import Layout

_TAIL_BYTES = 8 << 20
"""So much of the ends of the files is read: some 25,000 calls."""
_COLUMNS = 21
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
    """More calls were there than the room takes."""


def entries(layout: Layout) -> list[Entry]:
    """Read the latest entries, one for each call that has any; none without a ledger. Raises OSError.

    A call that still goes on may have some already.
    """
    connected = dict(_connected(layout.log / "queue_log"))
    # Line by line: the open quote of a torn row must not take the next row with it.
    found = (_entry(row, connected) for line in _tail(layout.ledger) for row in csv.reader([line]))
    calls: dict[str, Entry] = {}
    for entry in found:
        if entry is not None:
            calls[entry.call_id] = _joined(calls.get(entry.call_id, entry), entry)
    return list(calls.values())


def state_of_files(layout: Layout) -> tuple[tuple[int, int], ...]:
    """Return what changes whenever there is something new to read. Raises OSError."""
    files = (layout.ledger, layout.log / "queue_log")
    found = [file.stat() for file in files if file.exists()]
    return tuple((one.st_size, one.st_mtime_ns) for one in found)


def _joined(one: Entry, other: Entry) -> Entry:
    """Make one entry of two of the same call."""
    answers = [at for at in (one.answered_at, other.answered_at) if at is not None]
    return structs.replace(
        other,
        arrived_at=min(one.arrived_at, other.arrived_at),
        answered_at=min(answers, default=None),
        ended_at=max(one.ended_at, other.ended_at),
        in_fallback=one.in_fallback or other.in_fallback,
        refused=one.refused or other.refused,
        spoke_with=other.spoke_with or one.spoke_with,
    )


def _entry(row: list[str], connected: dict[str, float]) -> Entry | None:
    """Read one row; None when it is no citizen's call, or torn."""
    if len(row) != _COLUMNS:
        return None
    columns = (1, 4, 6, 9, 10, 11, 14, 16, 17)
    src, name, rung, start, answer, end, disposition, call_id, mark = (row[number] for number in columns)
    trunk, _, rest = mark.partition(":")
    ddi, _, fate = rest.partition(":")
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
        in_fallback=fate == "fallback",
        refused=fate == "refused",
        connected_at=connected.get(call_id),
        spoke_with=rung.partition("/")[2].rpartition("-")[0] if disposition == "ANSWERED" else "",
    )


def _connected(queue_log: Path) -> Iterator[tuple[str, float]]:
    for line in _tail(queue_log):
        words = line.split("|")
        if len(words) >= _QUEUE_COLUMNS and words[4] == "CONNECT" and words[0].isdigit():
            yield words[1], float(words[0])


def _tail(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
            return file.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return []


def _instant(text: str) -> float:
    return float(timegm(strptime(text, "%Y-%m-%d %H:%M:%S")))
