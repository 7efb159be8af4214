"""How often something that goes on is told: at once, and again later with the number of times."""

from __future__ import annotations

import time
from collections import OrderedDict


class NowAndThen:
    """One clock for each thing; of more than ``most`` things, those that are longest ago are forgotten."""

    def __init__(self, every_s: float, most: int) -> None:
        self._every_s = every_s
        self._most = most
        self._told: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()
        """When it was told last, and how many more times there were since."""

    def due(self, thing: tuple[str, str], times: int = 1) -> int:
        """Count it, and return how many times are to be told now; 0: not yet."""
        now = time.monotonic()
        told_at, more = self._told.pop(thing, (now - self._every_s, 0))
        more += times
        is_due = now - told_at >= self._every_s
        self._told[thing] = (now, 0) if is_due else (told_at, more)
        while len(self._told) > self._most:
            self._told.popitem(last=False)
        return more if is_due else 0
