"""Writes one batch of facts, in one transaction, such that writing it again changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from ntpd112.core.cdr import OUT_OF_SIGHT
from ntpd112.core.records import CallRecord
from ntpd112.store.envelope import Envelope
from ntpd112.store.insert import Row, insert, insert_new
from ntpd112.store.save_facts import save_facts
from ntpd112.store.tables import call_notes, calls, offers

_CALL_COLUMNS = tuple(column.name for column in calls.columns)
_OFFER_COLUMNS = tuple(column.name for column in offers.columns if column.name not in {"call_id", "position"})


class Conflict(NamedTuple):
    """A second record of a call that ends differently from the one already there, which stays."""

    place: int
    """In the batch."""
    reason: str


async def save(connection: AsyncConnection, batch: Sequence[Envelope]) -> list[Conflict]:
    """Insert what is new of the batch. Raises SQLAlchemy's errors; the caller owns the transaction."""
    conflicts = await _save_calls(connection, batch)
    await save_facts(connection, batch)
    return conflicts


async def _save_calls(connection: AsyncConnection, batch: Sequence[Envelope]) -> list[Conflict]:
    records = [(place, item.call) for place, item in enumerate(batch) if item.call is not None]
    first: dict[str, CallRecord] = {}
    for _, call in records:
        first.setdefault(call.call_id, call)
    if not first:
        return []
    rows = [{name: getattr(call, name) for name in _CALL_COLUMNS} for call in first.values()]
    added = await insert_new(connection, calls, rows, "call_id")
    new = [call for call in first.values() if call.call_id in added]
    await insert(connection, offers, [row for call in new for row in _offer_rows(call)])
    await insert(connection, call_notes, [row for call in new for row in _note_rows(call)])
    written = {id(call) for call in new}
    return await _conflicts(connection, [(place, call) for place, call in records if id(call) not in written])


async def _conflicts(connection: AsyncConnection, again: Sequence[tuple[int, CallRecord]]) -> list[Conflict]:
    """Tell records said twice, which is harmless, from two different records of one call.

    Of a call that went to the dialplan's own queue the one here may know the end (:mod:`ntpd112.store.completion`). A
    power cut may take an end from the journal that the database has: then the next controller knows no better than that
    the call was lost.
    """
    stored = select(calls.c.call_id, calls.c.ended_at, calls.c.outcome, calls.c.stage)
    stored = stored.where(calls.c.call_id.in_({call.call_id for _, call in again}))
    endings = {call_id: ending for call_id, *ending in await connection.execute(stored)}
    return [
        Conflict(place, f"call {call.call_id} is recorded already with another ending ({outcome} at {ended_at})")
        for place, call in again
        for ended_at, outcome, stage in [endings[call.call_id]]
        if (ended_at, outcome) != (call.ended_at, call.outcome)
        and not _is_completed(call, stage)
        and OUT_OF_SIGHT not in call.notes
    ]


def _is_completed(call: CallRecord, stage: str) -> bool:
    return (call.stage, call.outcome, stage) == ("fallback", "overflowed", "fallback")


def _offer_rows(call: CallRecord) -> list[Row]:
    return [
        {"call_id": call.call_id, "position": place} | {name: getattr(offer, name) for name in _OFFER_COLUMNS}
        for place, offer in enumerate(call.offers)
    ]


def _note_rows(call: CallRecord) -> list[Row]:
    return [{"call_id": call.call_id, "position": place, "text": text} for place, text in enumerate(call.notes)]
