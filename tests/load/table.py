"""The table of a load."""

from __future__ import annotations

from rich.table import Table

from tests.load.load import WITHIN_S, Told
from tests.soak.table import counted


def table(told: Told) -> Table:
    """Draw what was counted."""
    shares = (f"{share:.1%} within {limit_s:g} s" for share, limit_s in zip(told.within, WITHIN_S, strict=True))
    reached = f"{', '.join(shares)}; of those who stayed so long"
    return counted(told.books, ("rate", f"{told.rate:g} new calls a second, and bursts"), ("reached", reached))
