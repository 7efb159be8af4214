"""A switchboard with hands: it lets things happen in the room's own words and keeps what the core asked for."""

from __future__ import annotations

from typing import TypeVar

from ntpd112.core import messages as m
from ntpd112.core.call import Call, Leg
from ntpd112.core.commands import CommandName
from ntpd112.core.operator import Operator
from ntpd112.core.plan import Plan
from ntpd112.core.records import AniKind, CallRecord
from ntpd112.core.switchboard import Switchboard
from tests.core.plans import OPERATORS, make_plan

START = 1000.0

A = TypeVar("A", bound=m.Action)


class Board:
    """One room; ``actions`` are those of the latest thing that happened, ``log`` all of them."""

    def __init__(self, plan: Plan | None = None, on_duty: tuple[str, ...] = OPERATORS) -> None:
        self.plan = plan or make_plan()
        self.switchboard = Switchboard(self.plan)
        self.room = self.switchboard.room
        self.now = START
        self.actions: list[m.Action] = []
        self.log: list[m.Action] = []
        self.set_presence("available", *on_duty)

    # what happens

    def step(self, *events: m.Event) -> list[m.Action]:
        """Let these events happen now; return the actions."""
        self.actions = []
        for event in events:
            self.actions += self.switchboard.step(self.now, event)
        self.log += self.actions
        return self.actions

    def tick(self, seconds: float) -> list[m.Action]:
        """Let time pass, each deadline being kept at its instant; return the actions."""
        until = self.now + seconds
        actions: list[m.Action] = []
        while (deadline := self.switchboard.next_deadline()) is not None and deadline <= until:
            self.now = max(self.now, deadline)
            actions += self.step(m.TimePassed())
        self.now = until
        self.actions = actions
        return actions

    def arrive(self, call_id: str = "c1", *, ddi_known: bool = True, ani: str | None = "+62811") -> list[m.Action]:
        """An INVITE comes in."""
        kind: AniKind = "national" if ani else "withheld"
        raw = ani or "anonymous"
        return self.step(m.CallArrived(call_id, "mobile", "mobile", "112", "112", ddi_known, ani, raw, kind, "Ani"))

    def greet(self, call_id: str = "c1") -> list[m.Action]:
        """A caller arrives and hears the greeting."""
        self.arrive(call_id)
        return self.step(m.CallAnswered(call_id))

    def ask(self, call_id: str = "c1") -> list[m.Action]:
        """A caller arrives, hears the greeting to its end and then the menu."""
        self.greet(call_id)
        return self.played(call_id)

    def queue(self, call_id: str = "c1", key: str = "4") -> list[m.Action]:
        """A caller arrives and presses a key during the greeting; ``4``, an ambulance, asks for no skills."""
        self.greet(call_id)
        return self.press(key, call_id)

    def talk(self, call_id: str = "c1", key: str = "4") -> str:
        """A caller arrives and is joined with the first operator who is rung; return that operator."""
        self.queue(call_id, key)
        operator = next(leg.operator for leg in self.call(call_id).ringing.values() if leg.operator)
        self.pick_up(operator)
        return operator

    def press(self, keys: str, call_id: str = "c1") -> list[m.Action]:
        """The caller presses keys."""
        return self.step(*(m.DigitPressed(call_id, key) for key in keys))

    def played(self, call_id: str = "c1", *, failed: bool = False) -> list[m.Action]:
        """The prompt that plays comes to its end."""
        return self.step(m.PlayEnded(call_id, self.call(call_id).play_id, failed))

    def hang_up(self, call_id: str = "c1", cause: int = 16, sip_status: int = 0) -> list[m.Action]:
        """The caller's line ends."""
        return self.step(m.CallEnded(call_id, cause, sip_status))

    def rings(self, target: str) -> list[m.Action]:
        """A phone that was asked to ring rings."""
        return self.step(m.LegRang(self.leg(target).leg_id))

    def pick_up(self, target: str) -> list[m.Action]:
        """A ringing phone is picked up."""
        return self.step(m.LegAnswered(self.leg(target).leg_id))

    def leave(self, target: str, cause: int = 16, sip_status: int = 0, soft: str = "") -> list[m.Action]:
        """A phone hangs up, or refuses to ring."""
        return self.step(m.LegEnded(self.leg(target).leg_id, cause, sip_status, soft))

    def gone(self, target: str) -> list[m.Action]:
        """The exchange confirms the end of every leg of a phone that was told to end."""
        legs = [leg for leg in self.room.legs.values() if leg.target == target and leg.ending]
        return self.step(*(m.LegEnded(leg.leg_id, 16, 0) for leg in legs))

    def keys(self, operator: str, keys: str) -> list[m.Action]:
        """An operator presses keys in mid-call."""
        leg_id = self.leg(operator).leg_id
        return self.step(*(m.LegDigit(leg_id, key) for key in keys))

    def command(self, operator: str, command: CommandName, target: str = "") -> list[m.Action]:
        """An operator asks for something during a call."""
        return self.step(m.OperatorCommanded(operator, command, target))

    def dial(self, operator: str, digits: str) -> list[m.Action]:
        """An operator dials a feature code."""
        return self.step(m.FeatureDialled("d1", operator, digits))

    def set_presence(self, presence: m.Presence, *operators: str, reason: str = "") -> list[m.Action]:
        """Operators change their presence."""
        return self.step(*(m.PresenceSet(operator, presence, reason, operator) for operator in operators))

    def phone(self, operator: str, state: m.PhoneState) -> list[m.Action]:
        """The exchange sees something of a phone."""
        return self.step(m.PhoneStateChanged(operator, state))

    def reload(self, plan: Plan) -> list[m.Action]:
        """A new plan comes into force."""
        return self.step(m.RoutingChanged(plan))

    # what is true

    def call(self, call_id: str = "c1") -> Call:
        """Return a live call."""
        return self.room.calls[call_id]

    def operator(self, operator: str) -> Operator:
        """Return an operator."""
        return self.room.operators[operator]

    def leg(self, target: str) -> Leg:
        """Return the live leg of an operator or a destination."""
        return next(leg for leg in self.room.legs.values() if leg.target == target and not leg.ending)

    def ringing(self, call_id: str = "c1") -> list[str]:
        """Return whose phones ring for a call."""
        return [leg.target for leg in self.call(call_id).ringing.values()]

    def line(self) -> list[str]:
        """Return the calls that stand in line, the first first."""
        return [call.call_id for call in self.room.line.ordered()]

    def all(self, kind: type[A]) -> list[A]:
        """Return the latest actions of one kind."""
        return [action for action in self.actions if isinstance(action, kind)]

    def ever(self, kind: type[A]) -> list[A]:
        """Return all actions of one kind."""
        return [action for action in self.log if isinstance(action, kind)]

    def said(self) -> list[tuple[str, ...]]:
        """Return the prompts of the latest actions."""
        return [play.prompts for play in self.all(m.Play)]

    def alarms(self) -> list[str]:
        """Return the kinds of the latest alarms."""
        return [alarm.kind for alarm in self.all(m.RaiseAlarm)]

    def record(self, call_id: str = "c1") -> CallRecord:
        """Return the one record of a call."""
        (record,) = [save.record for save in self.ever(m.SaveCall) if save.record.call_id == call_id]
        return record
