"""The tables of a soak."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tests.soak.books import Books
from tests.soak.soak import ASTERISKS_MIB_PER_H, DESCRIPTORS_PER_H, MIB_PER_H, THREADS_PER_H, Told
from tests.soak.trend import Trend


def tables(told: Told) -> RenderableType:
    """Draw what was measured and what was counted."""
    journal = f"{told.books.journal_mib:.1f} MiB; at most {told.most_spilled} records in the spill"
    return Group(_measured(told), Text(), counted(told.books, ("journal", journal), ("alarms", f"{told.alarms}")))


def _measured(told: Told) -> Table:
    warm_min = (told.warm_at - told.began) / 60
    drawn = Table(
        title=f"What the processes hold, from minute {warm_min:.0f} to {told.length_s / 60:.0f}",
        caption=(
            f"± one standard error; allowed an hour: {MIB_PER_H:g} MiB (Asterisk {ASTERISKS_MIB_PER_H:g}), "
            f"{DESCRIPTORS_PER_H:g} descriptors, "
            f"{THREADS_PER_H:g} threads; at rest: before the first call and after the last"
        ),
        padding=(0, 1, 0, 0),
        box=None,
    )
    drawn.add_column("process", no_wrap=True)
    for column in ("MiB", "an hour", "descriptors\nat rest", "an hour", "threads\nat rest"):
        drawn.add_column(column, justify="right", no_wrap=True)
    drawn.add_column("verdict")
    for name, one in told.watched.items():
        trends, verdicts, after = one.trends(told.warm_at), one.verdicts(told.warm_at), one.after or one.before
        memory = trends["memory"]
        drawn.add_row(
            name,
            f"{memory.first:.1f} {memory.last:.1f}",
            _slope(memory),
            f"{one.before.descriptors} {after.descriptors}",
            _slope(trends["descriptors"]),
            f"{one.before.threads} {after.threads}",
            Text(", ".join(verdicts), "bold red") if verdicts else Text("flat", "green"),
        )
    return drawn


def _slope(one: Trend) -> str:
    return f"{one.per_h:+.1f} ±{one.error_per_h:.1f}"


def counted(books: Books, *more: tuple[str, str]) -> Table:
    """Draw the books, and further rows."""
    facts = Table.grid(padding=(0, 2, 0, 0))
    facts.add_column(style="cyan", no_wrap=True)
    facts.add_column(overflow="fold")
    outcomes = ", ".join(f"{number} {outcome}" for outcome, number in books.outcomes.most_common())
    facts.add_row("calls", f"{books.sent} sent, {books.records} records, {books.cdr} in Asterisk's ledger")
    facts.add_row("outcomes", f"{outcomes or 'none'}; {books.in_fallback} served by Asterisk's own queue")
    facts.add_row("reconcile", books.unexplained or "everything explained")
    facts.add_row("left over", "; ".join(books.left) or "nothing")
    for row in more:
        facts.add_row(*row)
    return facts
