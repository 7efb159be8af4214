"""What is known of a number when it calls: earlier calls, what they were, open incidents, marks.

Questions may raise one of ``trouble.TROUBLE`` when the database is down or slower than ``limit_s``: an operator's phone
rings all the same.
"""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, RowMapping, delete, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ntpd112.core.records import Side
from ntpd112.store.insert import dialect_insert
from ntpd112.store.queries import DAY_S
from ntpd112.store.tables import call_classes, calls, incident_calls, incidents, marks
from ntpd112.store.transaction import in_transaction

DAYS: Final = 30.0
_MOST_CALLS: Final = 20
_MOST_INCIDENTS: Final = 10


class PastCall(Struct, frozen=True):
    """An earlier call. Instants in POSIX seconds."""

    call_id: str
    arrived_at: float
    outcome: str
    type: str | None
    operator: str | None
    incident_id: str | None
    call_class: str | None
    disposition: str | None
    ani_raw: str
    """The number as it was sent; empty: none was."""
    connected_at: float | None
    ended_at: float
    side: Side
    """Whose end it was."""


class OpenIncident(Struct, frozen=True):
    """An incident that is not closed and that this number has reported."""

    incident_id: str
    type: str | None
    opened_at: float


class Mark(Struct, frozen=True):
    """What operators shall be told of a number, until when and by whom."""

    mark: str
    until: float
    at: float
    by: str


class Context(Struct, frozen=True):
    """What is known of a number."""

    calls: tuple[PastCall, ...]
    """The latest twenty of the last thirty days, latest first."""
    incidents: tuple[OpenIncident, ...]
    mark: Mark | None


class Contexts:
    """Asks; safe to use by several tasks at once."""

    def __init__(self, engine: AsyncEngine, limit_s: float = 2.0) -> None:
        self._engine = engine
        self._limit_s = limit_s

    async def of(self, ani: str, now: float) -> Context:
        """Return what is known of a number (E.164) at this instant."""
        since = now - DAYS * DAY_S
        past = (
            select(calls, call_classes.c.call_class, call_classes.c.disposition)
            .outerjoin(call_classes, call_classes.c.call_id == calls.c.call_id)
            .where(calls.c.ani == ani, calls.c.arrived_at >= since)
            .order_by(calls.c.arrived_at.desc())
            .limit(_MOST_CALLS)
        )
        reported = (
            select(incident_calls.c.incident_id)
            .join(calls, calls.c.call_id == incident_calls.c.call_id)
            .where(calls.c.ani == ani, calls.c.arrived_at >= since)
        )
        still_open = (
            select(incidents)
            .where(incidents.c.status == "open", incidents.c.incident_id.in_(reported))
            .order_by(incidents.c.opened_at.desc())
            .limit(_MOST_INCIDENTS)
        )
        marked = select(marks).where(marks.c.ani == ani, marks.c.until > now)

        async def ask(connection: AsyncConnection) -> Context:
            found = {
                "calls": [_plain(row) for row in (await connection.execute(past)).mappings()],
                "incidents": [_plain(row) for row in (await connection.execute(still_open)).mappings()],
                "mark": next((_plain(row) for row in (await connection.execute(marked)).mappings()), None),
            }
            return msgspec.convert(found, Context)

        return await in_transaction(self._engine, ask, self._limit_s)

    async def unclassified(self, operator: str, since: float) -> list[PastCall]:
        """Return an operator's calls since then (POSIX seconds) of which nobody said what they were, latest first."""
        asked = (
            select(calls, call_classes.c.call_class, call_classes.c.disposition)
            .outerjoin(call_classes, call_classes.c.call_id == calls.c.call_id)
            .where(calls.c.operator == operator, calls.c.arrived_at >= since, *without_class())
            .order_by(calls.c.arrived_at.desc())
            .limit(_MOST_CALLS)
        )

        async def ask(connection: AsyncConnection) -> list[PastCall]:
            return [msgspec.convert(_plain(row), PastCall) for row in (await connection.execute(asked)).mappings()]

        return await in_transaction(self._engine, ask, self._limit_s)

    async def mark(self, ani: str, mark: Mark) -> None:
        """Mark a number; an earlier mark is replaced."""
        values = {"ani": ani, **msgspec.structs.asdict(mark)}

        async def write(connection: AsyncConnection) -> None:
            statement = dialect_insert(connection, marks).values(values)
            await connection.execute(statement.on_conflict_do_update(index_elements=["ani"], set_=values))

        await in_transaction(self._engine.execution_options(writes=True), write, self._limit_s)

    async def unmark(self, ani: str) -> None:
        """Take a number's mark away, if it has one."""

        async def write(connection: AsyncConnection) -> None:
            await connection.execute(delete(marks).where(marks.c.ani == ani))

        await in_transaction(self._engine.execution_options(writes=True), write, self._limit_s)


def without_class() -> tuple[ColumnElement[bool], ...]:
    """Conditions of the calls of which somebody could say what they were, and nobody has: those with an incident."""
    said = call_classes.alias()
    return calls.c.incident_id.is_not(None), ~exists().where(said.c.call_id == calls.c.call_id)


def _plain(row: RowMapping) -> dict[str, object]:
    return {str(name): value for name, value in row.items()}
