"""The tables of the records, one page.

Instants are POSIX seconds (UTC) in double precision, not timestamps: they are bit for bit the numbers of the journal
and of :mod:`ntpd112.core.records` (a timestamp would round them to microseconds), they sort and subtract alike on
SQLite and PostgreSQL, and no session's time zone can touch them. For people: ``to_timestamp(arrived_at)`` on
PostgreSQL, ``datetime(arrived_at, 'unixepoch')`` on SQLite. Both answering clocks are the expressions at the end.

Words of the core (outcome, side, kind ...) carry no CHECK: a record with a word this database does not know yet is
worth more than the constraint. Numbers stand twice: as they came (``*_raw``) and normalised.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, ForeignKey, Index, Integer, MetaData, Table, Text, text

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)
INSTANT = "POSIX seconds, UTC"

calls = Table(
    "calls",
    metadata,
    Column("call_id", Text, primary_key=True),
    Column("plan_version", Text, nullable=False, comment="Digest of the routing file the call was handled under"),
    Column("trunk", Text, nullable=False),
    Column("trunk_kind", Text, nullable=False),
    Column("ddi", Text, nullable=False, comment="Service number dialled"),
    Column("ddi_raw", Text, nullable=False, comment="The dialled number as the trunk sent it"),
    Column("ani", Text, comment="Calling number, E.164 with +; NULL without a dialable one"),
    Column("ani_raw", Text, nullable=False, comment="The calling number as the trunk sent it"),
    Column("ani_kind", Text, nullable=False),
    Column("caller_name", Text, nullable=False),
    Column("arrived_at", Double, nullable=False, comment=f"INVITE; {INSTANT}"),
    Column("answered_at", Double, comment=f"200 OK by the room's menu, not by a human; {INSTANT}"),
    Column("queued_at", Double, comment=INSTANT),
    Column("first_rang_at", Double, comment=INSTANT),
    Column("connected_at", Double, comment=f"First joined with a human; {INSTANT}"),
    Column("ended_at", Double, nullable=False, comment=INSTANT),
    Column("outcome", Text, nullable=False),
    Column("stage", Text, nullable=False, comment="Where the call was when it ended"),
    Column("cause", Text, nullable=False),
    Column("side", Text, nullable=False, comment="Who ended it: caller, operator, network, us"),
    Column("language", Text, nullable=False),
    Column("type", Text, comment="Emergency type; NULL when not known"),
    Column("digits", Text, nullable=False),
    Column("queue", Text),
    Column("operator", Text, comment="First operator who spoke with the caller"),
    Column("destination", Text, comment="Last destination outside that spoke with the caller"),
    Column("recording", Text),
    Column("incident_id", Text),
    Column("location", Text, nullable=False, server_default=text("''"), comment="SIP headers that say where"),
    Index(None, "arrived_at"),
    Index(None, "ani", "arrived_at"),
    Index(None, "operator", "arrived_at"),
    Index(None, "outcome", "arrived_at"),
    Index(None, "incident_id"),
    comment="One row for each INVITE, however it ended",
)

# The key is the place in the call, not leg_id: a leg recorded twice by mistake must not cost the whole call's record.
offers = Table(
    "offers",
    metadata,
    Column("call_id", Text, ForeignKey(calls.c.call_id), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("leg_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("target", Text, nullable=False, comment="Operator or destination"),
    Column("offered_at", Double, nullable=False, comment=INSTANT),
    Column("rang_at", Double, comment=INSTANT),
    Column("answered_at", Double, comment=INSTANT),
    Column("ended_at", Double, nullable=False, comment=INSTANT),
    Column("result", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Index(None, "leg_id"),
    Index(None, "target", "offered_at"),
    comment="One row for each ring of one phone for one call",
)

call_notes = Table(
    "call_notes",
    metadata,
    Column("call_id", Text, ForeignKey(calls.c.call_id), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
    comment="The facts noted on a call, in order",
)

incidents = Table(
    "incidents",
    metadata,
    Column("incident_id", Text, primary_key=True),
    Column("type", Text),
    Column("status", Text, nullable=False),
    Column("opened_at", Double, nullable=False, comment=INSTANT),
    Column("closed_at", Double, comment=INSTANT),
    Column("operator", Text, comment="Who opened it"),
    Index(None, "status", "opened_at"),
    Index(None, "opened_at"),
    comment="Where each incident stands: the fold of incident_facts",
)

incident_facts = Table(
    "incident_facts",
    metadata,
    Column(
        "fact_id", Text, primary_key=True, comment="Digest of the fact: the same fact is one row, however often sent"
    ),
    Column("incident_id", Text, ForeignKey(incidents.c.incident_id), nullable=False),
    Column("seq", BigInteger, nullable=False, comment="Order of the facts; about nanoseconds since 1970"),
    Column("at", Double, nullable=False, comment=INSTANT),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False, comment="The whole fact, JSON"),
    Index(None, "incident_id", "seq"),
    comment="Append-only log of what was said about incidents",
)

# No foreign key to calls: a call is linked while it is still going on, and its record comes after its end.
incident_calls = Table(
    "incident_calls",
    metadata,
    Column("incident_id", Text, ForeignKey(incidents.c.incident_id), primary_key=True),
    Column("call_id", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False, comment="Of the fact that linked it first"),
    Column("at", Double, nullable=False, comment=INSTANT),
    Column("by", Text, nullable=False),
    Index(None, "call_id"),
    comment="Which calls report which incident",
)

incident_notes = Table(
    "incident_notes",
    metadata,
    Column("fact_id", Text, ForeignKey(incident_facts.c.fact_id), primary_key=True),
    Column("incident_id", Text, ForeignKey(incidents.c.incident_id), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("at", Double, nullable=False, comment=INSTANT),
    Column("by", Text, nullable=False),
    Column("text", Text, nullable=False),
    Index(None, "incident_id", "seq"),
    comment="Free notes on incidents",
)

incident_fields = Table(
    "incident_fields",
    metadata,
    Column("incident_id", Text, ForeignKey(incidents.c.incident_id), primary_key=True),
    Column("field", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("seq", BigInteger, nullable=False, comment="Of the fact that said so last"),
    Column("at", Double, nullable=False, comment=INSTANT),
    Column("by", Text, nullable=False),
    comment="What the incident's form says",
)

# No foreign key to calls: a call may be classified before its record comes.
call_classes = Table(
    "call_classes",
    metadata,
    Column("call_id", Text, primary_key=True),
    Column("incident_id", Text, nullable=False),
    Column("call_class", Text, nullable=False),
    Column("disposition", Text, nullable=False),
    Column("seq", BigInteger, nullable=False, comment="Of the fact that said so last"),
    Column("at", Double, nullable=False, comment=INSTANT),
    Column("by", Text, nullable=False),
    Index(None, "call_class", "at"),
    comment="What each call was, and what came of it",
)

marks = Table(
    "marks",
    metadata,
    Column("ani", Text, primary_key=True, comment="Calling number, E.164 with +"),
    Column("mark", Text, nullable=False, comment="Such as prank"),
    Column("until", Double, nullable=False, comment=INSTANT),
    Column("at", Double, nullable=False, comment=INSTANT),
    Column("by", Text, nullable=False),
    comment="Numbers of which operators shall be told something; calls are served alike",
)

callbacks = Table(
    "callbacks",
    metadata,
    Column("call_id", Text, ForeignKey(calls.c.call_id), primary_key=True),
    Column("at", Double, nullable=False, comment=INSTANT),
    Column("by", Text, nullable=False),
    Column("note", Text, nullable=False),
    comment="Lost calls that somebody has seen to",
)

invite_to_human_s = calls.c.connected_at - calls.c.arrived_at
"""The first answering clock: from the INVITE to a human; NULL when none was reached."""
queue_to_human_s = calls.c.connected_at - calls.c.queued_at
"""The second answering clock: from joining the queue to a human; NULL without a queue or a human."""
