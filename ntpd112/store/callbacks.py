"""Whom to call back: callers whose line was lost, until they reached somebody or somebody has seen to them.

Questions may raise one of ``trouble.TROUBLE`` when the database is down or slower than ``limit_s``.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, exists, insert, or_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ntpd112.core.records import CALL_BACK, CallRecord
from ntpd112.store.queries import Records
from ntpd112.store.tables import call_notes, callbacks, calls
from ntpd112.store.transaction import in_transaction


class Callbacks:
    """The list; safe to use by several tasks at once."""

    def __init__(self, engine: AsyncEngine, limit_s: float = 5.0) -> None:
        self._engine = engine
        self._limit_s = limit_s
        self._records = Records(engine, limit_s)

    async def due(self, since: float, *, abandoned: bool = False) -> list[CallRecord]:
        """Calls since then (POSIX seconds) to call back, earliest first; with ``abandoned``, who hung up too."""
        lost = exists().where(call_notes.c.call_id == calls.c.call_id, call_notes.c.text == CALL_BACK)
        later = calls.alias()
        reached = exists().where(
            later.c.ani == calls.c.ani, later.c.arrived_at > calls.c.arrived_at, later.c.connected_at.is_not(None)
        )
        seen_to = exists().where(callbacks.c.call_id == calls.c.call_id)
        wanted: ColumnElement[bool] = or_(lost, calls.c.outcome == "abandoned") if abandoned else lost
        return await self._records.calls_where(calls.c.ani.is_not(None), wanted, ~reached, ~seen_to, since=since)

    async def settle(self, call_id: str, at: float, by: str, note: str) -> bool:
        """Take a call off the list; False when somebody has done so already. The call has to have a record."""

        async def write(connection: AsyncConnection) -> Any:
            await connection.execute(insert(callbacks).values(call_id=call_id, at=at, by=by, note=note))

        try:
            await in_transaction(self._engine.execution_options(writes=True), write, self._limit_s)
        except IntegrityError:
            return False
        return True
