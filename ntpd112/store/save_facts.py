"""Writes the facts of incidents, such that writing them again changes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import msgspec
from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ntpd112.core.records import (
    CallClassified,
    IncidentCallLinked,
    IncidentFact,
    IncidentFieldSet,
    IncidentNoted,
    IncidentOpened,
)
from ntpd112.store.envelope import Envelope, fact_body, fact_id
from ntpd112.store.fold import STANDING_KINDS, Standing, fold
from ntpd112.store.insert import Row, dialect_insert, insert, insert_new, upsert_latest
from ntpd112.store.tables import (
    call_classes,
    incident_calls,
    incident_facts,
    incident_fields,
    incident_notes,
    incidents,
)

_fact_decoder: msgspec.json.Decoder[IncidentFact] = msgspec.json.Decoder(IncidentFact)


async def save_facts(connection: AsyncConnection, batch: Sequence[Envelope]) -> None:
    """Insert what is new of a batch's facts, and bring in line what follows from them."""
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
    await insert_new(connection, incidents, opened, "incident_id")
    await _lock(connection, sorted(first_heard))
    added = await insert_new(connection, incident_facts, list(rows.values()), "fact_id")
    new = {key: facts[key] for key in rows if key in added}
    await _link(connection, [_link_row(rows[key], fact) for key, fact in new.items()])
    await insert(
        connection,
        incident_notes,
        [_text_row(rows[key], fact) for key, fact in new.items() if isinstance(fact, IncidentNoted)],
    )
    said = sorted(((rows[key]["seq"], fact) for key, fact in new.items()), key=lambda each: each[0])
    fields = [_latest_row(seq, fact) for seq, fact in said if isinstance(fact, IncidentFieldSet)]
    await upsert_latest(connection, incident_fields, fields)
    classes = [_latest_row(seq, fact) for seq, fact in said if isinstance(fact, CallClassified)]
    await upsert_latest(connection, call_classes, classes)
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
    statement = dialect_insert(connection, incident_calls)
    new = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=[incident_calls.c.incident_id, incident_calls.c.call_id],
        set_={"seq": new.seq, "at": new.at, "by": new.by},
        where=new.seq < incident_calls.c.seq,
    )
    await connection.execute(statement, list(first.values()))


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


def _latest_row(seq: int, fact: IncidentFieldSet | CallClassified) -> Row:
    return {"seq": seq, **msgspec.structs.asdict(fact)}
