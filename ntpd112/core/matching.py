"""Bringing the next caller to the next operator: nobody waits while somebody who may take the call is free."""

from __future__ import annotations

from ntpd112.core.call import Call
from ntpd112.core.legs import ring_operator
from ntpd112.core.operator import Operator
from ntpd112.core.queueing import join_queue, required_skills
from ntpd112.core.room import Room


def match(room: Room) -> None:
    """Ring available operators for waiting callers until one of the two has run out."""
    while room.roster.available and (_offer_next(room) or _take_from_menu(room)):
        pass
    if room.roster.available and room.ring_all:
        _ring_more(room)


def _offer_next(room: Room) -> bool:
    """Offer the first caller in line whom an available operator may take; False when there is none."""
    return any(_offer_call(room, call, required) for call, required in room.line.heads())


def _offer_call(room: Room, call: Call, required: frozenset[str]) -> bool:
    if call.ring_all or call.queue.strategy == "ring_all":
        return _ring_everybody(room, call, required)
    best = room.roster.pick(call.queue.strategy, call.skills, required=bool(required))
    if best is None:
        return False
    offer(room, call, best)
    return True


def _ring_everybody(room: Room, call: Call, required: frozenset[str]) -> bool:
    """Ring all available operators with the required skills; False when there is none."""
    everybody = [operator for operator in room.roster.ordered("ring_all") if required <= operator.skills]
    for operator in everybody:
        room.ring_all[call.call_id] = call
        offer(room, call, operator)
    return bool(everybody)


def _ring_more(room: Room) -> None:
    """Let operators who became available ring along for the callers who ring everybody, the first in line first."""
    for call in sorted(room.ring_all.values(), key=lambda call: (call.behind, call.priority, call.turn)):
        _ring_everybody(room, call, required_skills(room, call))


def _take_from_menu(room: Room) -> bool:
    """Let the first caller who is in the menu beyond its time limit have the operator who is free."""
    call = next(iter(room.overdue_menus.values()), None)
    if call is None:
        return False
    join_queue(room, call)
    return True


def offer(room: Room, call: Call, operator: Operator) -> None:
    """Ring one operator for one caller in the queue."""
    leg = ring_operator(room, call, operator, "operator", call.queue.ring_s)
    call.ringing[leg.leg_id] = leg
    room.line.remove(call)
    call.move("offered")
