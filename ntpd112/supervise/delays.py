"""How long to wait before something that ended is started again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

STEADY_S: Final = 30.0
"""Whoever ran for so long starts again with the shortest delay."""
_FIRST_S: Final = (0.0, 0.5, 1.0)
_LAST_S: Final = 2.0
"""However often it died: meanwhile there may be nobody who serves."""


def delays() -> Iterator[float]:
    """Yield delays in seconds, longer and longer up to a limit, without end."""
    yield from _FIRST_S
    while True:
        yield _LAST_S
