"""The time of one process: it runs by the machine's monotonic clock, and is set only where everybody hears of it.

A step of the machine's clock must move no deadline of a call. So it is noticed, and handed in as one event, which moves
every instant of the room with it (:mod:`ntpd112.core.clock_step`); from then on records are dated by the new time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

SMALL_S: Final = 5.0
"""A room that is so far ahead of the clock is waited for, rather than moved."""
AWAY_S: Final = 86_400.0
"""Nobody served for so long, or one of the two times is wrong."""
_STEP_S: Final = 0.5
_LOOK_EVERY_S: Final = 1.0
_FAIR_S: Final = 0.05
"""Whoever was kept waiting for so long between two looks at two clocks has seen nothing."""
_CURE: Final = "If the time is wrong, set it right (timedatectl, chronyc makestep)"


def wall() -> float:
    """Return the machine's own time of day, POSIX seconds."""
    return time.time()


class Clock:
    """Starts at the machine's time, or at ``not_before`` if that is later, and goes on by its monotonic clock.

    ``now``: what time it is where a call's clocks began, should that be another machine.
    """

    def __init__(self, not_before: float = 0.0, now: float | None = None) -> None:
        self._offset = max(wall() if now is None else now, not_before) - time.monotonic()

    def __call__(self) -> float:
        """Return POSIX seconds."""
        return self._offset + time.monotonic()

    def step(self, by_s: float) -> None:
        """Set it."""
        self._offset += by_s


class ClockWatch:
    """Notices that the machine's clock was set. ``stepped``: told by how much ours is to be set then."""

    def __init__(
        self, clock: Clock, stepped: Callable[[float], None], alarm: Callable[[str, str], None], *, every_s: float = 0.0
    ) -> None:
        self._stepped = stepped
        self._alarm = alarm
        self._every_s = every_s or _LOOK_EVERY_S
        self._offset = wall() - time.monotonic()
        self._ours = clock() - time.monotonic()
        """As it will be once everybody has heard."""

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(self._every_s)
            self.look()

    def look(self) -> None:
        """Compare the machine's two clocks with what they were."""
        before = time.monotonic()
        offset = wall() - before
        if time.monotonic() - before > _FAIR_S or abs(offset - self._offset) < _STEP_S:
            return
        set_by_s, self._offset = offset - self._offset, offset
        by_s, self._ours = offset - self._ours, offset
        self._stepped(by_s)
        self._alarm("clock_jumped", f"{_moved(set_by_s)}. Waits and turns are as they were. {_CURE}")


def at_start(left_at: float, now: float) -> tuple[float, str]:
    """Tell by how much a room has to be moved that was left at ``left_at``, and what has to be said of it.

    A clock that is behind the room was set back meanwhile. One that is far before it may be right: perhaps nobody was
    here for so long.
    """
    if left_at > now + SMALL_S:
        return (
            now - left_at,
            f"{_moved(now - left_at)} since the last controller. Waits and turns are as they were. {_CURE}",
        )
    if now > left_at + AWAY_S:
        return 0.0, f"The last controller served until {_date(left_at)}, and now it is {_date(now)}. {_CURE}"
    return 0.0, ""


def _moved(by_s: float) -> str:
    way = "forward" if by_s > 0 else "back"
    return f"The machine's clock was set {way} by {abs(by_s):.1f} s, to {_date(wall())}"


def _date(at: float) -> str:
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        return f"{at:.0f} s after 1970"
