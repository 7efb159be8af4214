"""A made-up world for one call, around the real core: a clock, a caller who presses keys, phones nobody picks up."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from itertools import count
from typing import Final

from ntpd112.config.problem import PathInFile
from ntpd112.config.prompts import PromptName
from ntpd112.config.prove import spoken_s
from ntpd112.config.schema import City
from ntpd112.core import messages as m
from ntpd112.core.call import Call
from ntpd112.core.plan import AnyOperator, CallDestination, ChooseLanguage, ChooseType, OverflowStep, Plan, RingAll
from ntpd112.core.switchboard import Switchboard

LONGEST_S: Final = 600.0
MOST_STEPS: Final = 200
_KEY_AFTER_S: Final = 1.0
"""The caller presses a key so long after the menu began."""
_REQUEST_CANCELLED: Final = 487


@dataclass(frozen=True)
class Told:
    """One thing that happened, and the path in the file that decides it; an empty path when none does."""

    at_s: float
    what: str
    text: str
    path: PathInFile


class Rehearsal:
    """One call from the INVITE until everything has been tried once, or ``LONGEST_S`` is over."""

    def __init__(self, city: City, plan: Plan, arrived: m.CallArrived, digits: str, working: tuple[str, ...]) -> None:
        self._city = city
        self._plan = plan
        self._board = Switchboard(plan)
        self._working = working
        self._digits = list(digits)
        self._events: list[tuple[float, int, m.Event]] = []
        self._number = count()
        self._now = 0.0
        self._told: list[Told] = []
        self._outside: set[str] = set()
        self._repeats = False
        self._links = 0
        self._legs: dict[str, m.Ring] = {}
        self._on_break: set[str] = set()
        for operator in working:
            self._later(0, m.PhoneStateChanged(operator, "free"))
            self._later(0, m.PresenceSet(operator, "available", "", operator))
        self._later(0, arrived)

    def run(self) -> list[Told]:
        """Play the call and return what happened."""
        while not self._repeats and len(self._told) < MOST_STEPS:
            event = self._next()
            if event is None or self._now > LONGEST_S:
                break
            before = len(self._told)
            self._tell_event(event)
            actions = self._board.step(self._now, event)
            self._tell_state()
            for action in actions:
                self._carry_out(action)
            if len(self._told) == before and self._nothing_new():
                break
        self._told.append(self._end())
        return self._told

    def _later(self, after_s: float, event: m.Event) -> None:
        heapq.heappush(self._events, (self._now + after_s, next(self._number), event))

    def _next(self) -> m.Event | None:
        deadline = self._board.next_deadline()
        at = self._events[0][0] if self._events else None
        if at is not None and (deadline is None or at <= deadline):
            self._now, _, event = heapq.heappop(self._events)
            return event
        if deadline is None:
            return None
        self._now = max(self._now, deadline)
        return m.TimePassed()

    def _nothing_new(self) -> bool:
        """Only comfort is left: everybody is on a break after not answering, or nobody ever was there."""
        call = self._call
        return (
            call is not None
            and call.state == "waiting"
            and not self._outside
            and self._links >= len(call.queue.overflow)
            and not self._board.room.on_duty
        )

    @property
    def _call(self) -> Call | None:
        return next(iter(self._board.room.calls.values()), None)

    def _tell(self, what: str, text: str, *path: str | int) -> None:
        self._told.append(Told(self._now, what, text, path))

    def _tell_event(self, event: m.Event) -> None:
        if not isinstance(event, m.DigitPressed):
            return
        meaning = self._plan.menu.keys.get(event.digit)
        path = ("menu", "keys", event.digit) if meaning else ("menu", "keys")
        match meaning:
            case ChooseType(kind):
                self._tell("key", f"{event.digit}: {kind}", *path)
                priority, skills = self._plan.types[kind].priority, self._plan.types[kind].skills
                text = f"{kind}: priority {priority}, skills {', '.join(skills) or 'none'}"
                self._tell("type", text, "types", kind)
            case ChooseLanguage(language):
                self._tell("key", f"{event.digit}: the menu again in {language}", *path)
            case None:
                self._tell("key", f"{event.digit} means nothing: no caller is sent away for it", *path)
            case _:
                self._tell("key", f"{event.digit}: an operator", *path)

    def _tell_state(self) -> None:
        """Tell what the core decided without asking for an action."""
        call = self._call
        if call is None:
            return
        if call.queued_at == self._now and not any(told.what == "queue" for told in self._told):
            skills = f", skills {', '.join(sorted(call.skills))}" if call.skills else ""
            text = f"joins {call.queue.name} with priority {call.priority}{skills}"
            self._tell("queue", text, "queues", call.queue.name)
        while self._links < call.next_overflow:
            link = call.queue.overflow[self._links]
            self._tell("overflow", _link_words(link), *self._link_path(call.queue.name, link))
            self._links += 1
        for name, operator in self._board.room.operators.items():
            if operator.reason == "rona" and name not in self._on_break:
                self._on_break.add(name)
                self._tell("rona", f"{name} did not answer and goes on a break; the caller keeps the turn")

    def _link_path(self, queue: str, link: OverflowStep) -> PathInFile:
        """Find the link in the file, whose order may be another than the plan's."""
        for n, step in enumerate(self._city.queues[queue].overflow):
            target = step.to
            if step.after_s == link.after_s and target == _target_name(link):
                return ("queues", queue, "overflow", n)
        return ("queues", queue, "overflow")

    def _carry_out(self, action: m.Action) -> None:
        match action:
            case m.Answer(call_id):
                self._later(0, m.CallAnswered(call_id))
            case m.Play():
                self._play(action)
            case m.Ring():
                self._ring(action)
            case m.CancelRing(leg_id) | m.DropLeg(leg_id):
                self._later(0, m.LegEnded(leg_id, 0, _REQUEST_CANCELLED))
                if isinstance(action, m.CancelRing) and action.reason == "no_answer":
                    self._no_answer(leg_id)
            case m.RaiseAlarm():
                self._tell("alarm", action.text)

    def _play(self, play: m.Play) -> None:
        for prompt in play.prompts:
            text = self._city.prompts.get(prompt, {}).get(play.language, "")  # type: ignore[call-overload]
            self._tell(prompt, f'"{text}"', "prompts", prompt, play.language)
        names: list[PromptName] = [name for name in self._city.prompts if name in play.prompts]
        self._later(spoken_s(self._city, play.language, *names), m.PlayEnded(play.call_id, play.play_id, failed=False))
        if "menu" in play.prompts and self._digits:
            self._later(_KEY_AFTER_S, m.DigitPressed(play.call_id, self._digits.pop(0)))

    def _ring(self, ring: m.Ring) -> None:
        self._legs[ring.leg_id] = ring
        self._later(0, m.LegRang(ring.leg_id))
        if ring.operator:
            operator = self._plan.operators[ring.operator]
            skills = ", ".join(operator.skills) or "no special skills"
            self._tell("ring", f"{operator.operator} {operator.name} ({skills})", "operators", operator.operator)
            return
        name = next(
            (
                name
                for name, one in self._plan.destinations.items()
                if (one.number, one.trunk) == (ring.number, ring.trunk)
            ),
            ring.number,
        )
        if name in self._outside:
            self._repeats = True
            return
        self._outside.add(name)
        shown = self._plan.destinations[name].name if name in self._plan.destinations else name
        self._tell("ring", f"{shown}: {ring.number} through {ring.trunk}", "destinations", name)

    def _no_answer(self, leg_id: str) -> None:
        ring, call = self._legs.get(leg_id), self._call
        if ring is None or call is None:
            return
        key = "ring_s" if ring.operator else "overflow_ring_s"
        text = f"{ring.operator or ring.number} rang {ring.ring_s:g} s"
        self._tell("no answer", text, "queues", call.queue.name, key)

    def _end(self) -> Told:
        call = self._call
        queue = call.queue.name if call else self._plan.default_queue
        if self._repeats:
            text = "all were tried; from here on the same again, until somebody answers or the caller hangs up"
            return Told(self._now, "again", text, ("queues", queue, "overflow_retry_s"))
        text = "the caller keeps the turn and waits for the next operator who is ready"
        return Told(self._now, "waiting", text, ("queues", queue))


def _target_name(link: OverflowStep) -> str:
    match link.target:
        case AnyOperator():
            return "any_operator"
        case RingAll():
            return "ring_all"
        case CallDestination(destination):
            return destination


def _link_words(link: OverflowStep) -> str:
    match link.target:
        case AnyOperator():
            words = "skills no longer matter"
        case RingAll():
            words = "every free phone rings at once"
        case CallDestination(destination):
            words = f"the numbers outside, now as far as {destination}"
    return f"after {link.after_s:g} s of waiting: {words}"
