"""What a controller begins with: the room that the last one left, brought to the time that it is now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ntpd112.clock import Clock, at_start
from ntpd112.core.clock_step import ClockStepped
from ntpd112.journal import JournalError, Left, recover


@dataclass(frozen=True)
class Inherited:
    """``left``: None when there is nothing to go on from."""

    left: Left | None
    clock: Clock
    alarms: tuple[tuple[str, str], ...]
    """What the people who run the room have to know: kind and text."""


def inherit(folder: Path, elsewhere: Callable[[], float | None]) -> Inherited:
    """Read what the last controller left. A journal that cannot be read is no reason not to serve.

    ``elsewhere``: the time of day by the clock of the one who served before, if it was on another machine.
    """
    try:
        left = recover(folder)
    except JournalError as error:
        return Inherited(None, Clock(), (("journal", f"{error}; calls of the last controller go to the fallback"),))
    if left is None:
        return Inherited(None, Clock(), ())
    alarms = [("journal", f"{left.damage}; what came later is read from Asterisk")] if left.damage else []
    told = elsewhere()
    by_s, text = at_start(left.now, Clock()() if told is None else told)
    if text:
        alarms.append(("clock_jumped", text))
    if by_s:
        left.board.step(left.now + by_s, ClockStepped(by_s))
    return Inherited(left, Clock(left.now + by_s, told), tuple(alarms))
