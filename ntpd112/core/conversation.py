"""While humans speak: joining, hold, mute, transfers, a third party, and what happens when somebody leaves.

Whoever leaves, the caller is never left alone: a party lost to the network sends the caller back to the head of the
queue, a transfer that fails brings the caller back, and only a human hanging up ends the call. Outside, an answer is no
human yet (:mod:`ntpd112.core.confirming`).
"""

from __future__ import annotations

from typing import Literal

from ntpd112.core import confirming, incident
from ntpd112.core.call import Call, Contact, Doubt, Leg
from ntpd112.core.commands import CallCommand
from ntpd112.core.legs import let_go, ring_destination, ring_operator
from ntpd112.core.messages import EndCall, Listen, MuteLeg, SetParties
from ntpd112.core.operator import Operator
from ntpd112.core.overflow import ring_outside
from ntpd112.core.queueing import leave_queue, play_over, rejoin_queue
from ntpd112.core.room import Room
from ntpd112.core.transfer_target import destination_named, unfit

_NORMAL_CAUSES = {16}
"""Q.850 causes of a human hanging up."""
_MEANT_AFTER_S = 3.0
"""Who picks up and hears nobody hangs up, and perhaps just when the caller comes after all."""
_TRANSFER_PENDING_S = 10.0
"""A phone that has just asked for a transfer hangs up because it believes in it, or its operator does."""


def join(room: Room, call: Call, leg: Leg) -> None:
    """Let caller and human hear each other."""
    call.move("joined")
    call.ringing.pop(leg.leg_id, None)
    leave_queue(room, call, "answered_elsewhere")
    play_over(room, call)
    call.main = leg
    _speaks_with(room, call, leg)
    set_parties(room, call)


def _speaks_with(room: Room, call: Call, leg: Leg) -> None:
    """Keep for the record that the caller was given to this human."""
    before = call.contact
    call.doubt = Doubt(before, leg.spoke)
    leg.spoke = True
    if leg.joined_at is None:
        leg.joined_at, leg.before = room.now, before
    call.contact = Contact(
        connected_at=room.now if before.connected_at is None else before.connected_at,
        operator=before.operator or leg.operator or None,
        destination=before.destination if leg.operator else leg.target,
        transferred=before.transferred or leg.kind in {"transfer", "consult"},
    )
    if leg.operator:
        incident.opened(room, call)


def _rearrange(room: Room, call: Call) -> None:
    """Change who hears whom among people who have been brought together before."""
    call.doubt = None
    set_parties(room, call)


def set_parties(room: Room, call: Call) -> None:
    """Tell the exchange who hears whom, according to the call's state; once more changes nothing."""
    main, third = call.main, call.third
    legs = [main.leg_id] if main is not None and main.is_human else []
    if third is not None and third.answered_at is not None:  # confirmed or not: the operator can judge
        legs.append(third.leg_id)
    room.do(SetParties(call.call_id, caller=call.state in {"talking", "conference"}, legs=tuple(legs)))
    for leg in call.listeners.values():
        if leg.mode == "barge" and leg.answered_at is not None:
            let_hear(room, leg)  # where they are heard now


def let_hear(room: Room, leg: Leg) -> None:
    """Tell the exchange what a supervisor's leg hears, and who hears it; once more changes nothing."""
    room.do(Listen(leg.leg_id, leg.call_id, leg.to, leg.mode))


def third_answered(room: Room, call: Call, third: Leg) -> None:
    """Let the operator speak with the third party, who picked up."""
    third.spoke = third.is_human
    _rearrange(room, call)


def third_confirmed(room: Room, call: Call, third: Leg) -> None:
    """Keep that the third party is a human, to whom the caller may be given."""
    third.spoke = True
    if call.state == "conference":
        _speaks_with(room, call, third)


