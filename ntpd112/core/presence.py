"""Operators' own doing: presence by feature code or command, codes pressed in mid-call, and their phones."""

from __future__ import annotations

from ntpd112.core.commands import CallCommand
from ntpd112.core.conversation import commanded
from ntpd112.core.messages import (
    Confirm,
    FeatureDialled,
    LegDigit,
    Presence,
    PresenceSet,
)
from ntpd112.core.offers import give_up, key_outside
from ntpd112.core.operator import Operator
from ntpd112.core.plan import FeatureCodes
from ntpd112.core.room import Room

_KEY_PAUSE_S = 5.0
"""A code half pressed is forgotten after this long."""
_LONGEST_CODE = 24


def presence_set(room: Room, event: PresenceSet) -> None:
    """Change an operator's presence; a phone that rings for them is left alone no longer than needed."""
    operator = room.operators.get(event.operator)
    if operator is None or event.operator not in room.plan.operators:
        return
    if operator.presence == "logged_out" and event.presence != "logged_out":
        operator.calls = 0
    if event.presence == "available":
        if operator.presence != "available" or operator.activity(room.now) == "wrap_up":
            operator.idle_since = room.now
        operator.wrap_up_until = operator.paused_until = 0.0
        room.timers.clear(operator.operator, "wrap_up", "pause")
    elif operator.leg is not None and operator.leg.kind == "operator" and operator.leg.answered_at is None:
        give_up(room, operator.leg, "withdrawn")
    room.set_presence(operator, event.presence, event.reason)


def wrap_up_over(room: Room, operator: Operator) -> None:
    """The time for notes has run out."""
    operator.idle_since = room.now
    room.refresh(operator)


def feature_dialled(room: Room, event: FeatureDialled) -> None:
    """Do what a feature code says and tell the operator so."""
    operator = room.operators.get(event.operator)
    change = code_meaning(room.plan.codes, event.digits)
    if operator is None or event.operator not in room.plan.operators or change is None:
        room.do(Confirm(event.dial_id, event.operator, ("code_unknown",)))
        return
    presence, reason, prompt = change
    if operator.presence == "logged_out" and prompt in {"ready", "on_break"}:
        room.do(Confirm(event.dial_id, event.operator, ("not_logged_in",)))
        return
    presence_set(room, PresenceSet(event.operator, presence, reason, event.operator))
    room.do(Confirm(event.dial_id, event.operator, (prompt,)))


def code_meaning(codes: FeatureCodes, digits: str) -> tuple[Presence, str, str] | None:
    """Return presence, reason and the prompt that confirms it; None when the code is unknown."""
    if digits == codes.log_in:
        return "available", "", "logged_in"
    if digits == codes.ready:
        return "available", "", "ready"
    if digits == codes.log_out:
        return "logged_out", "", "logged_out"
    if digits.startswith(codes.on_break):
        key = digits.removeprefix(codes.on_break)
        if key in codes.break_reasons:
            return "on_break", codes.break_reasons[key], "on_break"
        if not key:
            return "on_break", next(iter(codes.break_reasons.values()), "break"), "on_break"
    return None


def leg_digit(room: Room, event: LegDigit) -> None:
    """Collect the keys an operator presses in mid-call until they are a code; outside, one key takes the call."""
    leg = room.legs.get(event.leg_id)
    if leg is not None and not leg.operator:
        key_outside(room, leg, event.digit)
        return
    operator = room.operators.get(leg.operator) if leg is not None else None
    if leg is None or operator is None or leg.answered_at is None:
        return
    fresh = event.digit == "*" or room.now - leg.keyed_at > _KEY_PAUSE_S
    leg.keys = event.digit if fresh else (leg.keys + event.digit)[-_LONGEST_CODE:]
    leg.keyed_at = room.now
    command = command_meaning(room.plan.codes, leg.keys)
    if command is not None:
        leg.keys = ""
        commanded(room, operator, *command)


def command_meaning(codes: FeatureCodes, keys: str) -> tuple[CallCommand, str] | None:
    """Return the command and its target that these keys ask for; None while they are no code."""
    single: dict[str, CallCommand] = {
        codes.hold: "hold",
        codes.mute: "mute",
        codes.conference: "conference",
        codes.complete: "complete",
        codes.cancel: "cancel",
    }
    if keys in single:
        return single[keys], ""
    with_target: dict[str, CallCommand] = {codes.blind: "blind", codes.warm: "warm"}
    for code, command in with_target.items():
        if keys.startswith(code) and keys.endswith("#") and len(keys) > len(code) + 1:
            return command, keys[len(code) : -1]
    return None
