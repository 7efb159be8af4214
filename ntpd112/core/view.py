"""A look at the room as it is now, for people: who waits, who speaks, who is there."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from ntpd112.core.call import IN_QUEUE, Call, Leg, State
from ntpd112.core.commands import Listening
from ntpd112.core.messages import PhoneState, Presence
from ntpd112.core.operator import Activity, Operator
from ntpd112.core.records import OfferResult, TrunkKind
from ntpd112.core.room import Room
from ntpd112.core.voice import unheard

PhoneDoes = Literal["", "forwards", "transfers", "holds"]
"""``forwards`` its calls, which nobody follows; ``transfers``: asked for one, and was refused; ``holds`` the call."""


class Third(Struct, frozen=True):
    """Whom an operator asks, or has sent the caller to: how far that is, or why it came to nothing."""

    party: str
    state: Literal["calling", "rings", "speaks", "unconfirmed"] | OfferResult
    """``unconfirmed``: it was answered outside, and nobody has pressed the key yet."""
    sip_status: int = 0
    """What the network said; 0 when it said nothing."""


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
    unconfirmed: tuple[str, ...] = ()
    """Those of the numbers outside that were answered, while nobody has pressed the key yet."""
    third: Third | None = None
    answers: str = ""
    """The last of the keys that were pressed while a human was there."""


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
        tuple(leg.target for leg in _speaking(call) if _is_heard(call, leg)),
        call.incident_id,
        call.digits,
        call.location,
        unheard(call),
        tuple(leg.target for leg in (*call.ringing.values(), *_parties(call)) if leg.is_unconfirmed),
        _third(call),
        call.answers,
    )


def _parties(call: Call) -> tuple[Leg, ...]:
    return tuple(leg for leg in (call.main, call.third) if leg is not None)


def _speaking(call: Call) -> tuple[Leg, ...]:
    return (*_parties(call), *(leg for leg in call.listeners.values() if leg.mode == "barge"))


def _is_heard(call: Call, leg: Leg) -> bool:
    return leg.is_human if leg is call.main else leg.answered_at is not None


def _third(call: Call) -> Third | None:
    """Look at whoever else is in, or is asked into, a conversation; or at the one who was asked last, in vain."""
    leg = call.main if call.state == "transferring" else call.third
    if leg is not None:
        if leg.answered_at is None:
            return Third(leg.target, "calling" if leg.rang_at is None else "rings")
        return Third(leg.target, "speaks" if leg.is_human else "unconfirmed")
    asked = call.offers[-1] if call.offers and call.main is not None else None
    if asked is None or asked.kind != "consult" or asked.result in {"answered", "withdrawn"}:
        return None
    return Third(asked.target, asked.result, int(asked.cause.partition("SIP ")[2] or 0))


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