def party_ended(room: Room, call: Call, leg: Leg, cause: int) -> None:
    """Go on without one of the humans. ``cause`` is Q.850."""
    too_soon = confirming.ended_too_soon(room, call, leg)
    if too_soon:
        call.contact = leg.before or call.contact
    if leg is call.third:
        _third_left(room, call)
    elif call.state == "transferring":
        rejoin_queue(room, call, f"transfer to {leg.target} failed")
    elif call.third is not None:
        _hand_over(room, call, call.third)
    elif (joined := _who_joined(call, leg)) is not None:
        take_place(room, call, joined)
    elif too_soon:
        _was_none(room, call, leg, cause)
    elif call.state == "on_hold":
        rejoin_queue(room, call, f"{leg.target} left while the caller was on hold")
    elif cause in _NORMAL_CAUSES and (why := not_meant(leg, room.now)):
        room.alarm("phone_left_softly", f"{leg.target} {why}; the caller is first in line", call.call_id, leg.operator)
        rejoin_queue(room, call, f"{leg.target} {why}")
    elif cause in _NORMAL_CAUSES:
        hang_up(room, call, leg)
    else:
        room.alarm("human_cut_off", f"lost {leg.target} in mid-call, Q.850 {cause}", call.call_id, leg.operator)
        rejoin_queue(room, call, f"{leg.target} was cut off, Q.850 {cause}")


def _was_none(room: Room, call: Call, leg: Leg, cause: int) -> None:
    """Go on as if the conversation with a party outside, which ended it within seconds, had never been."""
    if cause not in _NORMAL_CAUSES:
        room.alarm("human_cut_off", f"lost {leg.target} in mid-call, Q.850 {cause}", call.call_id)
    next_outside = call.next_outside
    rejoin_queue(room, call, f"{leg.target} ended the call {room.now - (leg.joined_at or 0.0):.0f} s after it began")
    if leg.kind == "overflow":  # the next link, not the same again
        call.next_outside = next_outside
        ring_outside(room, call)


def not_meant(leg: Leg, now: float) -> str:
    """Say why a phone's hang-up is no human's word that the call is over; empty: it is."""
    if leg.transfer_at is not None and now - leg.transfer_at <= _TRANSFER_PENDING_S:
        return "left after a transfer by the phone's own key, which was refused"
    if leg.late_at is not None and now - leg.late_at <= _MEANT_AFTER_S:
        return "left just when the caller came, after it had heard nobody for a while"
    if leg.held:
        return "left while the phone held the call"
    return f"left, but {leg.soft}" if leg.soft else ""


def _who_joined(call: Call, left: Leg) -> Leg | None:
    """Return the supervisor who speaks with caller and operator, and is left when the operator is not."""
    heirs = (leg for leg in call.listeners.values() if leg.to == left.leg_id and leg.mode == "barge")
    return next((leg for leg in heirs if leg.answered_at is not None), None)


def take_place(room: Room, call: Call, leg: Leg) -> None:
    """Give the caller to a supervisor who has listened so far; the operator has left."""
    call.listeners.pop(leg.leg_id, None)
    leg.kind, leg.to = "take_over", ""
    call.main = leg
    call.move("resumed")
    _speaks_with(room, call, leg)
    set_parties(room, call)
    call.note(f"{leg.target} took over")


def take_over(room: Room, call: Call, main: Leg, leg: Leg) -> None:
    """Give the caller to a supervisor who has listened so far, in place of whoever has the caller now."""
    call.listeners.pop(leg.leg_id)  # who listens is let go with whom they listen to
    let_go(room, main, "withdrawn")
    take_place(room, call, leg)


def _third_left(room: Room, call: Call) -> None:
    call.third = None
    call.move("third_left")
    _rearrange(room, call)


def _hand_over(room: Room, call: Call, third: Leg) -> None:
    """Give the call to the third party, who speaks already or still rings."""
    call.main, call.third = third, None
    if not third.is_human:
        call.move("sent_on")
        _rearrange(room, call)
        if third.answered_at is not None:
            confirming.ask(room, call, third)
    else:
        call.move("handed_over")
        _speaks_with(room, call, third)
        set_parties(room, call)


def _confer(room: Room, call: Call, third: Leg) -> None:
    """Let caller, operator and third party hear each other."""
    if not call.move("conferenced"):
        return
    if third.operator or not third.is_human:
        _rearrange(room, call)
    else:
        _speaks_with(room, call, third)
        set_parties(room, call)


def bring_together(room: Room, call: Call) -> None:
    """End every hold: all who speak hear each other, a third party who only rings is let go."""
    if call.third is None:
        if call.move("resumed"):
            _rearrange(room, call)
    elif call.third.answered_at is None:
        let_go(room, call.third, "withdrawn")
        _third_left(room, call)
    else:
        _confer(room, call, call.third)


