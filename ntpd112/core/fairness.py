"""One number cannot take the operators from everybody: its further calls wait behind all others, or are refused.

A number that stands for many people, such as a hotel's, still has its first calls in their turn; when one of them ends,
the next of those behind has its turn back. Callers without a number cannot be told apart, so no limit is theirs.
"""

from __future__ import annotations

from ntpd112.core.call import Call
from ntpd112.core.messages import EndCall
from ntpd112.core.room import Room

BEHIND = "its number has more calls here than it may: waits behind all others"
REFUSED = "refused with 486: its number had as many calls here as it may have"


def is_one_too_many(room: Room, call: Call) -> bool:
    """Tell whether a call that has just come is beyond what its number may have; a lost line's is not."""
    limit = room.plan.calls_per_number
    if not limit or call.arrived.ani is None or call.owed is not None:
        return False
    return sum(other.arrived.ani == call.arrived.ani for other in room.calls.values()) > limit


def stand_behind(call: Call) -> None:
    """Let a call wait behind everybody who is not behind, too."""
    call.behind = True
    call.note(BEHIND)


def refuse(room: Room, call: Call) -> None:
    """Do not answer a call."""
    call.move("given_back")
    call.refused = True
    call.side, call.cause = "us", REFUSED
    text = f"a number has {room.plan.calls_per_number} calls here and calls again; it gets 486"
    room.alarm("caller_repeats", text, call.call_id)
    room.do(EndCall(call.call_id, busy=True))
    room.timers.set("closing", call.call_id, room.now + room.plan.hangup_grace_s)


def next_of_number(room: Room, gone: Call) -> Call | None:
    """Return the call that has its turn back because one of the same number has ended."""
    ani = gone.arrived.ani
    if ani is None or gone.behind:
        return None
    waiting = [call for call in room.calls.values() if call.behind and call.arrived.ani == ani]
    return min(waiting, key=lambda call: call.turn, default=None)
