"""Calls with their offers and notes; incidents with their facts, calls and notes.

Revision 0001, the first one.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "calls",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column(
            "plan_version", sa.Text(), nullable=False, comment="Digest of the routing file the call was handled under"
        ),
        sa.Column("trunk", sa.Text(), nullable=False),
        sa.Column("trunk_kind", sa.Text(), nullable=False),
        sa.Column("ddi", sa.Text(), nullable=False, comment="Service number dialled"),
        sa.Column("ddi_raw", sa.Text(), nullable=False, comment="The dialled number as the trunk sent it"),
        sa.Column("ani", sa.Text(), nullable=True, comment="Calling number, E.164 with +; NULL without a dialable one"),
        sa.Column("ani_raw", sa.Text(), nullable=False, comment="The calling number as the trunk sent it"),
        sa.Column("ani_kind", sa.Text(), nullable=False),
        sa.Column("caller_name", sa.Text(), nullable=False),
        sa.Column("arrived_at", sa.Double(), nullable=False, comment="INVITE; POSIX seconds, UTC"),
        sa.Column(
            "answered_at",
            sa.Double(),
            nullable=True,
            comment="200 OK by the room's menu, not by a human; POSIX seconds, UTC",
        ),
        sa.Column("queued_at", sa.Double(), nullable=True, comment="POSIX seconds, UTC"),
        sa.Column("first_rang_at", sa.Double(), nullable=True, comment="POSIX seconds, UTC"),
        sa.Column("connected_at", sa.Double(), nullable=True, comment="First joined with a human; POSIX seconds, UTC"),
        sa.Column("ended_at", sa.Double(), nullable=False, comment="POSIX seconds, UTC"),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False, comment="Where the call was when it ended"),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False, comment="Who ended it: caller, operator, network, us"),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=True, comment="Emergency type; NULL when not known"),
        sa.Column("digits", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=True),
        sa.Column("operator", sa.Text(), nullable=True, comment="First operator who spoke with the caller"),
        sa.Column(
            "destination", sa.Text(), nullable=True, comment="Last destination outside that spoke with the caller"
        ),
        sa.Column("recording", sa.Text(), nullable=True),
        sa.Column("incident_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_calls")),
        comment="One row for each INVITE, however it ended",
    )
    op.create_index(op.f("ix_calls_ani_arrived_at"), "calls", ["ani", "arrived_at"])
    op.create_index(op.f("ix_calls_arrived_at"), "calls", ["arrived_at"])
    op.create_index(op.f("ix_calls_incident_id"), "calls", ["incident_id"])
    op.create_index(op.f("ix_calls_operator_arrived_at"), "calls", ["operator", "arrived_at"])
    op.create_index(op.f("ix_calls_outcome_arrived_at"), "calls", ["outcome", "arrived_at"])

    op.create_table(
        "incidents",
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.Double(), nullable=False, comment="POSIX seconds, UTC"),
        sa.Column("closed_at", sa.Double(), nullable=True, comment="POSIX seconds, UTC"),
        sa.Column("operator", sa.Text(), nullable=True, comment="Who opened it"),
        sa.PrimaryKeyConstraint("incident_id", name=op.f("pk_incidents")),
        comment="Where each incident stands: the fold of incident_facts",
    )
    op.create_index(op.f("ix_incidents_opened_at"), "incidents", ["opened_at"])
    op.create_index(op.f("ix_incidents_status_opened_at"), "incidents", ["status", "opened_at"])

    op.create_table(
        "call_notes",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name=op.f("fk_call_notes_call_id")),
        sa.PrimaryKeyConstraint("call_id", "position", name=op.f("pk_call_notes")),
        comment="The facts noted on a call, in order",
    )
    op.create_table(
        "incident_calls",
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False, comment="Of the fact that linked it first"),
        sa.Column("at", sa.Double(), nullable=False, comment="POSIX seconds, UTC"),
        sa.Column("by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.incident_id"], name=op.f("fk_incident_calls_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "call_id", name=op.f("pk_incident_calls")),
        comment="Which calls report which incident",
    )
    op.create_index(op.f("ix_incident_calls_call_id"), "incident_calls", ["call_id"])

    op.create_table(
        "incident_facts",
        sa.Column(
            "fact_id",
            sa.Text(),
            nullable=False,
            comment="Digest of the fact: the same fact is one row, however often sent",
        ),
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False, comment="Order of the facts; about nanoseconds since 1970"),
        sa.Column("at", sa.Double(), nullable=False, comment="POSIX seconds, UTC"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False, comment="The whole fact, JSON"),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.incident_id"], name=op.f("fk_incident_facts_incident_id")),
        sa.PrimaryKeyConstraint("fact_id", name=op.f("pk_incident_facts")),
        comment="Append-only log of what was said about incidents",
    )
    op.create_index(op.f("ix_incident_facts_incident_id_seq"), "incident_facts", ["incident_id", "seq"])

    op.create_table(
        "offers",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("leg_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False, comment="Operator or destination"),
        sa.Column("offered_at", sa.Double(), nullable=False, comment="POSIX seconds, UTC"),
        sa.Column("rang_at", sa.Double(), nullable=True, comment="POSIX seconds, UTC"),
        sa.Column("answered_at", sa.Double(), nullable=True, comment="POSIX seconds, UTC"),
        sa.Column("ended_at", sa.Double(), nullable=False, comment="POSIX seconds, UTC"),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name=op.f("fk_offers_call_id")),
        sa.PrimaryKeyConstraint("call_id", "position", name=op.f("pk_offers")),
        comment="One row for each ring of one phone for one call",
    )
    op.create_index(op.f("ix_offers_leg_id"), "offers", ["leg_id"])
    op.create_index(op.f("ix_offers_target_offered_at"), "offers", ["target", "offered_at"])

    op.create_table(
        "incident_notes",
        sa.Column("fact_id", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False, comment="POSIX seconds, UTC"),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["fact_id"], ["incident_facts.fact_id"], name=op.f("fk_incident_notes_fact_id")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.incident_id"], name=op.f("fk_incident_notes_incident_id")),
        sa.PrimaryKeyConstraint("fact_id", name=op.f("pk_incident_notes")),
        comment="Free notes on incidents",
    )
    op.create_index(op.f("ix_incident_notes_incident_id_seq"), "incident_notes", ["incident_id", "seq"])


def downgrade() -> None:
    """Go back to an empty database."""
    for table in (
        "incident_notes",
        "incident_facts",
        "incident_calls",
        "incidents",
        "call_notes",
        "offers",
        "calls",
    ):
        op.drop_table(table)
