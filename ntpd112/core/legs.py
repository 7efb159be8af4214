"""Ringing phones and letting go of them: the only place where a leg begins or ends."""

from __future__ import annotations

from msgspec.structs import replace

from ntpd112.core.call import Call, Leg
from ntpd112.core.commands import Listening
from ntpd112.core.messages import CancelReason, CancelRing, DropLeg, Ring
from ntpd112.core.operator import Operator
from ntpd112.core.outward import is_forward, is_refusal, ring_outside, tell
from ntpd112.core.records import OfferKind, OfferRecord, OfferResult
from ntpd112.core.room import Room

REPLACING = {"take_up", "listen", "take_over"}
"""Kinds of a leg that may be made while the one of the same operator that it replaces is ending."""
_BUSY_CAUSES = {17}
_DECLINED_CAUSES = {21}
_BUSY_SIP = {486, 600}
_DECLINED_SIP = {603, 403}
_DECLINED_OUTSIDE_SIP = {603}
"""A network's 403 is no human's word, although Asterisk makes the same Q.850 cause of it."""
_NO_ANSWER_CAUSES = {18, 19}
_NO_ANSWER_SIP = {408, 480, 487}


def ring_operator(
    room: Room, call: Call, operator: Operator, kind: OfferKind, ring_s: float, heard_by: str = ""
) -> Leg:
    """Ring an operator's phone for a call. ``heard_by``: the leg of somebody who is to hear it ring."""
    room.offers += 1
    leg = _new_leg(room, call, kind, operator.operator, operator.operator)
    operator.leg = leg
    operator.last_offer = room.offers
    room.refresh(operator)
    _ring(room, call, leg, ring_s, heard_by)
    return leg


def ring_destination(
    room: Room, call: Call, destination: str, kind: OfferKind, ring_s: float, heard_by: str = ""
) -> Leg:
    """Ring a number outside for a call. The destination stands in the call's plan. ``heard_by``: as above."""
    entry = call.plan.destinations[destination]
    leg = _new_leg(room, call, kind, destination, "")
    leg.confirm = entry.confirm == "key"
    room.timers.set("ring", leg.leg_id, room.now + ring_s)
    room.do(replace(ring_outside(call, leg.leg_id, entry, _label(call), ring_s), heard_by=heard_by))
    return leg


def _new_leg(room: Room, call: Call, kind: OfferKind, target: str, operator: str) -> Leg:
    call.legs_made += 1
    leg = Leg(f"{call.call_id}.l{call.legs_made}", call.call_id, kind, target, operator, room.now)
    room.legs[leg.leg_id] = leg
    return leg


def ring_listener(room: Room, call: Call, supervisor: Operator, to: Leg, mode: Listening, ring_s: float) -> None:
    """Ring a supervisor's phone, to listen to a leg of a call."""
    leg = _new_leg(room, call, "listen", supervisor.operator, supervisor.operator)
    leg.to, leg.mode = to.leg_id, mode
    call.listeners[leg.leg_id] = leg
    supervisor.leg = leg
    room.refresh(supervisor)
    _ring(room, call, leg, ring_s)


def _ring(room: Room, call: Call, leg: Leg, ring_s: float, heard_by: str = "") -> None:
    room.timers.set("ring", leg.leg_id, room.now + ring_s)
    shown = call.arrived.ani or call.arrived.ani_raw
    room.do(Ring(leg.leg_id, call.call_id, leg.operator, "", "", shown, _label(call), ring_s, heard_by=heard_by))


def _label(call: Call) -> str:
    if call.type is None:
        return call.arrived.caller_name
    return call.plan.types[call.type].label or call.type


