"""Does a series grow? The slope of what was measured during a soak, its error, and a verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import StatisticsError, linear_regression, median, stdev
from typing import Literal

BLOCKS = 12
_SURE = 2.23
"""Student's t of BLOCKS - 2 degrees of freedom: 97.5 % on one side."""
_LINE_THROUGH_A_WALK = 6 / 5
"""Variance of the least-squares slope of a random walk, that of the slope from its first to its last point being 1."""
Verdict = Literal["flat", "grows", "too short to tell"]


@dataclass(frozen=True)
class Sample:
    """One measurement ``at`` (seconds) while so many people were calling (``load``)."""

    at: float
    load: float
    value: float


@dataclass(frozen=True)
class Trend:
    """How a series moves. All numbers without what the load of the moment explains."""

    first: float
    last: float
    per_h: float
    error_per_h: float
    """One standard error."""
    allowed_per_h: float

    @property
    def verdict(self) -> Verdict:
        """Judge.

        It *grows* when the slope is more than allowed and cannot be chance. It is *flat* when not even the upper end of
        the interval of confidence is more than allowed. In between nobody can tell, which is no pass: a leak that hides
        in the noise of a short run is no less a leak, and a longer run, whose error is smaller, finds it.
        """
        margin = _SURE * self.error_per_h
        if self.per_h > self.allowed_per_h and self.per_h > margin:
            return "grows"
        return "flat" if self.per_h + margin <= self.allowed_per_h else "too short to tell"


def trend(samples: Sequence[Sample], allowed_per_h: float) -> Trend:
    """Fit a line through the medians of twelve blocks of time; with fewer samples than that nobody can tell.

    Three things would fool a line through the samples themselves. Many calls at once need more of everything: that part
    is taken out first, by the number of callers as they themselves count it, so that a call which the room forgot to
    end explains nothing. A single reading may be far off: hence medians. And memory remembers: an allocator that once
    needed more keeps it, so neighbouring samples err alike and the usual standard error is far too small. The error is
    therefore the larger of the usual one and that of a walk, whose steps from block to block are what is random: one
    big step makes it large, a leak has steps of one size.
    """
    if len(samples) < 2 * BLOCKS:
        return Trend(math.nan, math.nan, math.nan, math.inf, allowed_per_h)
    hours = [sample.at / 3600 for sample in samples]
    values = _without_load(hours, [sample.load for sample in samples], [sample.value for sample in samples])
    begin, length_h = hours[0], hours[-1] - hours[0]
    blocks: list[list[tuple[float, float]]] = [[] for _ in range(BLOCKS)]
    for hour, value in zip(hours, values, strict=True):
        blocks[min(BLOCKS - 1, int((hour - begin) / length_h * BLOCKS))].append((hour, value))
    points = [(median(h for h, _ in block), median(v for _, v in block)) for block in blocks if block]
    slope, error = _line(points)
    return Trend(points[0][1], points[-1][1], slope, error, allowed_per_h)


def _without_load(hours: list[float], load: list[float], values: list[float]) -> list[float]:
    """Bring every value to the average load. What the load explains is fitted beside the passing of time."""
    try:
        by_load = linear_regression(_without_slope(hours, load), _without_slope(hours, values)).slope
    except StatisticsError:
        return values  # the load never changed
    average = sum(load) / len(load)
    return [value - by_load * (one - average) for value, one in zip(values, load, strict=True)]


def _without_slope(hours: list[float], values: list[float]) -> list[float]:
    slope, _ = linear_regression(hours, values)
    return [value - slope * hour for hour, value in zip(hours, values, strict=True)]


def _line(points: list[tuple[float, float]]) -> tuple[float, float]:
    """Return the least-squares slope and its standard error."""
    x, y = zip(*points, strict=True)
    slope, start = linear_regression(x, y)
    middle = sum(x) / len(x)
    squares = sum((value - start - slope * hour) ** 2 for hour, value in points)
    usual = math.sqrt(squares / (len(points) - 2) / sum((hour - middle) ** 2 for hour in x))
    steps = [after - before for before, after in pairwise(y)]
    walk = stdev(steps) * math.sqrt(len(steps) * _LINE_THROUGH_A_WALK) / (x[-1] - x[0])
    return slope, max(usual, walk)
