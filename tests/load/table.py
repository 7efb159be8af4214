"""The table of a load."""

from __future__ import annotations

from rich.table import Table

from tests.load.load import WITHIN_S, Told
from tests.soak.table import counted


def table(told: Told) -> Table:
    """Draw what was counted."""
    shares = (f"{share:.1%} within {limit_s:g} s" for share, limit_s in zip(told.within, WITHIN_S, strict=True))
    reached = f"{', '.join(shares)}; of those who stayed so long"
    rows = [("rate", f"{told.rate:g} new calls a second, and bursts"), ("reached", reached)]
    if told.seen.consoles:
        seen = told.seen
        p50, p99, most = (f"{seen.percentile_s(share) * 1000:.0f} ms" for share in (0.5, 0.99, 1.0))
        lags = f"from event to page {p50} (p50), {p99} (p99), {most} at most"
        rows.append(("consoles", f"{seen.consoles} saw {seen.changes} changes, {seen.gaps} missed; {lags}"))
    return counted(told.books, *rows)
