"""Questions to the records, with typed answers.

Every question may raise one of ``trouble.TROUBLE`` when the database is down or slower than ``limit_s``: whoever asks
shows "not known now" then, and never keeps a caller waiting for an answer. The calls that the centre makes to itself
are left out of every count and list that does not ask for them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Column, ColumnElement, Row, RowMapping, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ntpd112.core.records import CallRecord, IncidentFact
from ntpd112.store.tables import (
    call_notes,
    calls,
    incident_calls,
    incident_facts,
    incident_fields,
    incident_notes,
    incidents,
    invite_to_human_s,
    offers,
    queue_to_human_s,
)
from ntpd112.store.transaction import in_transaction

DAY_S = 86_400.0
_AT_ONCE = 500
"""Values in one statement; SQLite takes 32,766, older ones 999."""
TOLERANCE_S = 0.0005
"""Half a millisecond: subtracting two instants of today as doubles errs by less than a thousandth of this."""


class IncidentNote(Struct, frozen=True):
    """One note; ``at`` in POSIX seconds."""

    at: float
    by: str
    text: str


class IncidentCall(Struct, frozen=True):
    """One call that reports the incident, linked ``at`` (POSIX seconds) ``by`` somebody."""

    call_id: str
    at: float
    by: str


class IncidentField(Struct, frozen=True):
    """What one field of an incident's form says; ``at`` in POSIX seconds."""

    field: str
    text: str
    at: float
    by: str


class Incident(Struct, frozen=True):
    """Where an incident stands. Instants in POSIX seconds."""

    incident_id: str
    type: str | None
    status: str
    opened_at: float
    closed_at: float | None
    operator: str | None
    """Who opened it."""
    calls: tuple[IncidentCall, ...]
    notes: tuple[IncidentNote, ...]
    fields: tuple[IncidentField, ...]


class ClockReading(Struct, frozen=True):
    """One answering clock over some calls."""

    answered: int
    """Calls this clock could be read of."""
    within_15_s: int
    within_20_s: int
    longest_s: float | None
    missed_15_s: int
    """Callers whom nobody answered, and who waited longer than that."""
    missed_20_s: int

    @property
    def of_15_s(self) -> int:
        """Calls of which :attr:`within_15_s` are a share."""
        return self.answered + self.missed_15_s

    @property
    def of_20_s(self) -> int:
        """Calls of which :attr:`within_20_s` are a share."""
        return self.answered + self.missed_20_s


class Answering(Struct, frozen=True):
    """How fast calls reached a human.

    The share of a goal is ``within`` divided by ``of``: whoever has waited longer than the goal was not served in time,
    answered or not. Who gave up sooner could still have been, and is only counted beside it.
    """

    arrived: int
    from_invite: ClockReading
    from_queue: ClockReading
    """Without the calls that reached a human past the queue."""
    abandoned: int
    abandoned_within_15_s: int
    """Gave up within 15 s of the INVITE."""
    abandoned_within_20_s: int


