"""Voices that are not heard: the operator is shown whose, the people who run the room are told, the record keeps it.

Silence is never a reason to end a line or to put a caller behind others: a silent caller may be hiding.
"""

from __future__ import annotations

from ntpd112.core.call import WITH_HUMAN, Call, Leg
from ntpd112.core.messages import VoiceChanged
from ntpd112.core.room import Room

CALLER = ""
"""The place of the caller's own line where a leg's id may stand."""


def voice_changed(room: Room, event: VoiceChanged) -> None:
    """Note and show that nothing is heard from a party, or that it is heard again."""
    call = room.calls.get(event.call_id)
    if call is None:
        return
    leg = _speaking(call).get(event.leg_id)
    who = leg.target if leg is not None else "the caller"
    is_there = leg is not None or event.leg_id == CALLER
    if event.leg_id in call.unheard:
        if event.silent_s == 0.0 and is_there:
            call.unheard.remove(event.leg_id)
            call.note(f"{who} was heard again")
    elif event.silent_s > 0.0 and call.state in WITH_HUMAN and is_there:
        call.unheard.append(event.leg_id)
        call.note(f"no sound came from {who} for {event.silent_s:.0f} s")
        if leg is None or not leg.held:  # a phone on hold is shown as such
            _alarm(room, call, leg, f"no sound has come from {who} for {event.silent_s:.0f} s")


def _alarm(room: Room, call: Call, leg: Leg | None, what: str) -> None:
    if leg is None:
        where = f"the audio path of trunk {call.arrived.trunk}, and at its `media` in the city file if it has any"
        cure = f"speak to them all the same; if it happens often, look at {where}"
    else:
        cure = "look at its microphone, mute and hold, or take the call up on another phone"
    room.alarm("one_way_audio", f"{what}: {cure}", call.call_id, leg.operator if leg is not None else "")


def unheard(call: Call) -> tuple[str, ...]:
    """Return those who speak for a call and are not heard, in words for a display; empty text is the caller."""
    speaking = _speaking(call)
    return tuple(
        CALLER if leg_id == CALLER else speaking[leg_id].target
        for leg_id in call.unheard
        if leg_id == CALLER or leg_id in speaking
    )


def _speaking(call: Call) -> dict[str, Leg]:
    legs = (call.main, call.third)
    return {leg.leg_id: leg for leg in legs if leg is not None and leg.answered_at is not None}
