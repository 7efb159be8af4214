"""The room's whole state, and the one door through which actions leave.

The handlers in the sibling modules are functions of a :class:`Room` and an event; nothing else holds state.
"""

from __future__ import annotations

from collections import OrderedDict

from ntpd112.core.call import Call, Leg, LostLine, Refused
from ntpd112.core.messages import Action, PhoneState, Presence, RaiseAlarm, ShowPresence
from ntpd112.core.operator import Operator
from ntpd112.core.plan import Plan
from ntpd112.core.queue import WaitingLine
from ntpd112.core.roster import Roster
from ntpd112.core.timers import Timers

_REMOVED = "removed"
"""Reason of an operator who is no longer in the routing file."""
_REMEMBERED_CALLS = 2_000
_ALONE_PAUSE_S = 2.0
"""The last operator is rung again this soon after a ring that failed."""


class Room:
    """Calls, legs, operators, the waiting line and the deadlines of one switchboard."""

    def __init__(self, plan: Plan) -> None:
        self.now = 0.0
        self.plan = plan
        self.calls: dict[str, Call] = {}
        self.legs: dict[str, Leg] = {}
        self.operators: dict[str, Operator] = {}
        self.line = WaitingLine()
        self.ring_all: dict[str, Call] = {}
        """Calls that ring every available operator, those who become available later included."""
        self.roster = Roster()
        self.timers = Timers()
        self.actions: list[Action] = []
        self.turns = 0
        self.offers = 0
        self.joined: list[Call] = []
        """Calls that joined the queue in this step and have not been told yet."""
        self.stood: list[Call] = []
        """Calls that took a place in the line in this step."""
        self.on_duty: set[str] = set()
        """Operators who are logged in, willing and reachable, whatever they are doing."""
        self.duty_lost = False
        """The last operator on duty left in this step."""
        self.stopping = False
        """The service is about to stop: no call is taken any more."""
        self.overdue_menus: dict[str, Call] = {}
        """Calls still in the menu after its time limit; they go to the first operator who is free."""
        self.ended: OrderedDict[str, None] = OrderedDict()
        """Calls that were here, the latest last."""
        self.lost: OrderedDict[str, LostLine] = OrderedDict()
        """Number -> what its caller had when the line broke, the latest last."""
        self.refused: OrderedDict[tuple[str, int, str], Refused] = OrderedDict()
        """(Trunk or address, SIP status, why) -> the INVITEs that Asterisk refused so, the latest last."""
        self.selfcalls: Room | None = None
        """Where the calls that the centre makes to itself are served, apart from everybody."""
        self.phones: dict[str, PhoneState] = {}
        """What was last reported of each phone."""
        self.phones_reported = False
        """Somebody reports phones: one of which nothing was reported is not there."""
        self.adopt_operators(plan)

    def all_calls(self) -> dict[str, Call]:
        """Return every live call by its id, self-calls too."""
        return self.calls | self.selfcalls.calls if self.selfcalls is not None else self.calls

    def all_legs(self) -> dict[str, Leg]:
        """Return every leg by its id, those of self-calls too."""
        return self.legs | self.selfcalls.legs if self.selfcalls is not None else self.legs

    def do(self, action: Action) -> None:
        """Ask for something to be done."""
        self.actions.append(action)

    def alarm(self, kind: str, text: str, call_id: str = "", operator: str = "") -> None:
        """Tell the people who run the room."""
        self.do(RaiseAlarm(kind, text, call_id, operator))

    def adopt_operators(self, plan: Plan) -> None:
        """Bring the operators in line with a plan. One who is gone from it keeps the call they are in."""
        for name, entry in plan.operators.items():
            known = self.operators.get(name)
            if known is None:
                phone = self.phones.get(name, "unreachable" if self.phones_reported else "free")
                self.operators[name] = Operator(entry, frozenset(entry.skills), phone=phone)
            else:
                known.plan, known.skills = entry, frozenset(entry.skills)
                self.refresh(known)
        for name in [name for name in self.operators if name not in plan.operators]:
            operator = self.operators[name]
            if (operator.presence, operator.reason) != ("logged_out", _REMOVED):
                self.set_presence(operator, "logged_out", _REMOVED)
            if operator.leg is None:
                del self.operators[name]

    def set_presence(self, operator: Operator, presence: Presence, reason: str) -> None:
        """Change an operator's presence, and let the exchange know."""
        if (operator.presence, operator.reason) != (presence, reason):
            operator.presence_since = self.now
        operator.presence, operator.reason = presence, reason
        self.do(ShowPresence(operator.operator, presence, reason))
        self.refresh(operator)

    def refresh(self, operator: Operator) -> None:
        """Bring the idle lists in line after any change to an operator."""
        self.roster.update(operator, self.now)
        if operator.on_duty:
            self.on_duty.add(operator.operator)
        elif operator.operator in self.on_duty:
            self.on_duty.remove(operator.operator)
            self.duty_lost = not self.on_duty

    def alone(self, operator: Operator) -> bool:
        """No other operator is on duty, those aside who have just declined or could not be reached."""
        return not any(
            name != operator.operator and self.operators[name].paused_until <= self.now for name in self.on_duty
        )

    def pause(self, operator: Operator, pause_s: float) -> None:
        """Do not ring an operator for a while; only for a moment when nobody else is left."""
        operator.paused_until = self.now + (min(pause_s, _ALONE_PAUSE_S) if self.alone(operator) else pause_s)
        self.timers.set("pause", operator.operator, operator.paused_until)

    def remember(self, call: Call) -> None:
        """Take an ended call out of the room; a late or repeated event about it finds nothing."""
        del self.calls[call.call_id]
        self.ended[call.call_id] = None
        while len(self.ended) > _REMEMBERED_CALLS:
            self.ended.popitem(last=False)

    def has_ended(self, call_id: str) -> bool:
        """The call was here and is over."""
        return call_id in self.ended
