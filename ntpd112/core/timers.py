"""Deadlines by name: set, moved, cleared, and taken when due, in O(log n)."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify, heappop, heappush

TimerKey = tuple[str, str]
"""What is due, and for whom: ``("ring", leg_id)``."""

_COMPACT_ABOVE = 1024


class Timers:
    """At most one deadline for each key. Instants are seconds on the switchboard's clock."""

    def __init__(self) -> None:
        self._at: dict[TimerKey, float] = {}
        self._heap: list[tuple[float, TimerKey]] = []

    def set(self, kind: str, owner: str, at: float) -> None:
        """Set or move a deadline."""
        key = (kind, owner)
        self._at[key] = at
        heappush(self._heap, (at, key))
        if len(self._heap) > _COMPACT_ABOVE and len(self._heap) > 4 * len(self._at):
            self._heap = [(instant, name) for name, instant in self._at.items()]
            heapify(self._heap)

    def move(self, by_s: float) -> None:
        """Move every deadline."""
        self._at = {key: at + by_s for key, at in self._at.items()}
        self._heap = [(at, key) for key, at in self._at.items()]
        heapify(self._heap)

    def clear(self, owner: str, *kinds: str) -> None:
        """Forget deadlines, if there are any."""
        at = self._at
        for kind in kinds:
            at.pop((kind, owner), None)

    def next_deadline(self) -> float | None:
        """The earliest deadline, or None."""
        heap = self._heap
        while heap and self._at.get(heap[0][1]) != heap[0][0]:
            heappop(heap)
        return heap[0][0] if heap else None

    def pop_due(self, now: float) -> TimerKey | None:
        """Take the earliest deadline that has come, or None."""
        if not self._heap or self._heap[0][0] > now:
            return None
        deadline = self.next_deadline()
        if deadline is None or deadline > now:
            return None
        key = heappop(self._heap)[1]
        del self._at[key]
        return key

    def entries(self) -> Iterator[tuple[str, str, float]]:
        """Return every deadline: what, for whom, when."""
        return ((kind, owner, at) for (kind, owner), at in self._at.items())

    def has(self, kind: str, owner: str) -> bool:
        """Whether a deadline is set."""
        return (kind, owner) in self._at