class Records:
    """Asks the records; safe to use by several tasks at once."""

    def __init__(self, engine: AsyncEngine, limit_s: float = 5.0) -> None:
        self._engine = engine
        self._limit_s = limit_s

    async def call(self, call_id: str) -> CallRecord | None:
        """One call with its offers and notes."""
        found = await self._calls(calls.c.call_id == call_id, limit=1)
        return found[0] if found else None

    async def known(self, call_ids: Sequence[str]) -> set[str]:
        """Return those of the calls that have a record."""

        async def ask(connection: AsyncConnection) -> set[str]:
            found: set[str] = set()
            for first in range(0, len(call_ids), _AT_ONCE):
                wanted = select(calls.c.call_id).where(calls.c.call_id.in_(call_ids[first : first + _AT_ONCE]))
                found |= set((await connection.execute(wanted)).scalars())
            return found

        return await in_transaction(self._engine, ask, self._limit_s)

    async def calls_since(
        self,
        since: float,
        until: float | None = None,
        *,
        outcome: str | None = None,
        limit: int = 1000,
        self_calls: bool = False,
    ) -> list[CallRecord]:
        """Calls that arrived from ``since`` to before ``until`` (POSIX seconds), earliest first."""
        conditions = [
            *arrived(since, until, self_calls=self_calls),
            *([calls.c.outcome == outcome] if outcome is not None else []),
        ]
        return await self._calls(*conditions, limit=limit)

    async def calls_where(
        self, *conditions: ColumnElement[bool], since: float, limit: int = 1000, latest_first: bool = False
    ) -> list[CallRecord]:
        """Calls of which this is true, that arrived since then, earliest first unless asked otherwise."""
        return await self._calls(*arrived(since, None), *conditions, limit=limit, latest_first=latest_first)

    async def calls_of_ani(self, ani: str, days: float, now: float, limit: int = 100) -> list[CallRecord]:
        """Calls from this number (E.164) in the last ``days``, latest first."""
        conditions = (calls.c.ani == ani, calls.c.arrived_at >= now - days * DAY_S)
        return await self._calls(*conditions, limit=limit, latest_first=True)

    async def calls_of_operator(self, operator: str, since: float, limit: int = 1000) -> list[CallRecord]:
        """Calls this operator spoke on first, that arrived since then, earliest first."""
        return await self._calls(calls.c.operator == operator, calls.c.arrived_at >= since, limit=limit)

    async def incident(self, incident_id: str) -> Incident | None:
        """One incident with its calls and notes."""
        found = await self._incidents(incidents.c.incident_id == incident_id, limit=1)
        return found[0] if found else None

    async def open_incidents(self, limit: int = 1000) -> list[Incident]:
        """What is not closed, latest first."""
        return await self._incidents(incidents.c.status == "open", limit=limit)

    async def incidents_where(self, *conditions: ColumnElement[bool], limit: int) -> list[Incident]:
        """Incidents of which this is true, latest first."""
        return await self._incidents(*conditions, limit=limit)

    async def incidents_of_ani(
        self, ani: str, days: float, now: float, *, only_open: bool = False, limit: int = 100
    ) -> list[Incident]:
        """Incidents opened in the last ``days`` that a finished call from this number reported, latest first."""
        reported = (
            select(incident_calls.c.incident_id)
            .join(calls, calls.c.call_id == incident_calls.c.call_id)
            .where(calls.c.ani == ani)
        )
        conditions = [incidents.c.incident_id.in_(reported), incidents.c.opened_at >= now - days * DAY_S]
        if only_open:
            conditions.append(incidents.c.status == "open")
        return await self._incidents(*conditions, limit=limit)

    async def incident_facts(self, incident_id: str) -> list[IncidentFact]:
        """Everything said about an incident, in order."""
        log = (
            select(incident_facts.c.body)
            .where(incident_facts.c.incident_id == incident_id)
            .order_by(incident_facts.c.seq, incident_facts.c.fact_id)
        )
        return [msgspec.json.decode(row.body, type=IncidentFact) for row in await self._rows(log)]

    async def outcomes(self, since: float, until: float | None = None) -> dict[str, int]:
        """How many of the calls that arrived then ended how."""
        counted = (
            select(calls.c.outcome, func.count().label("calls")).where(*arrived(since, until)).group_by(calls.c.outcome)
        ).order_by(calls.c.outcome)
        return {row.outcome: row.calls for row in await self._rows(counted)}

    async def answering(self, since: float, until: float | None = None) -> Answering:
        """Both answering clocks over the calls that arrived then. A call of exactly 15 s is within 15 s."""
        gave_up = calls.c.outcome == "abandoned"
        lasted_s = calls.c.ended_at - calls.c.arrived_at
        asked = select(
            func.count(),
            *_clock(invite_to_human_s, lasted_s),
            *_clock(queue_to_human_s, calls.c.ended_at - calls.c.queued_at),
            func.count().filter(gave_up),
            *(func.count().filter(gave_up, lasted_s <= goal_s + TOLERANCE_S) for goal_s in (15, 20)),
        ).where(*arrived(since, until))
        row = tuple((await self._rows(asked))[0])
        return Answering(row[0], ClockReading(*row[1:7]), ClockReading(*row[7:13]), *row[13:])

    async def _calls(
        self, *conditions: ColumnElement[bool], limit: int, latest_first: bool = False
    ) -> list[CallRecord]:
        order = calls.c.arrived_at.desc() if latest_first else calls.c.arrived_at
        wanted = select(calls).where(*conditions).order_by(order, calls.c.call_id).limit(limit)
        rung = select(offers).order_by(offers.c.position)
        said = select(call_notes).order_by(call_notes.c.position)
        found = await self._whole(wanted, calls.c.call_id, {"offers": rung, "notes": said})
        return [
            msgspec.convert(call | {"notes": [note["text"] for note in call["notes"]]}, CallRecord) for call in found
        ]

    async def _incidents(self, *conditions: ColumnElement[bool], limit: int) -> list[Incident]:
        order = (incidents.c.opened_at.desc(), incidents.c.incident_id)
        wanted = select(incidents).where(*conditions).order_by(*order).limit(limit)
        linked = select(incident_calls).order_by(incident_calls.c.seq)
        said = select(incident_notes).order_by(incident_notes.c.seq)
        written = select(incident_fields).order_by(incident_fields.c.field)
        parts = {"calls": linked, "notes": said, "fields": written}
        found = await self._whole(wanted, incidents.c.incident_id, parts)
        return [msgspec.convert(incident, Incident) for incident in found]

    async def _rows(self, asked: Select[Any]) -> Sequence[Row[Any]]:
        async def ask(connection: AsyncConnection) -> Sequence[Row[Any]]:
            rows: Sequence[Row[Any]] = (await connection.execute(asked)).all()
            return rows

        return await in_transaction(self._engine, ask, self._limit_s)

    async def _whole(
        self, wanted: Select[Any], key: Column[str], parts: dict[str, Select[Any]]
    ) -> list[dict[str, Any]]:
        """Rows together with the rows of other tables that belong to them."""

        async def ask(connection: AsyncConnection) -> list[dict[str, Any]]:
            rows = [_plain(row) for row in (await connection.execute(wanted)).mappings()]
            ids = [row[key.name] for row in rows]
            for name, part in parts.items():
                belonging = await _belonging(connection, part, key.name, ids)
                for row in rows:
                    row[name] = belonging[row[key.name]]
            return rows

        return await in_transaction(self._engine, ask, self._limit_s)


