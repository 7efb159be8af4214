"""The core alone: what one event costs with many callers waiting and many operators at work."""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass
from itertools import count

import msgspec

from ntpd112.core import messages as m
from ntpd112.core.plan import OperatorPlan, Plan
from ntpd112.core.switchboard import Switchboard
from tests.core.plans import make_plan

WAITING = (100, 10_000, 100_000)
OPERATORS = (10, 1_000)
_STEP_S = 0.001
"""So much time passes from one event to the next."""


@dataclass(frozen=True)
class CoreFigures:
    """One size and what an event costs there."""

    waiting: int
    operators: int
    events: int
    us_per_event: float

    @property
    def per_s(self) -> float:
        """Events a second."""
        return 1e6 / self.us_per_event


class Rush:
    """A room in which all operators talk and so many wait; each talk that ends lets one in and another arrive."""

    def __init__(self, waiting: int, operators: int) -> None:
        names = tuple(str(2001 + n) for n in range(operators))
        self.board = Switchboard(_plan(names))
        self.now = 1000.0
        self.events = 0
        self._numbers = count(1)
        self._talks: list[m.Ring] = []
        for name in names:
            self.step(m.PresenceSet(name, "available", "", name))
        for _ in range(waiting + operators):
            self._talks += self._arrive()
        assert len(self.board.room.line) == waiting

    def step(self, event: m.Event) -> list[m.Action]:
        """Let an event happen, and before it every deadline at its instant, as the engine does."""
        self.now += _STEP_S
        while (due := self.board.next_deadline()) is not None and due <= self.now:
            self.events += 1
            self.board.step(due, m.TimePassed())
        self.events += 1
        return self.board.step(self.now, event)

    def turn_over(self) -> None:
        """An operator hangs up, the caller goes, the next one is rung and answered, somebody else arrives."""
        ring = self._talks.pop(0)
        actions = [*self.step(m.LegEnded(ring.leg_id, 16, 0)), *self.step(m.CallEnded(ring.call_id, 16, 0))]
        for action in actions:
            if isinstance(action, m.Ring):
                self._answer(action)
        self._talks += self._arrive()

    def _answer(self, ring: m.Ring) -> None:
        self.step(m.LegRang(ring.leg_id))
        self.step(m.LegAnswered(ring.leg_id))
        self._talks.append(ring)

    def _arrive(self) -> list[m.Ring]:
        call_id = f"c{next(self._numbers)}"
        ani = f"+62812{call_id[1:]}"
        self.step(m.CallArrived(call_id, "mobile", "mobile", "112", "112", True, ani, ani, "national", ""))
        self.step(m.CallAnswered(call_id))
        rung: list[m.Ring] = []
        for action in self.step(m.DigitPressed(call_id, "4")):
            if isinstance(action, m.Play):
                self.step(m.PlayEnded(call_id, action.play_id, failed=False))
            elif isinstance(action, m.Ring):
                rung.append(action)
        for ring in rung:
            self.step(m.LegRang(ring.leg_id))
            self.step(m.LegAnswered(ring.leg_id))
        return rung


def measure(waiting: int, operators: int, turns: int) -> CoreFigures:
    """Return what an event costs at one size, on average over so many turns."""
    rush = Rush(waiting, operators)
    for _ in range(turns // 10):
        rush.turn_over()
    gc.collect()
    before, began = rush.events, time.perf_counter()
    for _ in range(turns):
        rush.turn_over()
    took_s, events = time.perf_counter() - began, rush.events - before
    assert len(rush.board.room.line) == waiting
    return CoreFigures(waiting, operators, events, took_s * 1e6 / events)


def _plan(names: tuple[str, ...]) -> Plan:
    people = {name: OperatorPlan(name, f"Operator {name}", (), 0.0) for name in names}
    queue = {"overflow": (), "max_waiting": 1_000_000}
    return msgspec.structs.replace(make_plan(names, queue=queue), operators=people)
