"""Writes one batch of facts, in one transaction, such that writing it again changes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from ntpd112.core.records import CallRecord, IncidentCallLinked, IncidentFact, IncidentNoted, IncidentOpened
from ntpd112.store.envelope import Envelope, fact_body, fact_id
from ntpd112.store.fold import STANDING_KINDS, Standing, fold
from ntpd112.store.tables import call_notes, calls, incident_calls, incident_facts, incident_notes, incidents, offers

Row = dict[str, Any]
_CALL_COLUMNS = tuple(column.name for column in calls.columns)
_OFFER_COLUMNS = tuple(column.name for column in offers.columns if column.name not in {"call_id", "position"})
_fact_decoder: msgspec.json.Decoder[IncidentFact] = msgspec.json.Decoder(IncidentFact)


class Conflict(NamedTuple):
    """A second record of a call that ends differently from the one already there, which stays."""

    place: int
    """In the batch."""
    reason: str


async def save(connection: AsyncConnection, batch: Sequence[Envelope]) -> list[Conflict]:
    """Insert what is new of the batch. Raises SQLAlchemy's errors; the caller owns the transaction."""
    conflicts = await _save_calls(connection, batch)
    await _save_facts(connection, batch)
    return conflicts


async def _save_calls(connection: AsyncConnection, batch: Sequence[Envelope]) -> list[Conflict]:
    records = [(place, item.call) for place, item in enumerate(batch) if item.call is not None]
    first: dict[str, CallRecord] = {}
    for _, call in records:
        first.setdefault(call.call_id, call)
    if not first:
        return []
    rows = [{name: getattr(call, name) for name in _CALL_COLUMNS} for call in first.values()]
    added = await _insert_new(connection, calls, rows, "call_id")
    new = [call for call in first.values() if call.call_id in added]
    await _insert(connection, offers, [row for call in new for row in _offer_rows(call)])
    await _insert(connection, call_notes, [row for call in new for row in _note_rows(call)])
    written = {id(call) for call in new}
    return await _conflicts(connection, [(place, call) for place, call in records if id(call) not in written])


async def _conflicts(connection: AsyncConnection, again: Sequence[tuple[int, CallRecord]]) -> list[Conflict]:
    """Tell records said twice, which is harmless, from two different records of one call.

    Of a call that went to the dialplan's own queue the one here may know the end (:mod:`ntpd112.store.completion`).
    """
    stored = select(calls.c.call_id, calls.c.ended_at, calls.c.outcome, calls.c.stage)
    stored = stored.where(calls.c.call_id.in_({call.call_id for _, call in again}))
    endings = {call_id: ending for call_id, *ending in await connection.execute(stored)}
    return [
        Conflict(place, f"call {call.call_id} is recorded already with another ending ({outcome} at {ended_at})")
        for place, call in again
        for ended_at, outcome, stage in [endings[call.call_id]]
        if (ended_at, outcome) != (call.ended_at, call.outcome) and not _is_completed(call, stage)
    ]


def _is_completed(call: CallRecord, stage: str) -> bool:
    return (call.stage, call.outcome, stage) == ("fallback", "overflowed", "fallback")


async def _save_facts(connection: AsyncConnection, batch: Sequence[Envelope]) -> None:
    rows: dict[str, Row] = {}
    facts: dict[str, IncidentFact] = {}
    for item in batch:
        if (fact := item.fact) is not None:
            body = fact_body(fact)
            key = fact_id(body)
            facts.setdefault(key, fact)
            rows.setdefault(key, _fact_row(key, item.seq, fact, body))
    if not rows:
        return
    first_heard = {row["incident_id"]: row["at"] for row in reversed(rows.values())}
    # In the order of their names, so that two writers of one database cannot wait for each other in a circle.
    opened = [{"incident_id": key, "status": "open", "opened_at": first_heard[key]} for key in sorted(first_heard)]
    await _insert_new(connection, incidents, opened, "incident_id")
    await _lock(connection, sorted(first_heard))
    added = await _insert_new(connection, incident_facts, list(rows.values()), "fact_id")
    new = {key: facts[key] for key in rows if key in added}
    await _link(connection, [_link_row(rows[key], fact) for key, fact in new.items()])
    await _insert(
        connection,
        incident_notes,
        [_text_row(rows[key], fact) for key, fact in new.items() if isinstance(fact, IncidentNoted)],
    )
    await _refold(connection, sorted({fact.incident_id for fact in new.values()}))


