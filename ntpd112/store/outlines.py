"""What is counted of calls, without their numbers; and what is told of incidents, without their notes.

For displays that everybody can see. Every question may raise one of ``trouble.TROUBLE``.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ntpd112.core.records import CallRecord, IncidentFact, IncidentFieldSet, Outcome, TrunkKind
from ntpd112.store.queries import arrived
from ntpd112.store.tables import calls, incident_facts, incident_fields, incidents
from ntpd112.store.transaction import in_transaction

_TOLD = ("IncidentOpened", "IncidentTypeSet")
"""The kinds of facts that say nothing of a person."""
_DISTRICT = "district"
"""The one field of the form of which anything is told; the others are not even read."""


class CallOutline(Struct, frozen=True):
    """One finished call. Instants are POSIX seconds."""

    call_id: str
    trunk_kind: TrunkKind
    arrived_at: float
    queued_at: float | None
    connected_at: float | None
    ended_at: float
    outcome: Outcome
    type: str | None


_COLUMNS = [calls.c[name] for name in CallOutline.__struct_fields__]


def outline(record: CallRecord) -> CallOutline:
    """Return what is counted of a call."""
    return CallOutline(*(getattr(record, name) for name in CallOutline.__struct_fields__))


async def calls_since(engine: AsyncEngine, since: float, limit_s: float = 5.0) -> list[CallOutline]:
    """Return the calls that arrived since then (POSIX seconds), without those of the centre to itself."""

    async def ask(connection: AsyncConnection) -> list[CallOutline]:
        found = await connection.execute(select(*_COLUMNS).where(*arrived(since, None)))
        return [CallOutline(*row) for row in found]

    return await in_transaction(engine, ask, limit_s)


async def latest_incidents(engine: AsyncEngine, limit: int, limit_s: float = 5.0) -> list[IncidentFact]:
    """Return how the latest incidents were opened and what their types became, in order; then their districts."""
    latest = select(incidents.c.incident_id).order_by(incidents.c.opened_at.desc()).limit(limit)
    standing = (
        select(incident_facts.c.body)
        .where(incident_facts.c.incident_id.in_(latest), incident_facts.c.kind.in_(_TOLD))
        .order_by(incident_facts.c.seq, incident_facts.c.fact_id)
    )
    field = incident_fields.c
    districts = (
        select(field.incident_id, field.at, field.by, field.field, field.text)
        .where(field.incident_id.in_(latest), field.field == _DISTRICT)
        .order_by(field.incident_id)
    )

    async def ask(connection: AsyncConnection) -> list[IncidentFact]:
        bodies = (await connection.execute(standing)).scalars()
        facts: list[IncidentFact] = [msgspec.json.decode(body, type=IncidentFact) for body in bodies]
        return [*facts, *(IncidentFieldSet(*row) for row in await connection.execute(districts))]

    return await in_transaction(engine, ask, limit_s)
