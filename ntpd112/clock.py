"""The time of one process: wall-clock seconds that only run forward, whatever is done to the machine's clock."""

from __future__ import annotations

import time


class Clock:
    """Starts at the machine's time and goes on by its monotonic clock."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def __call__(self) -> float:
        """Return POSIX seconds."""
        return self._offset + time.monotonic()
