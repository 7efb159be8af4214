"""The core alone, with a fake clock: an exchange in a page, which the same stories hold to the real one's behaviour."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from itertools import count

from ntpd112.config.arrival import arrived
from ntpd112.core import messages as m
from ntpd112.core.records import CallRecord
from ntpd112.core.room import Room
from ntpd112.core.switchboard import Switchboard
from ntpd112.pbx.contract import Arrival
from ntpd112.simulate import Answer, HangUp, Identity, NoAnswer, Press
from ntpd112.simulate.behaviour import Behaviour, Refuse
from ntpd112.simulate.citizen import DtmfMethod, Step
from tests.stories.city import city_file
from tests.stories.world import PATIENCE_S, Caller, World

_SOON_S = 0.01
_RING_S = 0.05
_PROMPT_S = 0.6
_Q850 = {486: 17, 603: 21, 503: 34, 480: 19, 404: 1}


class CoreWorld(World):
    """Phones and citizens as scheduled events."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self.file = city_file()
        self.board = Switchboard(self.file.plan)
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._number = count(1)
        self._phones: dict[str, Behaviour] = {}
        self._agencies: dict[str, Behaviour] = {}
        self._legs: dict[str, str] = {}
        self._steps: dict[str, list[Step]] = {}
        self._records: list[CallRecord] = []

    @property
    def room(self) -> Room:
        return self.board.room

    # people

    async def phone(self, operator: str, behaviour: Behaviour) -> None:
        self._phones[operator] = behaviour
        self._take(m.PhoneStateChanged(operator, "free"))

    async def dial(self, operator: str, code: str) -> None:
        self._take(m.FeatureDialled(f"dial{next(self._number)}", operator, code))

    async def agency(self, trunk: str, behaviour: Behaviour) -> None:
        self._agencies[trunk] = behaviour

    async def citizen(
        self,
        trunk: str = "landline",
        steps: Sequence[Step] = (),
        *,
        identity: Identity | None = None,
        ani: str = "",
        ddi: str = "112",
        late_offer: bool = False,
        inband_only: bool = False,
        transport: str = "udp",
    ) -> Caller:
        caller = Caller(f"c{next(self._number)}")
        who = identity or Identity(ani=ani or "0215550101", ddi=ddi)
        shown = who.asserted or ("anonymous" if who.privacy else who.ani)
        self._steps[caller.call_id] = list(steps)
        self._take(arrived(self.file.city, Arrival(caller.call_id, trunk, who.ddi, shown, who.name)))
        return caller

    async def press(self, caller: Caller, digits: str, method: DtmfMethod = "rfc4733") -> None:
        for digit in digits:
            self._take(m.DigitPressed(caller.call_id, digit))

    async def hang_up(self, caller: Caller) -> None:
        self._take(m.CallEnded(caller.call_id, 16, 0))

    async def operator_hangs_up(self, operator: str) -> None:
        self._take(m.LegEnded(self._leg(operator), 16, 0))

    async def operator_presses(self, operator: str, keys: str) -> None:
        for key in keys:
            self._take(m.LegDigit(self._leg(operator), key))

    async def reload(self, **changes: int) -> None:
        self.file = city_file(**changes)
        self._take(m.RoutingChanged(self.file.plan))

    def _leg(self, operator: str) -> str:
        leg = self.seat(operator).leg
        assert leg is not None, f"{operator} is in no call"
        return leg.leg_id

    # time

    async def until(self, condition: Callable[[], bool], within_s: float = PATIENCE_S) -> None:
        limit = self.now + within_s
        while not condition():
            assert self._next_at() <= limit, f"not within {within_s} s; calls: {list(self.room.calls.values())}"
            self._go_on()

    async def pause(self, seconds: float) -> None:
        end = self.now + seconds
        while self._next_at() <= end:
            self._go_on()
        self.now = end

    def _next_at(self) -> float:
        deadline = self.board.next_deadline()
        due = self._due[0][0] if self._due else float("inf")
        return min(due, float("inf") if deadline is None else deadline)

    def _go_on(self) -> None:
        self.now = max(self.now, self._next_at())
        if self._due and self._due[0][0] <= self.now:
            heapq.heappop(self._due)[2]()
        else:
            self._take(m.TimePassed())

    def _later(self, after_s: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._due, (self.now + after_s, next(self._number), act))

    def _tell(self, after_s: float, event: m.Event) -> None:
        self._later(after_s, lambda: self._take(event))

    # the exchange

    def _take(self, event: m.Event) -> None:
        for action in self.board.step(self.now, event):
            self._carry_out(action)

    def _carry_out(self, action: m.Action) -> None:
        match action:
            case m.Answer(call_id):
                self._tell(_SOON_S, m.CallAnswered(call_id))
                self._later(_SOON_S, lambda: self._begin(call_id))
            case m.StartRecording(call_id, name):
                self._tell(_SOON_S, m.RecordingStarted(call_id, f"{name}.wav"))
            case m.Play(call_id, play_id, prompts):
                self._tell(_PROMPT_S * len(prompts), m.PlayEnded(call_id, play_id, failed=False))
            case m.StopPlay(call_id, play_id):
                self._tell(_SOON_S, m.PlayEnded(call_id, play_id, failed=False))
            case m.Ring():
                self._ring(action)
            case m.CancelRing(leg_id) | m.DropLeg(leg_id):
                self._tell(_SOON_S, m.LegEnded(leg_id, 16, 0))
            case m.EndCall(call_id):
                self._tell(_SOON_S, m.CallEnded(call_id, 0, 0))
            case m.GiveBack(call_id):
                self._tell(_SOON_S, m.CallGivenBack(call_id))
            case m.SaveCall(record):
                self._records.append(record)
            case _:
                pass

    def _begin(self, call_id: str) -> None:
        for step in self._steps.pop(call_id, ()):
            match step:
                case Press(digits, after_s):
                    for position, digit in enumerate(digits):
                        self._tell(after_s + position * 0.2, m.DigitPressed(call_id, digit))
                case HangUp(after_s):
                    self._tell(after_s, m.CallEnded(call_id, 16, 0))

    def _ring(self, ring: m.Ring) -> None:
        behaviour = self._phones.get(ring.operator) if ring.operator else self._agencies.get(ring.trunk)
        match behaviour:
            case None:
                self._tell(_SOON_S, m.LegEnded(ring.leg_id, 20, 0))
            case Answer(after_s, talk_s, presses):
                self._tell(_RING_S, m.LegRang(ring.leg_id))
                self._tell(_RING_S + after_s, m.LegAnswered(ring.leg_id))
                for position, digit in enumerate(presses.digits if presses is not None else ""):
                    after = (presses.after_s if presses is not None else 0.0) + position * 0.2
                    self._tell(_RING_S + after_s + after, m.LegDigit(ring.leg_id, digit))
                if talk_s:
                    self._tell(_RING_S + after_s + talk_s, m.LegEnded(ring.leg_id, 16, 0))
            case NoAnswer():
                self._tell(_RING_S, m.LegRang(ring.leg_id))
            case Refuse(status, after_s, rings):
                if rings:
                    self._tell(_RING_S, m.LegRang(ring.leg_id))
                self._tell(_RING_S + after_s, m.LegEnded(ring.leg_id, _Q850[status], status))
            case _:
                pass

    # results

    async def record(self, caller: Caller) -> CallRecord:
        records = [record for record in self._records if record.call_id == caller.call_id]
        assert len(records) == 1
        return records[0]

    async def close(self) -> None:
        """Check that nothing is left."""
        await self.until(lambda: not self.room.calls and not self.room.legs)
        assert len(self.room.line) == 0
