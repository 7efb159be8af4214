"""The incident's form, what calls were, and marks on numbers.

Revision 0003.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_INSTANT = "POSIX seconds, UTC"


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "incident_fields",
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False, comment="Of the fact that said so last"),
        sa.Column("at", sa.Double(), nullable=False, comment=_INSTANT),
        sa.Column("by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.incident_id"], name="fk_incident_fields_incident_id"),
        sa.PrimaryKeyConstraint("incident_id", "field", name="pk_incident_fields"),
        comment="What the incident's form says",
    )
    op.create_table(
        "call_classes",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("call_class", sa.Text(), nullable=False),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False, comment="Of the fact that said so last"),
        sa.Column("at", sa.Double(), nullable=False, comment=_INSTANT),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name="pk_call_classes"),
        comment="What each call was, and what came of it",
    )
    op.create_index("ix_call_classes_call_class_at", "call_classes", ["call_class", "at"])
    op.create_table(
        "marks",
        sa.Column("ani", sa.Text(), nullable=False, comment="Calling number, E.164 with +"),
        sa.Column("mark", sa.Text(), nullable=False, comment="Such as prank"),
        sa.Column("until", sa.Double(), nullable=False, comment=_INSTANT),
        sa.Column("at", sa.Double(), nullable=False, comment=_INSTANT),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ani", name="pk_marks"),
        comment="Numbers of which operators shall be told something; calls are served alike",
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("marks")
    op.drop_index("ix_call_classes_call_class_at", "call_classes")
    op.drop_table("call_classes")
    op.drop_table("incident_fields")
