"""What became of callers whom the controller gave to the dialplan's own queue, once Asterisk's ledger tells it."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from sqlalchemy import exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ntpd112.core.records import Outcome
from ntpd112.store.tables import call_notes, calls
from ntpd112.store.transaction import in_transaction

COMPLETED = "its end is from Asterisk's own ledger"


class Ending(Struct, frozen=True):
    """How a call ended in the dialplan's own queue. Instants are POSIX seconds, whole ones."""

    call_id: str
    outcome: Outcome
    operator: str | None
    connected_at: float | None
    ended_at: float


async def complete(engine: AsyncEngine, endings: Iterable[Ending], limit_s: float = 5.0) -> set[str]:
    """Complete records that end with the dialplan's own queue, once each; return the ids of those that did.

    A call without a record is passed over. Raises one of ``trouble.TROUBLE``.
    """

    async def write(connection: AsyncConnection) -> set[str]:
        return {ending.call_id for ending in endings if await _complete(connection, ending)}

    return await in_transaction(engine.execution_options(writes=True), write, limit_s)


async def _complete(connection: AsyncConnection, ending: Ending) -> bool:
    given_back = (
        calls.c.call_id == ending.call_id,
        calls.c.stage == "fallback",
        calls.c.outcome == "overflowed",
        calls.c.connected_at.is_(None),
    )
    told = exists().where(call_notes.c.call_id == calls.c.call_id, call_notes.c.text == COMPLETED)
    gave_back_at = (await connection.execute(select(calls.c.ended_at).where(*given_back, ~told))).scalar()
    if gave_back_at is None:
        return False
    # The ledger's seconds are whole: nothing may seem to have happened before it did.
    connected_at = None if ending.connected_at is None else max(gave_back_at, ending.connected_at)
    values = {
        "outcome": ending.outcome,
        "operator": ending.operator,
        "connected_at": connected_at,
        "ended_at": max(connected_at or gave_back_at, ending.ended_at),
    }
    if ending.outcome == "abandoned":
        values["side"] = "caller"
    await connection.execute(update(calls).where(*given_back).values(values))
    notes = select(func.count()).where(call_notes.c.call_id == ending.call_id)
    place = (await connection.execute(notes)).scalar_one()
    await connection.execute(insert(call_notes).values(call_id=ending.call_id, position=place, text=COMPLETED))
    return True
