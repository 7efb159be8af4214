"""Looks calls and incidents up, latest first, a page at a time.

A page begins behind a call or an incident that is known already (``before``), and not at a count: what comes meanwhile
moves nothing, and the thousandth page costs as much as the first. Every question may raise one of ``trouble.TROUBLE``.

The indexes that are there carry it: by operator or outcome it is one with the instant behind it, and by number
PostgreSQL takes the number's once it knows how few calls it has; else the calls are read backward by their arrival
until the page is full, at worst those of the whole time that is asked for (half a million: 0.2 s, SQLite).
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from sqlalchemy import Column, ColumnElement, Table, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ntpd112.core.records import CallClass, CallRecord, Disposition
from ntpd112.store.context import without_class
from ntpd112.store.queries import Incident, Records
from ntpd112.store.tables import call_classes, calls, incident_fields, incident_notes, incidents
from ntpd112.store.text import clean_key, clean_text
from ntpd112.store.transaction import in_transaction


class CallFilter(Struct, frozen=True, kw_only=True):
    """Which calls; what is None counts for nothing. Instants are POSIX seconds."""

    since: float
    until: float | None = None
    number_begins: str | None = None
    """With + and country code."""
    number_has: str | None = None
    """Digits anywhere in the number, also in one that came as nothing dialable."""
    operator: str | None = None
    type: str | None = None
    call_class: CallClass | None = None
    is_unclassified: bool = False
    """Nobody has said what it was, though somebody could."""
    outcome: str | None = None


class IncidentFilter(Struct, frozen=True, kw_only=True):
    """Which incidents; what is None counts for nothing. ``since``: POSIX seconds."""

    since: float
    status: str | None = None
    type: str | None = None
    text: str | None = None
    """Stands, in whatever case, in a field of the form or in a note."""


class Said(Struct, frozen=True):
    """What somebody said a call was, ``at`` POSIX seconds."""

    call_class: CallClass
    disposition: Disposition
    at: float
    by: str


class FoundCall(Struct, frozen=True):
    """A call, and what it was, once somebody has said so."""

    record: CallRecord
    said: Said | None


class Search:
    """Looks up; safe to use by several tasks at once."""

    def __init__(self, engine: AsyncEngine, limit_s: float = 5.0) -> None:
        self._engine = engine
        self._limit_s = limit_s
        self._records = Records(engine, limit_s)

    async def calls(self, wanted: CallFilter, before: str | None = None, limit: int = 50) -> list[FoundCall]:
        """Return calls, the latest first; ``before``: the call behind which to begin."""
        conditions = [*_conditions(wanted), *_behind(before, calls.c.arrived_at, calls.c.call_id)]
        found = await self._records.calls_where(*conditions, since=wanted.since, limit=limit, latest_first=True)
        return await self._with_classes(found)

    async def call(self, call_id: str) -> FoundCall | None:
        """Return one call."""
        record = await self._records.call(clean_key(call_id))
        return None if record is None else (await self._with_classes([record]))[0]

    async def incidents(self, wanted: IncidentFilter, before: str | None = None, limit: int = 50) -> list[Incident]:
        """Return incidents, the latest first; ``before``: the incident behind which to begin."""
        conditions = [incidents.c.opened_at >= wanted.since, *_incident_conditions(wanted)]
        conditions += _behind(before, incidents.c.opened_at, incidents.c.incident_id)
        return await self._records.incidents_where(*conditions, limit=limit)

    async def _with_classes(self, found: list[CallRecord]) -> list[FoundCall]:
        asked = select(call_classes).where(call_classes.c.call_id.in_([record.call_id for record in found]))

        async def ask(connection: AsyncConnection) -> dict[str, Said]:
            rows = (await connection.execute(asked)).mappings()
            return {row["call_id"]: Said(**{name: row[name] for name in Said.__struct_fields__}) for row in rows}

        said = await in_transaction(self._engine, ask, self._limit_s) if found else {}
        return [FoundCall(record, said.get(record.call_id)) for record in found]


def _conditions(wanted: CallFilter) -> Iterable[ColumnElement[bool]]:
    if wanted.until is not None:
        yield calls.c.arrived_at < wanted.until
    if wanted.number_begins is not None:
        yield from _begins_with(calls.c.ani, wanted.number_begins)
    if wanted.number_has is not None:
        yield or_(calls.c.ani.contains(wanted.number_has), calls.c.ani_raw.contains(wanted.number_has))
    for column, value in ((calls.c.operator, wanted.operator), (calls.c.outcome, wanted.outcome)):
        if value is not None:
            yield column == clean_key(value)
    if wanted.type is not None:
        yield calls.c.type == clean_text(wanted.type)
    if wanted.is_unclassified:
        yield from without_class()
    if wanted.call_class is not None:
        said = exists().where(call_classes.c.call_id == calls.c.call_id)
        yield said.where(call_classes.c.call_class == wanted.call_class)


def _incident_conditions(wanted: IncidentFilter) -> Iterable[ColumnElement[bool]]:
    if wanted.status is not None:
        yield incidents.c.status == wanted.status
    if wanted.type is not None:
        yield incidents.c.type == clean_text(wanted.type)
    if wanted.text is not None:
        yield or_(*(_has(part, clean_text(wanted.text)) for part in (incident_fields, incident_notes)))


def _has(part: Table, text: str) -> ColumnElement[bool]:
    its = part.c.incident_id == incidents.c.incident_id
    return exists().where(its, part.c.text.icontains(text, autoescape=True))


def _begins_with(column: Column[str], number: str) -> Iterable[ColumnElement[bool]]:
    """Numbers of one beginning, as a range: LIKE cannot use PostgreSQL's index in most collations."""
    yield column >= number
    digits = number.removeprefix("+")
    following = f"+{str(int(digits) + 1).zfill(len(digits))}"
    if len(following) == len(number):
        yield column < following


def _behind(known: str | None, at: Column[float], key: Column[str]) -> Iterable[ColumnElement[bool]]:
    if known is None:
        return
    known = clean_key(known)
    instant = select(at).where(key == known).scalar_subquery()
    yield at <= instant  # for the index; the rest decides among those of the same instant
    yield or_(at < instant, key > known)
