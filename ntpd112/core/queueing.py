"""Joining the queue, keeping the turn there, and what the caller hears meanwhile."""

from __future__ import annotations

from ntpd112.core.call import IN_QUEUE, Call
from ntpd112.core.legs import let_go
from ntpd112.core.messages import CancelReason, Play, StopPlay
from ntpd112.core.queue import ANYBODY
from ntpd112.core.room import Room

FIRST_IN_LINE = -1
"""Priority of a caller whose operator was cut off: before everybody."""


def play(room: Room, call: Call, *prompts: str) -> None:
    """Say prompts to a caller."""
    call.plays += 1
    call.play_id = f"{call.call_id}.p{call.plays}"
    room.do(Play(call.call_id, call.play_id, prompts, call.language))
    room.timers.set("play", call.call_id, room.now + call.plan.menu.prompt_limit_s)


def stop_play(room: Room, call: Call) -> None:
    """End the prompt that plays, if one does."""
    if call.play_id:
        room.do(StopPlay(call.call_id, call.play_id))
        play_over(room, call)


def play_over(room: Room, call: Call) -> None:
    """Nothing plays any more."""
    call.play_id = ""
    room.timers.clear(call.call_id, "play")


def join_queue(room: Room, call: Call) -> None:
    """Let a caller who is in the menu stand in the queue."""
    call.move("queued")
    leave_menu(room, call)
    call.queued_at = room.now
    call.overflow_due = len(room.line) >= call.queue.max_waiting
    if call.overflow_due:
        call.note("queue full on joining")
    _wait(room, call)


def rejoin_queue(room: Room, call: Call, why: str) -> None:
    """Put a caller whose human was lost back at the head of the queue, for anybody to take."""
    call.move("cut_off")
    call.note(why)
    call.priority = FIRST_IN_LINE
    call.behind = False
    call.main = call.third = None
    call.skills_matter = call.overflow_due = False
    call.next_overflow = call.next_outside = 0
    _wait(room, call)


def _wait(room: Room, call: Call) -> None:
    call.waiting_since = room.now
    stand_in_line(room, call)
    room.joined.append(call)
    if call.queue.comfort_every_s > 0:
        room.timers.set("comfort", call.call_id, room.now + call.queue.comfort_every_s)
    set_overflow_timer(room, call)


def set_overflow_timer(room: Room, call: Call) -> None:
    """Arm the deadline of the next link of the overflow chain."""
    chain = call.queue.overflow
    if call.next_overflow < len(chain):
        room.timers.set("overflow", call.call_id, call.waiting_since + chain[call.next_overflow].after_s)


def required_skills(room: Room, call: Call) -> frozenset[str]:
    """Return the skills without which nobody is rung: the wanted ones, while that is asked for and possible."""
    waits = call.skills_matter and room.now < call.waiting_since + call.queue.skill_wait_s
    if waits and any(call.skills <= room.operators[name].skills for name in room.on_duty):
        return call.skills
    return ANYBODY


def stand_in_line(room: Room, call: Call) -> None:
    """Seek an operator: among those with the required skills."""
    required = required_skills(room, call)
    if required:
        room.timers.set("skills", call.call_id, call.waiting_since + call.queue.skill_wait_s)
    room.line.add(call, required)
    room.stood.append(call)


def skills_no_longer_matter(room: Room, call: Call) -> None:
    """Let any operator take this caller from now on."""
    call.skills_matter = False
    if call.position is not None:
        room.line.add(call, ANYBODY)


def reorder(room: Room, call: Call) -> None:
    """Find the place in line again after priority or skills changed."""
    if call.position is not None:
        stand_in_line(room, call)


def leave_menu(room: Room, call: Call) -> None:
    """Stop asking."""
    room.overdue_menus.pop(call.call_id, None)
    room.timers.clear(call.call_id, "menu", "ring_within")


def leave_queue(room: Room, call: Call, reason: CancelReason) -> None:
    """Stop seeking and stop every ring but the one that was answered."""
    room.line.remove(call)
    room.ring_all.pop(call.call_id, None)
    room.timers.clear(call.call_id, "comfort", "overflow", "outside_again", "skills")
    for leg in list(call.ringing.values()):
        let_go(room, leg, reason)


def clear_call(room: Room, call: Call, reason: CancelReason) -> None:
    """Stop everything that goes on for a call: its prompt, its deadlines, its rings and its humans."""
    leave_menu(room, call)
    leave_queue(room, call, reason)
    play_over(room, call)
    room.timers.clear(call.call_id, "answer", "closing")
    for leg in (call.main, call.third):
        if leg is not None:
            let_go(room, leg, reason)
    call.main = call.third = None
    for listener in list(call.listeners.values()):
        let_go(room, listener, reason)


def announce(room: Room) -> None:
    """Tell callers who just joined whether a phone rings for them or they have to wait."""
    for call in room.joined:
        if call.state in IN_QUEUE and not call.play_id:
            play(room, call, _first_word(room, call))
    room.joined.clear()


def _first_word(room: Room, call: Call) -> str:
    if call.ringing:
        return "connecting"
    return "wait" if room.on_duty else "no_operator_yet"


def comfort(room: Room, call: Call) -> None:
    """Say that the caller is not forgotten."""
    if not call.play_id:
        play(room, call, "still_waiting")
    room.timers.set("comfort", call.call_id, room.now + call.queue.comfort_every_s)
