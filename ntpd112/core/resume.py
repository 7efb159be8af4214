"""Going on after another controller: what it could not do any more, or what nobody knows it did, is asked for again.

The room is the other's, up to its last word in the journal. The exchange went on without us: prompts came to their end,
phones were picked up, people hung up. Its present state comes as one event, and is taken in before any deadline that
has passed meanwhile: nobody pays for the time in which we did not listen.
"""

from __future__ import annotations

from ntpd112.core.call import IN_QUEUE, WITH_HUMAN, Call, Leg
from ntpd112.core.cdr import call_given_back, ended_out_of_sight, left_alone, tell_to_leave
from ntpd112.core.confirming import ask
from ntpd112.core.conversation import let_hear, set_parties
from ntpd112.core.legs import end_again
from ntpd112.core.messages import (
    Answer,
    CallGivenBack,
    LegAnswered,
    LegEnded,
    MuteLeg,
    ServiceResumed,
    ShowPresence,
    StartMusic,
    StartRecording,
)
from ntpd112.core.offers import OUT_OF_SIGHT, leg_answered, leg_ended
from ntpd112.core.room import Room


def service_resumed(room: Room, event: ServiceResumed) -> None:
    """Bring the room in line with the exchange, then the exchange in line with the room."""
    room.stopping = False
    calls, elsewhere, paired, legs = map(set, (event.calls, event.elsewhere, event.paired, event.legs))
    for call in list(room.calls.values()):
        call.unheard.clear()  # whatever is not heard is found anew
        if call.call_id in elsewhere:
            call_given_back(room, CallGivenBack(call.call_id))
        elif call.call_id not in calls:
            ended_out_of_sight(room, call)
        elif call.call_id in paired and call.state not in {*WITH_HUMAN, "leaving"}:
            left_alone(room, call, "speaks with somebody of whom the journal does not know")
    for leg in [leg for leg in room.legs.values() if leg.leg_id not in legs]:
        _leg_gone(room, leg)
    for leg_id in event.answered:
        leg_answered(room, LegAnswered(leg_id, late=True))
    for call in room.calls.values():
        if call.state == "talking" and call.main is not None and call.call_id not in paired:
            call.main.late_at = room.now  # the other had no time to bring them together
    _ask_again(room)


def _ask_again(room: Room) -> None:
    for call in room.calls.values():
        _go_on(room, call)
    for leg in room.legs.values():
        if leg.ending:
            end_again(room, leg)
        elif leg.hears_the_question:
            ask(room, room.calls[leg.call_id], leg)
    for operator in room.operators.values():
        room.do(ShowPresence(operator.operator, operator.presence, operator.reason))


def _leg_gone(room: Room, leg: Leg) -> None:
    """End a leg that the exchange does not have. Perhaps it never rang: nobody is blamed for that."""
    if leg.answered_at is None and leg.cancel_reason is None:
        leg.cancel_reason = "withdrawn"
    leg_ended(room, LegEnded(leg.leg_id, OUT_OF_SIGHT, 0))


def _go_on(room: Room, call: Call) -> None:
    """Ask again for what this call is in the middle of."""
    if call.answered_at is not None and call.recording is None:
        room.do(StartRecording(call.call_id, call.call_id))
    if call.state == "arriving":
        room.do(Answer(call.call_id))
        room.timers.set("answer", call.call_id, room.now + call.plan.answer_limit_s)
    elif call.state == "leaving":
        tell_to_leave(room, call)
    elif call.main is not None:
        set_parties(room, call)
        for leg in (call.main, call.third):
            if leg is not None and leg.muted:
                room.do(MuteLeg(leg.leg_id, call.call_id, on=True))
        for leg in call.listeners.values():
            if leg.answered_at is not None:
                let_hear(room, leg)
    elif call.state in IN_QUEUE and not call.play_id:
        room.do(StartMusic(call.call_id))
