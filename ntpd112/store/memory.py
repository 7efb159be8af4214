"""The queue between the calls' path and the disk: bounded in bytes, in order."""

from __future__ import annotations

from collections import deque
from itertools import islice

from msgspec import Struct


class Held(Struct, frozen=True):
    """One encoded fact that is nowhere else yet."""

    seq: int
    since: float
    """Monotonic seconds."""
    line: bytes


class Memory:
    """Facts in memory, oldest first."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._bytes = 0
        self._held: deque[Held] = deque()

    def __len__(self) -> int:
        return len(self._held)

    def add(self, held: Held) -> bool:
        """Append; False when there is no room."""
        if self._bytes + len(held.line) > self._limit:
            return False
        self._held.append(held)
        self._bytes += len(held.line)
        return True

    def oldest(self, count: int | None = None) -> list[Held]:
        """The first ones; they stay."""
        return list(islice(self._held, count))

    def drop_to(self, seq: int) -> None:
        """Forget everything up to this number: it is safe elsewhere."""
        while self._held and self._held[0].seq <= seq:
            self._bytes -= len(self._held.popleft().line)

    @property
    def waits_since(self) -> float | None:
        """Monotonic instant the oldest fact came in."""
        return self._held[0].since if self._held else None

    @property
    def is_crowded(self) -> bool:
        """More than half full."""
        return self._bytes * 2 > self._limit
