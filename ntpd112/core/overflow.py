"""The overflow chain: what else is tried for a caller who waits too long, or when nobody is there.

The caller keeps the turn in the queue throughout; whoever answers first, operator or number outside, has the call.
The numbers outside are tried one after the other, each as soon as the one before has failed, and again from the first
after a pause.
"""

from __future__ import annotations

from ntpd112.core.call import Call
from ntpd112.core.legs import ring_destination
from ntpd112.core.plan import CallDestination, RingAll
from ntpd112.core.queueing import set_overflow_timer, skills_no_longer_matter
from ntpd112.core.room import Room


def overflow_due(room: Room, call: Call) -> None:
    """Take the next link of the chain, its time having come."""
    target = call.queue.overflow[call.next_overflow].target
    call.next_overflow += 1
    if isinstance(target, CallDestination):
        ring_outside(room, call)
    else:
        skills_no_longer_matter(room, call)
        if isinstance(target, RingAll):
            _ring_all(room, call)
    set_overflow_timer(room, call)


def _ring_all(room: Room, call: Call) -> None:
    call.ring_all = True
    if call.position is None:
        room.ring_all[call.call_id] = call


def ring_outside(room: Room, call: Call) -> None:
    """Ring the next number outside, unless one rings already or all have just failed."""
    outside = [step.target.destination for step in call.queue.overflow if isinstance(step.target, CallDestination)]
    if not outside or room.timers.has("outside_again", call.call_id):
        return
    if any(leg.kind == "overflow" for leg in call.ringing.values()):
        return
    if call.next_outside >= len(outside):
        call.next_outside = 0
        room.timers.set("outside_again", call.call_id, room.now + call.queue.overflow_retry_s)
        return
    destination = outside[call.next_outside]
    call.next_outside += 1
    if _may_come_back(room, call, destination):
        ring_outside(room, call)
        return
    leg = ring_destination(room, call, destination, "overflow", call.queue.overflow_ring_s)
    call.ringing[leg.leg_id] = leg
    call.note(f"overflow: {destination}")
    call.move("offered")


def _may_come_back(room: Room, call: Call, destination: str) -> bool:
    """Tell, once, that a destination rings for another call of the same number: two rooms may go in circles.

    Where a network drops the header that tells a loop (``dialplan/trunk.conf.j2``), this slows it down. No more than
    that: a number may stand for many people, and each of them is rung for, too.
    """
    ani = call.arrived.ani
    text = f"{destination} rings for another call of the same number: perhaps this one came back from there"
    if ani is None or text in call.notes:
        return False
    there = (leg for leg in room.legs.values() if leg.target == destination and not leg.operator)
    rung = (leg for leg in there if not (leg.spoke or leg.ending))
    if not any(leg.call_id != call.call_id and room.calls[leg.call_id].arrived.ani == ani for leg in rung):
        return False
    call.note(text)
    room.alarm("overflow_loop", f"{text}; let the two rooms not overflow to each other", call.call_id)
    return True


def check_nobody_there(room: Room) -> None:
    """Take the links outside without waiting for their time when nobody is on duty or the queue was full."""
    if room.on_duty:
        alone = [call for call in room.stood if call.overflow_due]
    elif room.duty_lost:
        alone = list(room.line.ordered())
    else:
        alone = room.stood
    for call in alone:
        if call.position is not None and call.state == "waiting":
            if not room.on_duty:
                call.note("nobody on duty")
                room.alarm("nobody_on_duty", "a caller waits and nobody is on duty", call.call_id)
            ring_outside(room, call)
    room.stood.clear()
    room.duty_lost = False
