"""The table of a run of drills."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from tests.chaos.drill import Outcome
from tests.chaos.people import STAGES, Stage


def table(outcomes: Iterable[Outcome]) -> Table:
    """Draw it: a row for each fault; for each stage the seconds to a human, or to the longest silence of talkers."""
    title = "What becomes of callers (s from the fault to a human; talkers: longest without one)"
    drawn = Table(title=title, box=None, padding=(0, 2, 0, 0))
    drawn.add_column("fault", no_wrap=True)
    for stage in STAGES[:-1]:
        drawn.add_column(stage.replace("_", "-"), justify="right")
    for column in ("silence", "lost", "stuck", "missing", "verdict"):
        drawn.add_column(column, justify="right")
    for one in outcomes:
        allowed = f" of {len(one.fault.lost)} allowed" if one.fault.lost else ""
        drawn.add_row(
            one.fault.name,
            *(_cell(one, stage) for stage in STAGES[:-1]),
            f"{max((one.silence_s.get(stage, 0.0) for stage in STAGES[:4]), default=0.0):.1f}",
            f"{len(one.lost)}{allowed}",
            str(len(one.stuck)),
            str(len(one.missing)),
            Text("; ".join(one.failures), "bold red") if one.failures else Text("good", "green"),
        )
    return drawn


def _cell(one: Outcome, stage: Stage) -> Text:
    if stage in one.lost:
        return Text("lost", "yellow" if stage in one.fault.lost else "bold red")
    talks_on = stage == "talking" and stage not in one.fault.lone
    value = one.silence_s.get(stage) if talks_on else one.human_s.get(stage)
    return Text("-" if value is None else f"{value:.1f}")
