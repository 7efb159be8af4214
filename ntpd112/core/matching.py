"""Bringing the next caller to the next operator: nobody waits while somebody who may take the call is free."""

from __future__ import annotations

from ntpd112.core.call import IN_MENU, Call
from ntpd112.core.legs import ring_operator
from ntpd112.core.operator import Operator
from ntpd112.core.queue import ANYBODY
from ntpd112.core.queueing import join_queue
from ntpd112.core.room import Room


def match(room: Room) -> None:
    """Ring available operators for waiting callers until one of the two has run out."""
    while len(room.roster):
        if len(room.line):
            if not _offer_next(room):
                break
        elif not _take_from_menu(room):
            break
    if len(room.roster) and room.ring_all:
        _ring_more(room)


def _offer_next(room: Room) -> bool:
    """Offer the first caller in line whom an available operator may take."""
    for call, required in room.line.heads():
        if required and not room.roster.has(required):
            continue
        if call.ring_all or call.queue.strategy == "ring_all":
            _ring_everybody(room, call, required)
        else:
            best = room.roster.pick(call.queue.strategy, call.skills, required=bool(required))
            if best is not None:
                offer(room, call, best)
        return True
    return False


def _ring_everybody(room: Room, call: Call, required: frozenset[str]) -> None:
    room.ring_all[call.call_id] = call
    for operator in list(room.roster.ordered("ring_all")):
        if required <= operator.skills:
            offer(room, call, operator)


def _ring_more(room: Room) -> None:
    """Let operators who became available ring along for the first caller who rings everybody."""
    first = min(room.ring_all.values(), key=lambda call: (call.priority, call.turn))
    _ring_everybody(room, first, ANYBODY)


def _take_from_menu(room: Room) -> bool:
    """Let the first caller who is in the menu beyond its time limit have the operator who is free."""
    for call in room.overdue_menus.values():
        if call.state in IN_MENU:
            join_queue(room, call)
            return True
    return False


def offer(room: Room, call: Call, operator: Operator) -> None:
    """Ring one operator for one caller in the queue."""
    leg = ring_operator(room, call, operator, "operator", call.queue.ring_s)
    call.ringing[leg.leg_id] = leg
    room.line.remove(call)
    room.timers.clear("skills", call.call_id)
    call.move("offered")
