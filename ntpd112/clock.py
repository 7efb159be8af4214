"""The time of one process: wall-clock seconds that only run forward, whatever is done to the machine's clock."""

from __future__ import annotations

import time


class Clock:
    """Starts at the machine's time, or at ``not_before`` if that is later, and goes on by its monotonic clock."""

    def __init__(self, not_before: float = 0.0) -> None:
        self._offset = max(time.time(), not_before) - time.monotonic()

    def __call__(self) -> float:
        """Return POSIX seconds."""
        return self._offset + time.monotonic()
