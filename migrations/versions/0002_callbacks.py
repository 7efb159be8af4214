"""Who was called back.

Revision 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "callbacks",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False, comment="POSIX seconds, UTC"),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name="fk_callbacks_call_id"),
        sa.PrimaryKeyConstraint("call_id", name="pk_callbacks"),
        comment="Lost calls that somebody has seen to",
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("callbacks")
