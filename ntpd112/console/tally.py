"""Counts what happens in the room, since this process began: for rates, which no look at the room as it is can give."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, get_args

from ntpd112.core.messages import Action, SaveCall
from ntpd112.core.records import CallRecord, OfferResult, Outcome
from ntpd112.web.control import Alarm

BOUNDS_S: Final = (1.0, 2.5, 5.0, 7.5, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 300.0)
"""15 and 20 s are those of NENA-STA-020."""


@dataclass
class Times:
    """How often something took at most so long."""

    at_most: list[int] = field(default_factory=lambda: [0] * len(BOUNDS_S))
    number: int = 0
    total_s: float = 0.0

    def add(self, took_s: float) -> None:
        """Count one more."""
        self.number += 1
        self.total_s += took_s
        for place, bound in enumerate(BOUNDS_S):
            self.at_most[place] += took_s <= bound


class Tally:
    """The counts. Calls that the centre makes to itself are nobody's, and not counted."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter(dict.fromkeys(get_args(Outcome), 0))
        self.offers: Counter[str] = Counter(dict.fromkeys(get_args(OfferResult), 0))
        self.alarms: Counter[str] = Counter()
        self.from_invite = Times()
        self.from_queue = Times()

    def hear_action(self, _now: float, action: Action) -> None:
        """Count what was decided."""
        if isinstance(action, SaveCall) and action.record.trunk_kind != "selftest":
            self._count(action.record)

    def hear_alarm(self, alarm: Alarm) -> None:
        """Count an alarm."""
        self.alarms[alarm.kind] += 1

    def _count(self, record: CallRecord) -> None:
        self.outcomes[record.outcome] += 1
        for offer in record.offers:
            self.offers[offer.result] += 1
        if record.invite_to_human_s is not None:
            self.from_invite.add(record.invite_to_human_s)
        if record.queue_to_human_s is not None:
            self.from_queue.add(record.queue_to_human_s)
