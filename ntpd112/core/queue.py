"""The waiting line: callers who seek an operator, by priority, then by arrival.

Callers for whom skills still matter stand in a list of their own for each set of skills, so that the next caller for
one operator is the earliest head of a few lists, however many wait.
"""

from __future__ import annotations

from collections.abc import Iterator

from sortedcontainers import SortedList

from ntpd112.core.call import Call

ANYBODY: frozenset[str] = frozenset()
_BEHIND = 100
"""More than any priority."""


class WaitingLine:
    """Callers without a ringing operator."""

    def __init__(self) -> None:
        self._lists: dict[frozenset[str], SortedList] = {}
        self._calls: dict[tuple[int, int], tuple[Call, frozenset[str]]] = {}

    def __len__(self) -> int:
        return len(self._calls)

    def add(self, call: Call, required: frozenset[str] = ANYBODY) -> None:
        """Let a caller stand in line for an operator with these skills; moves one who stands there already."""
        self.remove(call)
        position = (call.priority + (_BEHIND if call.behind else 0), call.turn)
        call.position = position
        self._calls[position] = (call, required)
        self._lists.setdefault(required, SortedList()).add(position)

    def remove(self, call: Call) -> None:
        """Take a caller out of the line, if there."""
        if call.position is None:
            return
        _, required = self._calls.pop(call.position)
        entries = self._lists[required]
        entries.remove(call.position)
        if not entries:
            del self._lists[required]
        call.position = None

    def put_back(self, call: Call, required: frozenset[str]) -> None:
        """Let a caller stand again where :attr:`Call.position` says."""
        call.position = None
        self.add(call, required)

    def places(self) -> Iterator[tuple[Call, frozenset[str]]]:
        """Return every caller with the skills that are required, first in line first."""
        return (self._calls[position] for position in sorted(self._calls))

    def heads(self) -> list[tuple[Call, frozenset[str]]]:
        """Return the first caller of each list with the skills required there, first in line first."""
        return [self._calls[position] for position in sorted(entries[0] for entries in self._lists.values())]

    def ordered(self) -> Iterator[Call]:
        """Return every caller, first in line first."""
        return (call for call, _ in self.places())
