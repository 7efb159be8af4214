"""Who can be rung now, in the order of each strategy.

An operator enters the idle lists when available and leaves them when not; the keys never change in between, so the
lists stay sorted without a scan. Picking walks the list only past operators without the wanted skills.
"""

from __future__ import annotations

from collections.abc import Iterator

from sortedcontainers import SortedList

from ntpd112.core.operator import Operator
from ntpd112.core.plan import Strategy

_LISTS: dict[Strategy, int] = {"longest_idle": 0, "ring_all": 0, "round_robin": 1, "fewest_calls": 2}


class Roster:
    """The available operators, best first."""

    def __init__(self) -> None:
        self.available: dict[str, Operator] = {}
        """By name, in no order."""
        self._lists: tuple[SortedList, ...] = (SortedList(), SortedList(), SortedList())

    def update(self, operator: Operator, now: float) -> None:
        """Bring the lists in line with what is true of this operator now."""
        name = operator.operator
        if self.available.pop(name, None) is not None:
            for keys, entries in zip(operator.keys, self._lists, strict=True):
                entries.remove((*keys, name))
        if operator.available(now):
            operator.keys = (
                (operator.idle_since,),
                (operator.last_offer, operator.idle_since),
                (operator.calls, operator.idle_since),
            )
            self.admit(operator)

    def admit(self, operator: Operator) -> None:
        """Put an operator on the lists by the keys that they have."""
        for keys, entries in zip(operator.keys, self._lists, strict=True):
            entries.add((*keys, operator.operator))
        self.available[operator.operator] = operator

    def ordered(self, strategy: Strategy) -> Iterator[Operator]:
        """Return the available operators, best first."""
        return (self.available[entry[-1]] for entry in self._lists[_LISTS[strategy]])

    def pick(self, strategy: Strategy, skills: frozenset[str], *, required: bool) -> Operator | None:
        """Return the best operator: with all wanted skills if there is one, else the best without (or None)."""
        first: Operator | None = None
        for operator in self.ordered(strategy):
            if skills <= operator.skills:
                return operator
            first = first or operator
        return None if required else first
