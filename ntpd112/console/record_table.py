"""Calls as a table for spreadsheets: CSV that a double click opens in Excel or LibreOffice with Indonesian settings.

That is: UTF-8 with a byte order mark (else Excel takes it for Windows-1252), semicolons between the cells and a comma
in 12,5 (Indonesian settings write numbers so, and lists with semicolons), every cell in quotes, CR LF at the end of a
row (RFC 4180). Instants are the city's time, as 2026-11-24 08:15:30, which every setting reads as a date.

Whoever calls chooses the name and often the number that is shown, and a spreadsheet computes what begins with ``=``,
``+``, ``-`` or ``@``: a name such as ``=HYPERLINK(...)`` would be run by whoever opens the table. Such cells get an
apostrophe in front, which makes them text (OWASP, "CSV Injection"); so do those that begin with TAB, CR, LF or a wide
form of these signs, and spaces before them do not help. For telephone numbers this is no loss: ``'+6281234567890``
keeps every digit, while ``+6281234567890`` would become the number 6,28123E+12.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from ntpd112.console.record_shapes import lasted_s, waited_s
from ntpd112.store.search import FoundCall

MEDIA_TYPE: Final = "text/csv"
BYTE_ORDER_MARK: Final = "\ufeff".encode()
COLUMNS: Final = (
    "call",
    "arrived",
    "number",
    "number_raw",
    "caller_name",
    "dialled",
    "trunk",
    "trunk_kind",
    "type",
    "waited_s",
    "duration_s",
    "outcome",
    "operator",
    "destination",
    "class",
    "disposition",
    "incident",
    "notes",
)
_COMPUTED: Final = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


class Table:
    """Writes rows for one city. ``words``: of a column in another language; ``heading``: the columns' names there."""

    def __init__(
        self,
        zone: ZoneInfo,
        heading: Mapping[str, str] | None = None,
        words: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self._zone = zone
        self._heading = heading or {}
        self._words = words or {}

    def heading(self) -> bytes:
        """Return the first row, after the byte order mark."""
        return BYTE_ORDER_MARK + _rows([[self._heading.get(name, name) for name in COLUMNS]])

    def rows(self, found: Iterable[FoundCall]) -> bytes:
        """Return a row for each call."""
        return _rows(self._row(one) for one in found)

    def _row(self, found: FoundCall) -> list[str]:
        texts = zip(COLUMNS, _texts(found, self._zone), strict=True)
        return [harmless(self._words.get(name, {}).get(text, text)) for name, text in texts]


def harmless(text: str) -> str:
    """Return a cell's text such that no spreadsheet computes it."""
    return f"'{text}" if text.lstrip(" ").startswith(_COMPUTED) else text


def _rows(cells: Iterable[Iterable[str]]) -> bytes:
    written = io.StringIO()
    csv.writer(written, delimiter=";", quoting=csv.QUOTE_ALL).writerows(cells)
    return written.getvalue().encode("utf-8", "replace")


def _texts(found: FoundCall, zone: ZoneInfo) -> list[str]:
    record, said = found.record, found.said
    texts = (
        record.call_id,
        datetime.fromtimestamp(record.arrived_at, zone).strftime("%Y-%m-%d %H:%M:%S"),
        record.ani,
        record.ani_raw,
        record.caller_name,
        record.ddi,
        record.trunk,
        record.trunk_kind,
        record.type,
        _seconds(waited_s(record)),
        _seconds(lasted_s(record)),
        record.outcome,
        record.operator,
        record.destination,
        said.call_class if said is not None else None,
        said.disposition if said is not None else None,
        record.incident_id,
        " | ".join(record.notes),
    )
    return [text or "" for text in texts]


def _seconds(value: float) -> str:
    return f"{value:.1f}".replace(".", ",")
