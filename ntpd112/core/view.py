"""A look at the room as it is now, for people: who waits, who speaks, who is there."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from ntpd112.core.call import IN_QUEUE, Call, Leg, State
from ntpd112.core.commands import Listening
from ntpd112.core.messages import PhoneState, Presence
from ntpd112.core.operator import Activity, Operator
from ntpd112.core.records import TrunkKind
from ntpd112.core.room import Room
from ntpd112.core.voice import unheard

PhoneDoes = Literal["", "forwards", "transfers", "holds"]
"""``forwards`` its calls, which nobody follows; ``transfers``: asked for one, and was refused; ``holds`` the call."""


class CallView(Struct, frozen=True):
    """One live call. Instants are POSIX seconds."""

    call_id: str
    trunk: str
    trunk_kind: TrunkKind
    ani: str
    ddi: str
    state: State
    type: str | None
    priority: int
    turn: int
    language: str
    arrived_at: float
    queued_at: float | None
    connected_at: float | None
    ringing: tuple[str, ...]
    speaks_with: tuple[str, ...]
    incident_id: str | None
    digits: str
    """Keys that the caller has pressed."""
    location: str = ""
    """Where the caller is, in the network's words: SIP headers, one a line."""
    unheard: tuple[str, ...] = ()
    """Parties from whom no sound comes: extensions and destinations; empty text stands for the caller."""


class OperatorView(Struct, frozen=True):
    """One operator."""

    operator: str
    name: str
    presence: Presence
    reason: str
    phone: PhoneState
    activity: Activity
    calls: int
    call_id: str
    since: float | None
    """When it became so; None: nobody knows."""
    until: float | None
    """When the time for notes ends; None: there is none now."""
    muted: bool
    listens_to: str = ""
    """Whose call this supervisor listens to, or is rung to; empty: nobody's."""
    listening: Listening | None = None
    """How."""
    phone_does: PhoneDoes = ""
    """What the phone does by its own keys."""


class RoomView(Struct, frozen=True):
    """The whole room at the instant ``now``."""

    now: float
    plan_version: str
    waiting: int
    longest_wait_s: float
    calls: tuple[CallView, ...]
    operators: tuple[OperatorView, ...]
    selfcalls: tuple[str, ...] = ()
    """Calls that the centre makes to itself just now, which are in nobody's way."""


def view(room: Room, now: float) -> RoomView:
    """Look at a room: calls in the order of their turns, operators by extension."""
    waiting = [call for call in room.calls.values() if call.state in IN_QUEUE]
    return RoomView(
        now,
        room.plan.version,
        len(waiting),
        max((now - call.arrived_at for call in waiting), default=0.0),
        tuple(_call(call) for call in sorted(room.calls.values(), key=lambda call: call.turn)),
        tuple(_operator(room, operator, now) for _, operator in sorted(room.operators.items())),
        tuple(room.selfcalls.calls) if room.selfcalls is not None else (),
    )


def _call(call: Call) -> CallView:
    return CallView(
        call.call_id,
        call.arrived.trunk,
        call.arrived.trunk_kind,
        call.arrived.ani or call.arrived.ani_raw,
        call.arrived.ddi,
        call.state,
        call.type,
        call.priority,
        call.turn,
        call.language,
        call.arrived_at,
        call.queued_at,
        call.contact.connected_at,
        tuple(leg.target for leg in call.ringing.values()),
        tuple(leg.target for leg in _speaking(call) if leg is not None and leg.answered_at is not None),
        call.incident_id,
        call.digits,
        call.location,
        unheard(call),
    )


def _speaking(call: Call) -> tuple[Leg | None, ...]:
    return (call.main, call.third, *(leg for leg in call.listeners.values() if leg.mode == "barge"))


def _operator(room: Room, operator: Operator, now: float) -> OperatorView:
    return OperatorView(
        operator.operator,
        operator.plan.name,
        operator.presence,
        operator.reason,
        operator.phone,
        operator.activity(now),
        operator.calls,
        operator.leg.call_id if operator.leg is not None else "",
        _since(operator, now),
        operator.wrap_up_until if operator.activity(now) == "wrap_up" else None,
        operator.leg is not None and operator.leg.muted,
        *_listens(room, operator.leg),
        _does(operator),
    )


def _does(operator: Operator) -> PhoneDoes:
    leg = operator.leg
    if leg is not None and leg.held:
        return "holds"
    if leg is not None and leg.transfer_at is not None:
        return "transfers"
    return "forwards" if operator.forwards else ""


def _listens(room: Room, leg: Leg | None) -> tuple[str, Listening | None]:
    to = room.legs.get(leg.to) if leg is not None else None
    return (to.target, leg.mode) if leg is not None and to is not None else ("", None)


def _since(operator: Operator, now: float) -> float | None:
    leg = operator.leg
    if leg is not None:
        return leg.offered_at if leg.answered_at is None else leg.answered_at
    if operator.activity(now) == "wrap_up":
        return operator.wrap_up_until - operator.plan.wrap_up_s
    idle_since = operator.idle_since if operator.presence == "available" else 0.0
    return max(operator.presence_since, idle_since) or None
