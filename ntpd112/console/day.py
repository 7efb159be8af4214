"""Counts the finished calls of each day: pure, and in whatever order and however often they are heard of.

One call may be heard of twice with different ends: one that went to the dialplan's own queue is completed later, from
Asterisk's ledger. Of two versions the same one counts, whichever came first.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from ntpd112.store.outlines import CallOutline
from ntpd112.store.queries import TOLERANCE_S

KEPT: Final = timedelta(days=1)
"""Before today: a clock that is set back must not lose a day."""


class Goal(NamedTuple):
    """So many of the calls are to be answered within this time, those left aside that gave up sooner."""

    within_s: int
    percent: int


GOALS: Final = (Goal(15, 90), Goal(20, 95))
"""NENA-STA-020.1-2020."""

Mark = tuple[str, str | int | None]
"""One thing a call is counted for, such as ``("answered", 14)``: answered, having arrived after 14:00."""
ALL: Final = None
"""The second part of a mark for calls of every hour and type."""


def marks(call: CallOutline, zone: ZoneInfo) -> list[Mark]:
    """Return everything a call is counted for."""
    hour = datetime.fromtimestamp(call.arrived_at, zone).hour
    found: list[Mark] = [("arrived", ALL), ("arrived", hour), ("type", call.type)]
    if call.outcome == "abandoned":
        found.append(("abandoned", ALL))
    if call.connected_at is not None:
        found += [("answered", ALL), ("answered", hour)]
    for clock, begun_at in (("invite", call.arrived_at), ("queue", call.queued_at)):
        if begun_at is not None and call.connected_at is not None:
            found += _read(clock, call.connected_at - begun_at)
        elif begun_at is not None:
            found += _missed(clock, call.ended_at - begun_at)
    return found


def _read(clock: str, took_s: float) -> list[Mark]:
    """What one answering clock says. A call of exactly 15 s is within 15 s."""
    return [(clock, ALL), *((clock, goal.within_s) for goal in GOALS if took_s <= goal.within_s + TOLERANCE_S)]


def _missed(clock: str, waited_s: float) -> list[Mark]:
    """What a clock says of a caller whom nobody answered: whoever has waited longer than a goal has missed it."""
    return [(f"{clock} missed", goal.within_s) for goal in GOALS if waited_s > goal.within_s + TOLERANCE_S]


class Days:
    """The calls of today and of the day before, each counted once."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._days: dict[date, _Day] = {}

    def begins_at(self, now: float) -> float:
        """Return when today began."""
        return datetime.combine(self._date(now), datetime.min.time(), self._zone).timestamp()

    def add(self, call: CallOutline) -> None:
        """Count a call, unless it is one of the centre to itself."""
        if call.trunk_kind != "selftest":
            self._days.setdefault(self._date(call.arrived_at), _Day(self._zone)).add(call)

    def today(self, now: float) -> Counter[Mark]:
        """Return what is counted of today's calls; the days before yesterday are forgotten."""
        today = self._date(now)
        self._days = {day: calls for day, calls in self._days.items() if day >= today - KEPT}
        return self._days[today].counted if today in self._days else Counter()

    def moved_to(self, zone: ZoneInfo) -> Days:
        """Return the same calls, with days as in another time zone."""
        moved = Days(zone)
        for day in self._days.values():
            for call in day.calls.values():
                moved.add(call)
        return moved

    def _date(self, instant: float) -> date:
        return datetime.fromtimestamp(instant, self._zone).date()


class _Day:
    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self.calls: dict[str, CallOutline] = {}
        self.counted: Counter[Mark] = Counter()

    def add(self, call: CallOutline) -> None:
        known = self.calls.get(call.call_id)
        if known is not None:
            if _certainty(call) <= _certainty(known):
                return
            self.counted.subtract(marks(known, self._zone))
        self.calls[call.call_id] = call
        self.counted.update(marks(call, self._zone))


def _certainty(call: CallOutline) -> tuple[bool, float, bool, str, str]:
    """Of two versions of a call the one that knows more has more of this."""
    is_completed = call.outcome != "overflowed"
    return call.connected_at is not None, call.ended_at, is_completed, call.outcome, call.type or ""
