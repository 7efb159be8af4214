"""From the INVITE to the queue: answer, greeting, menu, and the keys a caller presses at any time."""

from __future__ import annotations

from ntpd112.core import fairness, incident, ivr
from ntpd112.core.call import IN_MENU, IN_QUEUE, Call
from ntpd112.core.messages import (
    Answer,
    CallAnswered,
    CallArrived,
    DigitPressed,
    GiveBack,
    LocationTold,
    PlayEnded,
    RecordingFailed,
    RecordingStarted,
    StartMusic,
    StartRecording,
)
from ntpd112.core.plan import AskOperator, ChooseLanguage, ChooseType
from ntpd112.core.queueing import clear_call, join_queue, play, play_over, reorder, stop_play
from ntpd112.core.redial import called_again
from ntpd112.core.room import Room

_RING_MARGIN_S = 1.0
"""What the exchange and the phone may need of the time limit to a ringing phone."""
_MOST_DIGITS = 64
_LAST_ANSWERS = 20


def call_arrived(room: Room, event: CallArrived) -> None:
    """Take a new call and answer it."""
    if event.call_id in room.calls or room.has_ended(event.call_id):
        return
    plan = room.plan
    room.turns += 1
    call = Call(
        event, room.now, room.turns, plan, plan.language, plan.queues[plan.default_queue], plan.default_priority
    )
    if not event.ddi_known:
        call.note(f"dialled number {event.ddi} is none of ours, treated as 112")
    for fact in event.facts:
        call.note(fact)
    called_again(room, call)
    room.calls[event.call_id] = call
    if room.stopping:
        give_back(room, call, "the service was stopped")
        return
    if fairness.is_one_too_many(room, call):
        if plan.refuse_repeated:
            fairness.refuse(room, call)
            return
        fairness.stand_behind(call)
    room.do(Answer(event.call_id))
    room.timers.set("answer", event.call_id, room.now + plan.answer_limit_s)


def call_answered(room: Room, event: CallAnswered) -> None:
    """Greet the caller, and record from here on."""
    call = room.calls.get(event.call_id)
    if call is None or not call.move("answered"):
        return
    call.answered_at = room.now
    room.timers.clear(call.call_id, "answer")
    room.do(StartRecording(call.call_id, call.call_id))
    room.timers.set("ring_within", call.call_id, call.arrived_at + call.plan.menu.ring_within_s - _RING_MARGIN_S)
    play(room, call, "greeting")


def give_back(room: Room, call: Call, why: str) -> None:
    """Let the dialplan's fallback have a call that we cannot serve."""
    if call.move("given_back"):
        clear_call(room, call, "withdrawn")
        call.side, call.cause = "us", why
        room.alarm("call_given_back", why, call.call_id)
        room.do(GiveBack(call.call_id))
        room.timers.set("closing", call.call_id, room.now + room.plan.hangup_grace_s)


def recording_started(room: Room, event: RecordingStarted) -> None:
    """Keep where the recording is."""
    call = room.calls.get(event.call_id)
    if call is not None:
        call.recording = event.file


def recording_failed(room: Room, event: RecordingFailed) -> None:
    """Tell the room; the call goes on."""
    call = room.calls.get(event.call_id)
    if call is not None:
        call.note(f"recording failed: {event.reason}")
    room.alarm("recording_failed", event.reason, event.call_id)


def play_ended(room: Room, event: PlayEnded) -> None:
    """Go on after a prompt."""
    call = room.calls.get(event.call_id)
    if call is not None and event.play_id and call.play_id == event.play_id:
        prompt_over(room, call, failed=event.failed)


def prompt_over(room: Room, call: Call, *, failed: bool) -> None:
    """Go on after a prompt that ended, broke, or took too long."""
    play_over(room, call)
    if failed:
        call.note("a prompt could not be played")
        room.alarm("prompt_failed", f"a prompt of the {call.stage} could not be played", call.call_id)
    if call.state == "greeting":
        _say_menu(room, call)
    elif call.state == "menu" and failed:
        join_queue(room, call)
    elif call.state == "menu":
        room.timers.set("menu", call.call_id, room.now + call.plan.menu.digit_wait_s)
    else:
        room.do(StartMusic(call.call_id))


def menu_silent(room: Room, call: Call) -> None:
    """Say the menu again, or leave the rest to a human: a silent caller may be hiding."""
    if ivr.may_repeat(call):
        _say_menu(room, call)
    else:
        join_queue(room, call)


def menu_took_long(room: Room, call: Call) -> None:
    """Ring an operator who is free now, or as soon as one is; the menu goes on meanwhile."""
    if room.roster.available:
        join_queue(room, call)
    else:
        room.overdue_menus[call.call_id] = call


def _say_menu(room: Room, call: Call, *first: str) -> None:
    call.move("greeted")
    room.timers.clear(call.call_id, "menu")
    call.menu_said += 1
    play(room, call, *first, "menu")


def location_told(room: Room, event: LocationTold) -> None:
    """Keep where the caller is."""
    call = room.calls.get(event.call_id)
    if call is not None:
        call.location = event.text


def digit_pressed(room: Room, event: DigitPressed) -> None:
    """Take a key at any moment of the call."""
    call = room.calls.get(event.call_id)
    if call is None:
        return
    if len(call.digits) < _MOST_DIGITS:
        call.digits += event.digit
    else:
        call.note(f"more than {_MOST_DIGITS} keys pressed")
    if call.contact.connected_at is not None:
        call.answers = (call.answers + event.digit)[-_LAST_ANSWERS:]
    if call.state in IN_MENU:
        _key_in_menu(room, call, event.digit)
    elif call.state in IN_QUEUE:
        _key_in_queue(room, call, event.digit)


def _key_in_menu(room: Room, call: Call, digit: str) -> None:
    match ivr.meaning(call, digit):
        case ChooseType(name):
            ivr.choose(call, call.plan.types[name])
        case ChooseLanguage(language):
            call.menu_languages += 1
            call.language = language
            call.skills = ivr.wanted_skills(call)
            call.menu_said = 0
            _say_menu(room, call)
            return
        case AskOperator():
            pass
        case _:
            call.note(f"key {digit} means nothing")
            if ivr.may_repeat(call):
                _say_menu(room, call, "wrong_key")
                return
    stop_play(room, call)
    join_queue(room, call)


def _key_in_queue(room: Room, call: Call, digit: str) -> None:
    """Let a caller who said nothing in the menu still say it; nobody moves back for it."""
    match ivr.meaning(call, digit):
        case ChooseType(name) if call.type is None:
            call.type = name
            call.priority = min(call.priority, call.plan.types[name].priority)
            call.skills = ivr.wanted_skills(call)
            incident.type_chosen(room, call)
            reorder(room, call)
        case ChooseLanguage(language):
            call.language = language
            call.skills = ivr.wanted_skills(call)
            reorder(room, call)
        case _:
            pass
