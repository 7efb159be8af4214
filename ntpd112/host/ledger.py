"""Asterisk's own call-detail records, which no controller touches: the second ledger.

One row for each citizen's call, whoever served it (``cdr_csv`` with ``usegmtime``, ``loguniqueid``, ``loguserfield``,
``newcdrcolumns``). The dialplan marks them with ``trunk:dialled`` and, when its own queue took the call, ``:fallback``;
``queue_log`` knows when somebody answered there. Times are whole seconds.
"""

from __future__ import annotations

import csv
from calendar import timegm
from collections.abc import Iterator
from pathlib import Path
from time import strptime

from msgspec import Struct

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


def entries(layout: Layout) -> list[Entry]:
    """Read the latest entries, in the order in which the calls ended; none without a ledger. Raises OSError."""
    connected = dict(_connected(layout.log / "queue_log"))
    # Line by line: the open quote of a torn row must not take the next row with it.
    found = (_entry(row, connected) for line in _tail(layout.ledger) for row in csv.reader([line]))
    return [entry for entry in found if entry is not None]


def _entry(row: list[str], connected: dict[str, float]) -> Entry | None:
    """Read one row; None when it is no citizen's call, or torn."""
    if len(row) != _COLUMNS:
        return None
    src, name, spoke_with, start, answer, end, call_id, mark = (row[n] for n in (1, 4, 6, 9, 10, 11, 16, 17))
    trunk, _, rest = mark.partition(":")
    ddi, _, fallback = rest.partition(":")
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
        in_fallback=fallback == "fallback",
        connected_at=connected.get(call_id),
        spoke_with=spoke_with.partition("/")[2].rpartition("-")[0],
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
