"""Supervisors who listen to an operator's call, whisper to the operator, join, or take the call over.

It is done beside the conversation: caller and operator notice nothing of a listener's coming and going. Who listens
does so to one phone, and is let go with it; with who has joined, the caller stays when the operator goes.
"""

from __future__ import annotations

from typing import Literal

from ntpd112.core import conversation
from ntpd112.core.call import Call, Leg
from ntpd112.core.commands import Listening
from ntpd112.core.conversation import let_hear, take_over
from ntpd112.core.legs import let_go, ring_listener
from ntpd112.core.messages import OperatorCommanded
from ntpd112.core.operator import Operator
from ntpd112.core.room import Room

Obstacle = Literal["oneself", "no_call", "busy", "unreachable"]
"""``oneself``: one is no operator, or this one; ``no_call``: they speak with nobody; ``busy``: one is in a call."""
_SAID: dict[Listening, str] = {"listen": "listens to", "whisper": "whispers to", "barge": "joins"}


def commanded(room: Room, event: OperatorCommanded) -> None:
    """Carry out what a supervisor or an operator asked for; what makes no sense now changes nothing."""
    supervisor = room.operators.get(event.operator)
    if supervisor is None:
        return
    match event.command:
        case "listen" | "whisper" | "barge" | "take_over":
            _listen(room, supervisor, event.target, event.command)
        case "leave":
            leg = _listens(supervisor)
            if leg is not None:
                let_go(room, leg, "withdrawn")
        case _:
            conversation.commanded(room, supervisor, event.command, event.target)


def obstacle(room: Room, supervisor: str, target: str) -> Obstacle | None:
    """Return why somebody cannot listen to an operator now; None: they can."""
    own, operator = room.operators.get(supervisor), room.operators.get(target)
    to = operator.leg if operator is not None else None
    if own is None or own is operator:
        return "oneself"
    if to is None or to.answered_at is None or to.ending or to.kind == "listen":
        return "no_call"
    if own.leg is not None and _listens(own) is None:
        return "busy"
    return None if own.reachable else "unreachable"


def _listens(supervisor: Operator) -> Leg | None:
    """Return the leg with which somebody listens, or is rung to."""
    leg = supervisor.leg
    return leg if leg is not None and leg.kind == "listen" and not leg.ending else None


def _listen(room: Room, supervisor: Operator, target: str, mode: Listening) -> None:
    to = room.operators[target].leg if obstacle(room, supervisor.operator, target) is None else None
    if to is None:
        return
    call = room.calls[to.call_id]
    leg = _listens(supervisor)
    if leg is not None and leg.to == to.leg_id:
        _change(room, call, leg, mode)
        return
    if leg is not None:
        let_go(room, leg, "withdrawn")
    ring_listener(room, call, supervisor, to, mode, call.queue.ring_s)


def _change(room: Room, call: Call, leg: Leg, mode: Listening) -> None:
    if leg.mode == mode:
        return
    leg.mode = mode
    if leg.answered_at is not None:
        _begin(room, call, leg)


def listener_answered(room: Room, call: Call, leg: Leg) -> None:
    """Let a supervisor hear, who has picked up."""
    leg.spoke = True
    _begin(room, call, leg)


def _begin(room: Room, call: Call, leg: Leg) -> None:
    if leg.mode == "take_over" and call.main is not None:
        take_over(room, call, call.main, leg)
    else:
        call.note(f"{leg.target} {_SAID[leg.mode]} {room.legs[leg.to].target}")
        let_hear(room, leg)


def listening_failed(room: Room, call: Call, leg_id: str, reason: str) -> None:
    """Let a supervisor go who cannot be let hear: silence would say nothing."""
    leg = call.listeners.get(leg_id)
    if leg is not None:
        room.alarm("listening_failed", f"{leg.target} cannot listen: {reason}", call.call_id, leg.operator)
        let_go(room, leg, "withdrawn")
