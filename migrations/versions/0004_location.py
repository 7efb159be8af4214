"""Where callers were, as the network said.

Revision 0004.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    said = sa.Column(
        "location",
        sa.Text(),
        nullable=False,
        server_default=sa.text("''"),
        comment="SIP headers that say where",
    )
    op.add_column("calls", said)


def downgrade() -> None:
    """Go back."""
    op.drop_column("calls", "location")