async def _refold(connection: AsyncConnection, touched: Sequence[str]) -> None:
    """Fold anew, from the log: a fact that comes late takes its place among the others."""
    if not touched:
        return
    log = (
        select(incident_facts.c.incident_id, incident_facts.c.body)
        .where(incident_facts.c.incident_id.in_(touched), incident_facts.c.kind.in_(STANDING_KINDS))
        .order_by(incident_facts.c.seq, incident_facts.c.fact_id)
    )
    said: dict[str, list[IncidentFact]] = defaultdict(list)
    for incident_id, body in await connection.execute(log):
        said[incident_id].append(_fact_decoder.decode(body))
    heard = select(incidents.c.incident_id, incidents.c.opened_at).where(incidents.c.incident_id.in_(touched))
    rows = [
        {"key": incident_id} | msgspec.structs.asdict(fold(said[incident_id], opened_at))
        for incident_id, opened_at in await connection.execute(heard)
    ]
    values: Row = {name: bindparam(name) for name in Standing.__struct_fields__}
    await connection.execute(update(incidents).where(incidents.c.incident_id == bindparam("key")).values(values), rows)


async def _lock(connection: AsyncConnection, keys: Sequence[str]) -> None:
    """Hold the incidents against other writers until the commit (SQLite holds the whole file anyway)."""
    mine = select(incidents.c.incident_id).where(incidents.c.incident_id.in_(keys)).order_by(incidents.c.incident_id)
    await connection.execute(mine.with_for_update())


async def _link(connection: AsyncConnection, rows: Sequence[Row | None]) -> None:
    """Link calls to incidents; of two links of the same call, the earlier one counts."""
    first: dict[tuple[str, str], Row] = {}
    for row in rows:
        if row is not None:
            first.setdefault((row["incident_id"], row["call_id"]), row)
    if not first:
        return
    statement = _dialect_insert(connection, incident_calls)
    new = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=[incident_calls.c.incident_id, incident_calls.c.call_id],
        set_={"seq": new.seq, "at": new.at, "by": new.by},
        where=new.seq < incident_calls.c.seq,
    )
    await connection.execute(statement, list(first.values()))


def _dialect_insert(connection: AsyncConnection, table: Table) -> Any:
    """``INSERT`` with ``ON CONFLICT``: both databases have it, each in its own construct."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


async def _insert_new(connection: AsyncConnection, table: Table, rows: Sequence[Row], key: str) -> set[str]:
    """Insert what is not there yet; returns the keys of the new rows."""
    statement = _dialect_insert(connection, table).on_conflict_do_nothing(index_elements=[table.c[key]])
    return set((await connection.execute(statement.returning(table.c[key]), list(rows))).scalars())


async def _insert(connection: AsyncConnection, table: Table, rows: Sequence[Row]) -> None:
    if rows:
        await connection.execute(table.insert(), list(rows))


def _offer_rows(call: CallRecord) -> list[Row]:
    return [
        {"call_id": call.call_id, "position": place} | {name: getattr(offer, name) for name in _OFFER_COLUMNS}
        for place, offer in enumerate(call.offers)
    ]


def _note_rows(call: CallRecord) -> list[Row]:
    return [{"call_id": call.call_id, "position": place, "text": text} for place, text in enumerate(call.notes)]


def _fact_row(key: str, seq: int, fact: IncidentFact, body: bytes) -> Row:
    return {
        "fact_id": key,
        "incident_id": fact.incident_id,
        "seq": seq,
        "at": fact.at,
        "kind": type(fact).__name__,
        "body": body.decode(),
    }


def _link_row(row: Row, fact: IncidentFact) -> Row | None:
    match fact:
        case IncidentOpened():
            by = fact.operator or ""
        case IncidentCallLinked():
            by = fact.by
        case _:
            return None
    return {"incident_id": fact.incident_id, "call_id": fact.call_id, "seq": row["seq"], "at": fact.at, "by": by}


def _text_row(row: Row, note: IncidentNoted) -> Row:
    shared = {name: row[name] for name in ("fact_id", "incident_id", "seq", "at")}
    return shared | {"by": note.by, "text": note.text}
