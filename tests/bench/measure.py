"""From SIPp's logs to figures: one way of counting for both sides."""

from __future__ import annotations

import heapq
import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from tests.bench.crowd import Crowd, Logs
from tests.bench.scenarios import KEY_LASTS_S

_DIGITS = 7
"""So many last digits of a caller's number tell callers apart: numbers are shown in their national form, or another."""
OVERTAKEN_BY_S = 0.1
"""A caller who pressed the key so much later is behind; closer ones are taken as having come together."""
_RANG_BEFORE_S = 0.01
"""Phones that ring so close to each other are taken as ringing together: several begin to in one moment."""


@dataclass
class Call:
    """The instants of one call, in seconds of the machine's clock; None for what did not happen."""

    invited: float | None = None
    answered: float | None = None
    pressed: float | None = None
    """When the key was released, which is when Asterisk knows it."""
    rang: float | None = None
    picked_up: float | None = None
    freed: float | None = None
    ended: float | None = None
    refused: float | None = None

    @property
    def failure(self) -> str:
        """What went wrong first; empty for a call that went well."""
        if self.refused is not None:
            return "refused"
        stages = {
            "not sent": self.invited,
            "not answered": self.answered,
            "hung up on before the key": self.pressed,
            "no phone rang": self.rang,
            "no operator reached": self.picked_up,
            "cut off in the talk": self.freed,
            "not hung up": self.ended,
        }
        return next((name for name, at in stages.items() if at is None), "")


@dataclass(frozen=True)
class Spread:
    """Many durations, in milliseconds; NaN without any."""

    p50: float
    p99: float
    most: float
    number: int

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Spread:
        """Sort and look, by nearest rank."""
        found = sorted(value * 1000 for value in seconds)
        if not found:
            return cls(math.nan, math.nan, math.nan, 0)

        def rank(share: float) -> float:
            return found[max(0, math.ceil(share * len(found)) - 1)]

        return cls(rank(0.5), rank(0.99), found[-1], len(found))


@dataclass
class Figures:
    """What one trial of one side gave."""

    side: str
    trial: str
    calls: int
    failures: dict[str, int]
    drain_s: float
    """From the first INVITE to the end of the last talk."""
    efficiency: float
    """Callers x (answer + talk) / operators, over ``drain_s``: less than 1 even without any delay, as callers come one
    after the other and press a key first."""
    dispatch: float
    """What a dispatcher would need who takes no time, for the same INVITEs, over ``drain_s``."""
    idle_gap: Spread
    """From an operator's BYE to the next INVITE at the same phone, while somebody waits."""
    ring: Spread
    """From the release of the key to the INVITE at a phone."""
    answer: Spread
    """From the INVITE to 200 OK."""
    overtaken: int
    """Callers for whom a phone rang later than for one who had pressed the key after them."""
    most_waiting: int
    cpu_ms: dict[str, float] = field(default_factory=dict)
    """Process -> CPU milliseconds a call."""
    memory_mib: dict[str, float] = field(default_factory=dict)
    """Process -> the most that was seen."""
    sipp_cpu_ms: float = 0.0
    others_cores: float = 0.0
    """How many cores whatever else runs on the machine kept busy meanwhile."""
    rings: int = 0
    """INVITEs at phones."""
    fallbacks: int = 0
    """Calls that ntpd112's dialplan served without the controller."""
    replaced: int = 0
    """Processes that ended during the trial, and were started again."""
    rate: float = 0.0

    @property
    def failed(self) -> int:
        """How many calls failed."""
        return sum(self.failures.values())