_CHUNK = 1000
"""Keys in one question: both databases bound the parameters of a statement."""


async def _belonging(
    connection: AsyncConnection, part: Select[Any], key: str, ids: Sequence[str]
) -> dict[str, list[dict[str, Any]]]:
    """The rows that belong to these, by what they belong to."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    column = part.selected_columns[key]
    for start in range(0, len(ids), _CHUNK):
        asked = part.where(column.in_(ids[start : start + _CHUNK]))
        for row in (await connection.execute(asked)).mappings():
            found[row[key]].append(_plain(row))
    return found


def _plain(row: RowMapping) -> dict[str, Any]:
    """A row for msgspec, which takes no subclass of ``str`` for a key; SQLAlchemy's column names are one."""
    return {str(name): value for name, value in row.items()}


def arrived(since: float, until: float | None, *, self_calls: bool = False) -> list[ColumnElement[bool]]:
    """Conditions of the calls that arrived then. Those of the centre to itself are no citizen's."""
    conditions = [calls.c.arrived_at >= since]
    if until is not None:
        conditions.append(calls.c.arrived_at < until)
    if not self_calls:
        conditions.append(calls.c.trunk_kind != "selftest")
    return conditions


def _clock(clock_s: ColumnElement[Any], waited_s: ColumnElement[Any]) -> tuple[ColumnElement[Any], ...]:
    """What is counted of one clock; ``waited_s``: by that clock, of callers whom nobody has answered."""
    within = (func.count().filter(clock_s <= goal_s + TOLERANCE_S) for goal_s in (15, 20))
    nobody = calls.c.connected_at.is_(None)
    missed = (func.count().filter(nobody, waited_s > goal_s + TOLERANCE_S) for goal_s in (15, 20))
    return (func.count(clock_s), *within, func.max(clock_s), *missed)
