"""Whoever lost the line without hanging up calls again: with the turn they had, and on the list of whom to call back.

A line is lost when the network or we ended it, not a human. Lines without a number cannot be known again.
"""

from __future__ import annotations

from ntpd112.core import ivr
from ntpd112.core.call import Call, LostLine
from ntpd112.core.queueing import FIRST_IN_LINE
from ntpd112.core.records import CALL_BACK
from ntpd112.core.room import Room

_MOST_LOST = 10_000


def line_lost(room: Room, call: Call) -> None:
    """Keep what a caller had. Who spoke with somebody comes first."""
    ani = call.arrived.ani
    if call.side not in {"network", "us"} or call.stage == "fallback" or call.refused or ani is None:
        return
    call.note(CALL_BACK)
    priority = FIRST_IN_LINE if call.contact.connected_at is not None else call.priority
    lost = LostLine(call.call_id, call.turn, priority, call.type, room.now)
    known = room.lost.pop(ani, None)
    if known is not None and _counts(room, known) and (known.priority, known.turn) < (priority, call.turn):
        lost = known
    room.lost[ani] = lost
    while len(room.lost) > _MOST_LOST:
        room.lost.popitem(last=False)


def called_again(room: Room, call: Call) -> None:
    """Give a caller who has lost the line the turn, the priority and the type of that call."""
    lost = room.lost.pop(call.arrived.ani or "", None)
    if lost is None or not _counts(room, lost):
        return
    call.turn, call.owed = lost.turn, lost.priority
    call.priority = min(call.priority, lost.priority)
    if lost.type in call.plan.types:
        ivr.choose(call, call.plan.types[lost.type])
    call.note(f"called again after call {lost.call_id} was lost, and kept its turn")


def _counts(room: Room, lost: LostLine) -> bool:
    return room.now - lost.lost_at <= room.plan.redial_s