def figures(side: str, trial: str, crowd: Crowd, staff: int, logs: Logs, opened_at: float | None = None) -> Figures:
    """Count. ``opened_at``: when the operators came, should the callers have waited for them first."""
    calls = calls_of(logs)
    failures = Counter(call.failure for call in calls.values() if call.failure)
    if len(calls) < logs.sent:
        failures["not sent"] += logs.sent - len(calls)
    rings = _rings(logs)
    begin = opened_at or min((c.invited for c in calls.values() if c.invited), default=math.nan)
    drain_s = max((c.freed for c in calls.values() if c.freed), default=math.nan) - begin
    asked = [max(c.invited + crowd.key_after_s, opened_at or 0.0) for c in calls.values() if c.invited]
    return Figures(
        side=side,
        trial=trial,
        calls=logs.sent,
        failures=dict(failures),
        drain_s=drain_s,
        efficiency=crowd.callers * crowd.handling_s / staff / drain_s,
        dispatch=(_ideal_end(asked, staff, crowd.handling_s) - begin) / drain_s,
        idle_gap=Spread.of(_gaps(rings, _Waiting(calls))),
        ring=Spread.of([c.rang - c.pressed for c in calls.values() if c.rang and c.pressed]),
        answer=Spread.of([c.answered - c.invited for c in calls.values() if c.answered and c.invited]),
        overtaken=_overtaken(calls),
        most_waiting=_most_waiting(calls),
        rings=sum(line.startswith("rang\t") for line in logs.phones),
        rate=crowd.rate,
    )


def calls_of(logs: Logs) -> dict[str, Call]:
    """Return every call by the last digits of its number."""
    calls: dict[str, Call] = {}
    for line in logs.citizens:
        words = line.split("\t")
        call = calls.setdefault(words[2][-_DIGITS:], Call())
        setattr(call, words[0], float(words[-1]) + (KEY_LASTS_S if words[0] == "pressed" else 0.0))
    for line in logs.phones:
        words = line.split("\t")
        found = calls.get(words[3][-_DIGITS:])
        if found is not None and words[0] in {"rang", "picked_up", "freed"} and getattr(found, words[0]) is None:
            setattr(found, words[0], float(words[-1]))
    return calls


def _rings(logs: Logs) -> dict[str, list[tuple[float, str]]]:
    """Return what happened at each operator's phone: (instant, ``rang`` or ``freed``)."""
    rings: dict[str, list[tuple[float, str]]] = {}
    for line in logs.phones:
        words = line.split("\t")
        if words[0] in {"rang", "freed"}:
            rings.setdefault(words[2], []).append((float(words[-1]), words[0]))
    return rings


class _Waiting:
    """How many callers waited for a phone to ring at any instant."""

    def __init__(self, calls: dict[str, Call]) -> None:
        self._came = sorted(c.pressed for c in calls.values() if c.pressed)
        self._went = sorted(c.rang for c in calls.values() if c.pressed and c.rang)

    def at(self, instant: float) -> int:
        return bisect_right(self._came, instant) - bisect_left(self._went, instant)


def _gaps(rings: dict[str, list[tuple[float, str]]], waiting: _Waiting) -> list[float]:
    gaps = []
    for happened in rings.values():
        happened.sort()
        for (at, what), (then, next_one) in pairwise(happened):
            if (what, next_one) == ("freed", "rang") and waiting.at(at) > 0:
                gaps.append(then - at)
    return gaps


def _ideal_end(asked: list[float], staff: int, handling_s: float) -> float:
    """Return when the last talk would end if each free operator took the next caller in no time."""
    free = [0.0] * staff
    end = math.nan
    for at in sorted(asked):
        end = max(at, heapq.heappop(free)) + handling_s
        heapq.heappush(free, end)
    return max([end, *free])


def _overtaken(calls: dict[str, Call]) -> int:
    """Count callers for whom a phone rang noticeably later than for one who pressed the key noticeably later."""
    order = sorted((c.pressed, c.rang) for c in calls.values() if c.rang and c.pressed)
    earliest = [math.inf]
    """The first ring for anybody in ``order`` from here on, counted from its end."""
    for _, rang in reversed(order):
        earliest.append(min(earliest[-1], rang))
    found = 0
    for pressed, rang in order:
        behind = bisect_right(order, (pressed + OVERTAKEN_BY_S, math.inf))
        found += rang > earliest[len(order) - behind] + _RANG_BEFORE_S
    return found


def _most_waiting(calls: dict[str, Call]) -> int:
    waiting = _Waiting(calls)
    return max((waiting.at(c.pressed) for c in calls.values() if c.pressed), default=0)
