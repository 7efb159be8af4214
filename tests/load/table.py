"""The table of a load."""

from __future__ import annotations

from rich.table import Table

from tests.load.consoles import percentile
from tests.load.load import WITHIN_S, Told
from tests.soak.table import counted


def table(told: Told) -> Table:
    """Draw what was counted."""
    shares = (f"{share:.1%} within {limit_s:g} s" for share, limit_s in zip(told.within, WITHIN_S, strict=True))
    reached = f"{', '.join(shares)}; of those who stayed so long"
    rows = [("rate", f"{told.rate:g} new calls a second, and bursts"), ("reached", reached)]
    if told.seen.consoles:
        seen = told.seen
        lags = f"from event to page {_ms(seen.lags_s, 0.5)} (p50), {_ms(seen.lags_s, 0.99)} (p99)"
        rows.append(("consoles", f"{seen.consoles} saw {seen.changes} changes, {seen.gaps} missed; {lags}"))
        known = f"{_ms(seen.contexts_s, 0.5)} (p50), {_ms(seen.contexts_s, 0.95)} (p95) after the ring"
        rows.append(("who calls", f"known at {len(seen.contexts_s)} rings, {known}; {seen.unknown} times not"))
    return counted(told.books, *rows)


def _ms(seconds: list[float], share: float) -> str:
    return f"{percentile(seconds, share) * 1000:.0f} ms"
