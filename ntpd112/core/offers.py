"""What becomes of a ring: answered, declined, busy, unreachable, unanswered, or no longer needed."""

from __future__ import annotations

from ntpd112.core import confirming
from ntpd112.core.call import Call, Leg
from ntpd112.core.conversation import join, party_ended, third_answered, third_confirmed
from ntpd112.core.legs import forget_leg, let_go, let_go_of_listeners, record_offer, result_of
from ntpd112.core.listening import listener_answered
from ntpd112.core.messages import CancelReason, LegAnswered, LegEnded, LegRang
from ntpd112.core.operator import Operator
from ntpd112.core.outward import is_forward
from ntpd112.core.overflow import ring_outside
from ntpd112.core.queueing import stand_in_line
from ntpd112.core.reasons import leg_cause
from ntpd112.core.records import OfferResult
from ntpd112.core.room import Room

OUT_OF_SIGHT = 38
"""Q.850 cause (network out of order) of a leg whose end nobody saw."""


def leg_rang(room: Room, event: LegRang) -> None:
    """The phone rings."""
    leg = room.legs.get(event.leg_id)
    if leg is None or leg.rang_at is not None or leg.answered_at is not None or leg.ending:
        return
    leg.rang_at = room.now
    call = room.calls[leg.call_id]
    if call.first_rang_at is None:
        call.first_rang_at = room.now


def leg_answered(room: Room, event: LegAnswered) -> None:
    """Give the call to the first who answers; a leg that was let go meanwhile is past that."""
    leg = room.legs.get(event.leg_id)
    if leg is None or leg.answered_at is not None or leg.ending:
        return
    call = room.calls[leg.call_id]
    leg.answered_at = room.now
    leg.late_at = room.now if event.late else None
    if leg.operator in room.operators:
        room.operators[leg.operator].forwards = False
    room.timers.clear(leg.leg_id, "ring")
    if leg is call.third:
        third_answered(room, call, leg)
    elif leg.leg_id in call.listeners:
        listener_answered(room, call, leg)
    elif leg.is_human:
        join(room, call, leg)
    else:
        confirming.ask(room, call, leg)


def key_outside(room: Room, leg: Leg, digit: str) -> None:
    """Take a key that was pressed outside: the right one says that a human is there."""
    if digit != confirming.KEY or not leg.is_unconfirmed or leg.ending:
        return
    call = room.calls[leg.call_id]
    leg.confirmed_at = room.now
    room.timers.clear(leg.leg_id, "confirm")
    if leg is call.third:
        third_confirmed(room, call, leg)
    else:
        join(room, call, leg)


def nobody_confirmed(room: Room, leg: Leg) -> None:
    """Let go of whatever has answered outside, but is no human or takes no call."""
    give_up(room, leg, "not_confirmed")


def give_up(room: Room, leg: Leg, reason: CancelReason) -> None:
    """Stop waiting for a ringing leg and let its call go on."""
    if leg.ending:
        return
    call = room.calls[leg.call_id]
    seeking = leg.leg_id in call.ringing
    let_go(room, leg, reason)
    _went_wrong(room, call, leg, 0, seeking=seeking)


def ring_timed_out(room: Room, leg: Leg) -> None:
    """Nobody picked up in time."""
    give_up(room, leg, "no_answer")


def leg_ended(room: Room, event: LegEnded) -> None:
    """A leg is gone, whatever it was doing."""
    leg = room.legs.get(event.leg_id)
    if leg is None:
        return
    leg.soft = event.soft
    cause = leg_cause(leg, event.cause)
    result = result_of(leg, cause, event.sip_status)
    operator = room.operators.get(leg.operator)
    forget_leg(room, leg)
    if operator is not None and operator.leg is None:
        _after_leg(room, operator, leg, result)
    if operator is not None and is_forward(event.sip_status):
        _forwards(room, operator, leg)
    if not leg.ending:
        call = room.calls[leg.call_id]
        if confirming.ended_too_soon(room, call, leg):
            result = "quick_end"
        record_offer(room, call, leg, result, cause, event.sip_status)
        seeking = call.ringing.pop(leg.leg_id, None) is not None
        call.listeners.pop(leg.leg_id, None)
        _went_wrong(room, call, leg, cause, seeking=seeking)
        let_go_of_listeners(room, call, leg)


def _went_wrong(room: Room, call: Call, leg: Leg, cause: int, *, seeking: bool) -> None:
    if seeking:
        _seek_on(room, call, leg)
    elif leg.kind != "listen":
        party_ended(room, call, leg, cause)


def leg_stuck(room: Room, leg: Leg) -> None:
    """Give up a leg whose end the exchange never confirmed, so that nobody is stuck with it."""
    room.alarm("leg_stuck", f"leg {leg.leg_id} did not end", leg.call_id, leg.operator)
    leg_ended(room, LegEnded(leg.leg_id, OUT_OF_SIGHT, 0))


def _after_leg(room: Room, operator: Operator, leg: Leg, result: OfferResult) -> None:
    """What the end of a leg means for its operator."""
    if leg.kind == "listen":
        pass  # they were asked for nothing
    elif result == "answered":
        operator.calls += 1
        operator.idle_since = room.now
        if operator.plan.wrap_up_s > 0:
            operator.wrap_up_until = room.now + operator.plan.wrap_up_s
            room.timers.set("wrap_up", operator.operator, operator.wrap_up_until)
    elif result == "no_answer":
        _rona(room, operator, leg)
    elif result in {"declined", "busy"}:
        operator.idle_since = room.now
        room.pause(operator, room.plan.decline_pause_s)
    elif result == "unreachable" and leg.cancel_reason != "moved":
        operator.idle_since = room.now
        room.pause(operator, room.plan.unreachable_pause_s)
    room.refresh(operator)


def _forwards(room: Room, operator: Operator, leg: Leg) -> None:
    """Show that a phone forwards its calls, and tell whoever can change it: once, until it has answered one."""
    if not leg.ending:
        room.calls[leg.call_id].note(f"{operator.operator}'s phone forwards its calls: not followed")
    if not operator.forwards:
        operator.forwards = True
        room.alarm(
            "phone_forwards",
            f"the phone of {operator.operator} forwards its calls, which is never followed: no caller reaches "
            f"{operator.operator}; switch the forwarding off at the phone",
            leg.call_id,
            operator.operator,
        )


def _rona(room: Room, operator: Operator, leg: Leg) -> None:
    """Ring, no answer: a break, so that the next caller is not sent there; but never for the last one available."""
    operator.idle_since = room.now
    if operator.presence != "available":
        return
    if room.alone(operator):
        room.pause(operator, room.plan.decline_pause_s)
        room.alarm(
            "last_operator_no_answer", "the last operator available does not answer", leg.call_id, operator.operator
        )
    else:
        room.set_presence(operator, "on_break", "rona")


def _seek_on(room: Room, call: Call, leg: Leg) -> None:
    """Go on looking for a human, the turn being kept."""
    if not call.ringing:
        call.move("unoffered")
    if not any(other.operator for other in call.ringing.values()):
        room.ring_all.pop(call.call_id, None)
        if call.position is None:
            stand_in_line(room, call)
    if leg.kind == "overflow":
        ring_outside(room, call)
