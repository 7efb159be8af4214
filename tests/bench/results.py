"""Everything a run of the bench found, as JSON."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from typing import Any

import msgspec

from tests.bench.core import CoreFigures
from tests.bench.measure import Figures

SIDES = ("app_queue", "ntpd112")


@dataclass
class Results:
    """What was found."""

    machine: dict[str, str] = field(default_factory=dict)
    opponent: str = ""
    """How `app_queue` is set."""
    figures: list[Figures] = field(default_factory=list)
    """One for each trial of each run, in the order of the runs."""
    held: dict[str, float] = field(default_factory=dict)
    """Side -> the highest rate held, calls a second."""
    core: list[CoreFigures] = field(default_factory=list)

    def of(self, side: str, trial: str, what: Callable[[Figures], float]) -> float:
        """Return one figure of one side, on average over its runs; NaN when none has it."""
        values = [what(one) for one in self.figures if (one.side, one.trial) == (side, trial)]
        values = [value for value in values if not math.isnan(value)]
        return mean(values) if values else math.nan

    @property
    def trials(self) -> list[str]:
        """Return the names of the trials, each once."""
        return list(dict.fromkeys(one.trial for one in self.figures))

    def save(self, file: Path) -> None:
        """Write it."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(msgspec.json.format(msgspec.json.encode(self), indent=1))


def load(file: Path) -> Results:
    """Read what :meth:`Results.save` wrote; JSON knows no NaN, and has null for it."""
    return msgspec.convert(_numbers(msgspec.json.decode(file.read_bytes())), Results)


def _numbers(value: Any) -> Any:
    match value:
        case None:
            return math.nan
        case dict():
            return {key: _numbers(one) for key, one in value.items()}
        case list():
            return [_numbers(one) for one in value]
        case _:
            return value
