"""The end of a call: exactly one call-detail record, whatever happened."""

from __future__ import annotations

from ntpd112.core.answering import give_back
from ntpd112.core.call import WITH_HUMAN, Call
from ntpd112.core.conversation import bring_together, cannot_join
from ntpd112.core.fairness import next_of_number
from ntpd112.core.legs import forget_leg, record_offer, result_of
from ntpd112.core.listening import listening_failed
from ntpd112.core.messages import (
    ActionFailed,
    CallEnded,
    CallGivenBack,
    EndCall,
    GiveBack,
    SaveCall,
    ServiceStopping,
)
from ntpd112.core.queueing import clear_call, reorder
from ntpd112.core.reasons import line_cut
from ntpd112.core.records import CallRecord, Outcome
from ntpd112.core.redial import line_lost
from ntpd112.core.room import Room

OUT_OF_SIGHT = "ended while the exchange was out of sight"
"""Note on the record of a call whose end nobody saw."""
_NETWORK_CAUSES = {18, 27, 34, 38, 41, 42, 44, 47, 58, 102, 111}
"""Q.850 causes that no caller's hand brings about."""
_NETWORK_SIP = {408, 481}
"""The far end answered no request in the call any more, or knew nothing of it: RFC 3261 12.2.1.2 ends the call."""


def call_ended(room: Room, event: CallEnded) -> None:
    """Close a call whose line is gone."""
    call = room.calls.get(event.call_id)
    if call is None:
        return
    said = f"Q.850 {event.cause}" + (f" / SIP {event.sip_status}" if event.sip_status else "")
    if call.side is None:
        lost = event.cause in _NETWORK_CAUSES or event.sip_status in _NETWORK_SIP or line_cut(call)
        call.side = "network" if lost else "caller"
        call.cause = f"{call.side} hung up, {said}" if call.side == "caller" else f"line lost, {said}"
    close(room, call)


def call_given_back(room: Room, event: CallGivenBack) -> None:
    """Close a call that the dialplan's fallback has taken over."""
    call = room.calls.get(event.call_id)
    if call is not None:
        call.move("given_back")
        call.stage = "fallback"
        call.side = call.side or "us"
        call.cause = call.cause or "went to the dialplan's fallback"
        close(room, call)


def ended_out_of_sight(room: Room, call: Call) -> None:
    """Close a call that was gone when the exchange came back into sight: nobody knows who ended it."""
    call.note(OUT_OF_SIGHT)
    if call.side is None:
        call.side, call.cause = "network", "line lost while the exchange was out of sight"
    close(room, call)


def service_stopping(room: Room, _event: ServiceStopping) -> None:
    """Let go of every call without harming one: a planned stop."""
    room.stopping = True
    for call in list(room.calls.values()):
        if call.state in WITH_HUMAN:
            bring_together(room, call)
            left_alone(room, call, "the service was stopped while they spoke; they were left alone")
        else:
            give_back(room, call, "the service was stopped")


def left_alone(room: Room, call: Call, why: str) -> None:
    """Close the record of a call whose humans are left to each other."""
    call.side, call.cause = "us", why
    for leg in (call.main, call.third):
        if leg is not None:
            record_offer(room, call, leg, result_of(leg))
            forget_leg(room, leg)
    call.main = call.third = None
    clear_call(room, call, "withdrawn")
    _save(room, call)


def tell_to_leave(room: Room, call: Call) -> None:
    """Tell the exchange to end a call that is leaving, or to take it back; once more changes nothing."""
    ends = call.side == "operator" or call.refused
    room.do(EndCall(call.call_id, busy=call.refused) if ends else GiveBack(call.call_id))
    room.timers.set("closing", call.call_id, room.now + room.plan.hangup_grace_s)


def call_stuck(room: Room, call: Call) -> None:
    """Tell the exchange once more to end a call or take it back; then close it, so that its record is not lost."""
    if not call.reminded:
        call.reminded = True
        tell_to_leave(room, call)
        return
    room.alarm("call_stuck", "the exchange did not confirm the end of the call", call.call_id)
    call.note("end not confirmed by the exchange")
    close(room, call)


def close(room: Room, call: Call) -> None:
    """Let every leg go, write the record, forget the call."""
    call.move("gone")
    clear_call(room, call, "caller_gone")
    line_lost(room, call)
    _save(room, call)


def _save(room: Room, call: Call) -> None:
    room.do(SaveCall(_record(room, call)))
    room.remember(call)
    freed = next_of_number(room, call)
    if freed is not None:
        freed.behind = False
        reorder(room, freed)


def outcome_of(call: Call) -> Outcome:
    """Say in one word what became of the caller."""
    contact = call.contact
    if contact.transferred:
        return "transferred"
    if contact.connected_at is not None:
        return "answered" if contact.operator is not None else "overflowed"
    if call.stage == "fallback":
        return "overflowed"
    return "abandoned" if call.side == "caller" else "failed"


def _record(room: Room, call: Call) -> CallRecord:
    arrived = call.arrived
    return CallRecord(
        call_id=arrived.call_id,
        plan_version=call.plan.version,
        trunk=arrived.trunk,
        trunk_kind=arrived.trunk_kind,
        ddi=arrived.ddi,
        ddi_raw=arrived.ddi_raw,
        ani=arrived.ani,
        ani_raw=arrived.ani_raw,
        ani_kind=arrived.ani_kind,
        caller_name=arrived.caller_name,
        arrived_at=call.arrived_at,
        answered_at=call.answered_at,
        queued_at=call.queued_at,
        first_rang_at=call.first_rang_at,
        connected_at=call.contact.connected_at,
        ended_at=room.now,
        outcome=outcome_of(call),
        stage=call.stage,
        cause=call.cause,
        side=call.side or "us",
        language=call.language,
        type=call.type,
        digits=call.digits,
        queue=call.queue.name if call.queued_at is not None else None,
        operator=call.contact.operator,
        destination=call.contact.destination,
        recording=call.recording,
        incident_id=call.incident_id,
        notes=tuple(call.notes),
        offers=tuple(call.offers),
        location=call.location,
    )


def action_failed(room: Room, event: ActionFailed) -> None:
    """Do the next best thing when the exchange refused an action for good."""
    call = room.calls.get(event.call_id)
    if call is None:
        return
    call.note(f"{event.action} failed: {event.reason}")
    if event.action == "Answer" and call.state == "arriving":
        give_back(room, call, f"could not be answered: {event.reason}")
    elif event.action == "SetParties" and (call.main is not None):
        cannot_join(room, call, event.reason)
    elif event.action == "Listen":
        listening_failed(room, call, event.leg_id, event.reason)