def let_go(room: Room, leg: Leg, reason: CancelReason) -> None:
    """Stop ringing a leg, or end it if somebody had picked up; for its call it is over now.

    Its operator stays taken until the exchange confirms. Twice is as good as once.
    """
    if leg.ending:
        return
    leg.ending = True
    leg.cancel_reason = reason
    call = room.calls[leg.call_id]
    call.ringing.pop(leg.leg_id, None)
    call.listeners.pop(leg.leg_id, None)
    record_offer(room, call, leg, result_of(leg))
    room.timers.clear(leg.leg_id, "ring", "confirm")
    end_again(room, leg)
    let_go_of_listeners(room, call, leg)


def let_go_of_listeners(room: Room, call: Call, leg: Leg) -> None:
    """End the legs of those who listen to this one."""
    for listener in [listener for listener in call.listeners.values() if listener.to == leg.leg_id]:
        let_go(room, listener, "withdrawn")


def end_again(room: Room, leg: Leg) -> None:
    """Tell the exchange to end a leg that is let go; once more changes nothing."""
    room.timers.set("grace", leg.leg_id, room.now + room.plan.hangup_grace_s)
    if leg.answered_at is None or leg.hears_the_question:
        room.do(CancelRing(leg.leg_id, leg.call_id, leg.cancel_reason or "withdrawn"))
    else:
        room.do(DropLeg(leg.leg_id, leg.call_id))


def result_of(leg: Leg, cause: int = 0, sip_status: int = 0) -> OfferResult:
    """Say how a ring ended. ``cause`` is Q.850, ``sip_status`` 0 when unknown."""
    if leg.spoke:
        return "answered"
    if leg.cancel_reason == "no_answer":
        return "no_answer" if leg.rang_at is not None else "unreachable"
    if leg.cancel_reason is not None:
        return "unreachable" if leg.cancel_reason == "moved" else leg.cancel_reason
    if leg.is_unconfirmed:
        return "not_confirmed"
    if sip_status in _BUSY_SIP or cause in _BUSY_CAUSES:
        return "busy"
    if _is_declined(leg, cause, sip_status):
        return "declined"
    if leg.rang_at is not None and (sip_status in _NO_ANSWER_SIP or cause in _NO_ANSWER_CAUSES):
        return "no_answer"
    return "refused" if not leg.operator and is_refusal(cause, sip_status) else "unreachable"


def _is_declined(leg: Leg, cause: int, sip_status: int) -> bool:
    """Tell whether a human declined: somebody outside only after the phone rang there."""
    if leg.operator:
        return sip_status in _DECLINED_SIP or cause in _DECLINED_CAUSES or is_forward(sip_status)
    said = sip_status in _DECLINED_OUTSIDE_SIP if sip_status else cause in _DECLINED_CAUSES
    return said and leg.rang_at is not None


def record_offer(room: Room, call: Call, leg: Leg, result: OfferResult, cause: int = 0, sip_status: int = 0) -> None:
    """Keep a leg's story on the call's record."""
    said = f"Q.850 {cause}" + (f" / SIP {sip_status}" if sip_status else "") if cause or sip_status else ""
    call.offers.append(
        OfferRecord(
            leg.leg_id,
            leg.kind,
            leg.target,
            leg.offered_at,
            leg.rang_at,
            leg.answered_at,
            room.now,
            result,
            said,
        )
    )
    if not leg.operator:
        tell(room, call, leg, result, cause, sip_status)


def forget_leg(room: Room, leg: Leg) -> None:
    """Take a leg that is gone out of the room and free its operator."""
    room.legs.pop(leg.leg_id, None)
    room.timers.clear(leg.leg_id, "ring", "confirm", "grace")
    operator = room.operators.get(leg.operator)
    if operator is None or operator.leg is not leg:
        return
    operator.leg = _taken_up_from(room, leg)
    if operator.leg is not None:
        return
    if operator.phone != "unreachable":
        operator.phone = "free"
    if operator.operator not in room.plan.operators:
        del room.operators[operator.operator]


def _taken_up_from(room: Room, leg: Leg) -> Leg | None:
    """Return the leg that this one was to replace, while its end is not confirmed."""
    if leg.kind not in REPLACING:
        return None
    return next((other for other in room.legs.values() if other.operator == leg.operator), None)
