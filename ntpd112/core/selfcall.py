"""Calls that the centre makes to itself, and the room of their own in which they are served.

It is a room like the real one, and the same code decides in it, by the same plan; only the operator is a machine, and
there is nobody outside. The real room never hears of a self-call, so that no operator can be rung by one, nobody can
wait behind it, and nothing that is counted there can count it.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from ntpd112.core import messages as m
from ntpd112.core.clock_step import ClockStepped
from ntpd112.core.plan import CallDestination, OperatorPlan, Plan
from ntpd112.core.room import Room

TRUNK = "selfcall"
OPERATOR = "selfcall-phone"
"""Who answers; the name is no extension, so no city can have such an operator."""
TO_EVERY_ROOM = frozenset(
    {m.RoutingChanged, m.LineSynced, m.ServiceResumed, m.ServiceStopping, m.TimePassed, ClockStepped}
)
_OF_AN_OPERATOR = frozenset({m.PresenceSet, m.FeatureDialled, m.PhoneStateChanged, m.OperatorCommanded})
_SPARED = (m.StartRecording, m.ShowPresence, m.SaveIncident, m.RaiseAlarm)
"""What nobody needs of a self-call. Whoever makes them tells how they went, once."""


def room_of(plan: Plan) -> Room:
    """Open the room, with its operator at the phone."""
    room = Room(plan_of(plan))
    operator = room.operators[OPERATOR]
    operator.presence = "available"
    room.refresh(operator)
    return room


def plan_of(plan: Plan) -> Plan:
    """Return the plan by which self-calls are served: the city's, with one operator who can do everything."""
    wanted = {skill for kind in plan.types.values() for skill in kind.skills} | set(plan.language_skills.values())
    inside = {
        name: replace(
            queue, overflow=tuple(step for step in queue.overflow if not isinstance(step.target, CallDestination))
        )
        for name, queue in plan.queues.items()
    }
    operator = OperatorPlan(OPERATOR, "Self-call", tuple(sorted(wanted)), wrap_up_s=0.0)
    return replace(plan, operators={OPERATOR: operator}, destinations={}, queues=inside)


def is_of(room: Room, event: m.Event) -> bool:
    """Whether an event is about a self-call; ``room`` is theirs."""
    if isinstance(event, m.CallArrived):
        return event.trunk_kind == "selftest"
    if type(event) in _OF_AN_OPERATOR:
        return getattr(event, "operator", None) in room.operators
    if not room.calls and not room.legs:
        return False
    return getattr(event, "call_id", None) in room.calls or getattr(event, "leg_id", None) in room.legs


def as_told(event: m.Event) -> m.Event:
    """Return an event for every room as the room of the self-calls hears it."""
    return m.RoutingChanged(plan_of(event.plan)) if isinstance(event, m.RoutingChanged) else event


def done(actions: Iterable[m.Action]) -> list[m.Action]:
    """Return those of a self-call's actions that are carried out. It reports no incident, so its record has none."""
    return [
        m.SaveCall(replace(action.record, incident_id=None)) if isinstance(action, m.SaveCall) else action
        for action in actions
        if not isinstance(action, _SPARED)
    ]