def hang_up(room: Room, call: Call, leg: Leg) -> None:
    """End the caller's line because a human ended the conversation."""
    call.main = None
    call.side = "operator"
    call.cause = f"{leg.target} hung up"
    call.move("closing")
    room.do(EndCall(call.call_id))
    room.timers.set("closing", call.call_id, room.now + room.plan.hangup_grace_s)


def cannot_join(room: Room, call: Call, reason: str) -> None:
    """Find the caller another human when the exchange cannot bring these together."""
    if call.doubt is not None and call.main is not None:
        call.contact, call.main.spoke = call.doubt.contact, call.doubt.spoke
    for leg in (call.main, call.third):
        if leg is not None:
            let_go(room, leg, "withdrawn")
    room.alarm("join_failed", f"cannot join the parties: {reason}", call.call_id)
    rejoin_queue(room, call, f"join failed: {reason}")


def commanded(room: Room, operator: Operator, command: CallCommand, target: str = "") -> None:
    """Carry out what an operator asked for; what makes no sense now changes nothing."""
    leg = operator.leg
    call = room.calls.get(leg.call_id) if leg is not None else None
    if leg is None or call is None or leg is not call.main or leg.answered_at is None:
        return
    match command:
        case "hold":
            if call.move("held") or call.move("resumed"):
                _rearrange(room, call)
        case "mute":
            leg.muted = not leg.muted
            room.do(MuteLeg(leg.leg_id, call.call_id, leg.muted))
        case "blind" | "warm":
            _bring_in(room, call, leg, target, command)
        case "take_up":
            _take_up(room, call, leg)
        case "end":
            _end(room, call, leg)
        case _:
            if call.third is not None:
                _decide_third(room, call, leg, call.third, command)


def _decide_third(
    room: Room, call: Call, leg: Leg, third: Leg, command: Literal["conference", "complete", "cancel"]
) -> None:
    if command == "cancel":
        let_go(room, third, "withdrawn")
        _third_left(room, call)
    elif command == "complete":
        let_go(room, leg, "withdrawn")
        _hand_over(room, call, third)
    elif third.answered_at is not None:
        _confer(room, call, third)


def _bring_in(room: Room, call: Call, leg: Leg, target: str, how: Literal["blind", "warm"]) -> None:
    """Ring somebody else while the caller hears music: beside the operator, or in the operator's place."""
    if call.state not in {"talking", "on_hold"}:
        return
    third = _ring_target(room, call, leg, target, how)
    if third is None:
        return
    if how == "warm":
        call.third = third
        call.move("consulted")
        _rearrange(room, call)
    else:
        let_go(room, leg, "withdrawn")
        _hand_over(room, call, third)


def _take_up(room: Room, call: Call, leg: Leg) -> None:
    """Ring the same operator in place of a phone that has lost the call; the caller hears music meanwhile."""
    operator = room.operators[leg.operator]
    if call.state in {"talking", "on_hold"} and operator.reachable:
        let_go(room, leg, "withdrawn")
        _hand_over(room, call, ring_operator(room, call, operator, "take_up", call.queue.ring_s))


def _end(room: Room, call: Call, leg: Leg) -> None:
    if call.state != "talking":
        return
    joined = _who_joined(call, leg)
    if joined is not None:
        take_over(room, call, leg, joined)
    else:
        let_go(room, leg, "withdrawn")
        hang_up(room, call, leg)


def _ring_target(room: Room, call: Call, own: Leg, target: str, how: Literal["blind", "warm"]) -> Leg | None:
    """Ring an operator or a destination by name or number; None when there is no such, or it cannot take a call."""
    kind: Literal["consult", "transfer"] = "consult" if how == "warm" else "transfer"
    heard_by = own.leg_id if how == "warm" else ""
    if (why := unfit(room, call.plan, target)) is not None:
        call.note(f"{how} transfer to {target} refused: {why.replace('_', ' ')}")
        return None
    name = destination_named(call.plan, target)
    if name is not None and target not in room.operators:
        return ring_destination(room, call, name, kind, call.queue.overflow_ring_s, heard_by)
    return ring_operator(room, call, room.operators[target], kind, call.queue.ring_s, heard_by)
