"""The time of one process: wall-clock seconds that only run forward, whatever is done to the machine's clock."""

from __future__ import annotations

import time


class Clock:
    """Starts at the machine's time, or at ``not_before`` if that is later, and goes on by its monotonic clock.

    ``now``: what time it is where a call's clocks began, should that be another machine.
    """

    def __init__(self, not_before: float = 0.0, now: float | None = None) -> None:
        self._offset = max(time.time() if now is None else now, not_before) - time.monotonic()

    def __call__(self) -> float:
        """Return POSIX seconds."""
        return self._offset + time.monotonic()
