"""The switchboard: every event goes in here, every action comes out.

Rules:

1. ``step(now, event)`` handles the event, then the deadlines that have come, then brings waiting callers and free
   operators together, and returns what is to be done, in order. An event of a self-call does so in their room.
2. The same sequence of (now, event) gives the same actions, bit for bit. ``now`` never runs backwards: an earlier
   instant counts as the latest one seen, until the clock is set (:class:`ClockStepped`).
3. An event about something unknown, ended or repeated changes nothing.
4. When :meth:`next_deadline` has come, ``step(now, TimePassed())`` is owed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ntpd112.core import (
    answering,
    cdr,
    incident,
    listening,
    matching,
    offers,
    overflow,
    phones,
    presence,
    queueing,
    reasons,
    refusals,
    resume,
    selfcall,
    voice,
)
from ntpd112.core import messages as m
from ntpd112.core import phone_events as p
from ntpd112.core import trace_events as t
from ntpd112.core.call import Call
from ntpd112.core.clock_step import ClockStepped, move
from ntpd112.core.operator import Operator
from ntpd112.core.plan import Plan
from ntpd112.core.room import Room


class Switchboard:
    """Decides for one emergency room."""

    def __init__(self, start: Plan | Room) -> None:
        """Begin with an empty room, or go on with one that was restored."""
        self.room = start if isinstance(start, Room) else Room(start)
        self.selfcalls = self.room.selfcalls or selfcall.room_of(self.room.plan)
        self.room.selfcalls = self.selfcalls

    def step(self, now: float, event: m.Event) -> list[m.Action]:
        """Take one event at the instant ``now`` (seconds) and return the actions it leads to."""
        if isinstance(event, ClockStepped):
            for room in (self.room, self.selfcalls):
                move(room, event.by_s)
        if type(event) in selfcall.TO_EVERY_ROOM:
            apart = _step(self.selfcalls, now, selfcall.as_told(event))
            return [*_step(self.room, now, event), *selfcall.done(apart)]
        if selfcall.is_of(self.selfcalls, event):
            return selfcall.done(_step(self.selfcalls, now, event))
        return _step(self.room, now, event)

    def next_deadline(self) -> float | None:
        """Return the instant at which :class:`~ntpd112.core.messages.TimePassed` is owed, or None."""
        ours, theirs = self.room.timers.next_deadline(), self.selfcalls.timers.next_deadline()
        if ours is None or theirs is None:
            return theirs if ours is None else ours
        return min(ours, theirs)

    def seen(self) -> set[str]:
        """Return the calls that are here or were, the latest of them; self-calls too."""
        return {call_id for room in (self.room, self.selfcalls) for call_id in (*room.calls, *room.ended)}


def _step(room: Room, now: float, event: m.Event) -> list[m.Action]:
    room.now = max(now, room.now)
    handler = _HANDLERS.get(type(event))
    if handler is not None:
        handler(room, event)
    while (due := room.timers.pop_due(room.now)) is not None:
        _fire(room, *due)
    if room.roster.available:
        matching.match(room)
    if room.stood or room.duty_lost:
        overflow.check_nobody_there(room)
    if room.joined:
        queueing.announce(room)
    actions, room.actions = room.actions, []
    return actions


def _line_synced(room: Room, event: m.LineSynced) -> None:
    """Close what ended while the exchange was out of sight."""
    calls, legs = set(event.calls), set(event.legs)
    for call_id in [call_id for call_id in room.calls if call_id not in calls]:
        cdr.ended_out_of_sight(room, room.calls[call_id])
    for leg_id in [leg_id for leg_id in room.legs if leg_id not in legs]:
        offers.leg_ended(room, m.LegEnded(leg_id, offers.OUT_OF_SIGHT, 0))


def _routing_changed(room: Room, event: m.RoutingChanged) -> None:
    """Use a new plan for calls that arrive from now on."""
    room.plan = event.plan
    room.adopt_operators(event.plan)


_HANDLERS: dict[type[m.Event], Callable[[Room, Any], None]] = {
    m.CallArrived: answering.call_arrived,
    m.CallAnswered: answering.call_answered,
    m.LocationTold: answering.location_told,
    m.DigitPressed: answering.digit_pressed,
    m.PlayEnded: answering.play_ended,
    m.RecordingStarted: answering.recording_started,
    m.RecordingFailed: answering.recording_failed,
    m.CallEnded: cdr.call_ended,
    t.NetworkReason: reasons.reason_given,
    t.CallNoted: reasons.call_noted,
    t.InvitesRefused: refusals.invites_refused,
    m.CallGivenBack: cdr.call_given_back,
    m.LegRang: offers.leg_rang,
    m.LegAnswered: offers.leg_answered,
    m.LegEnded: offers.leg_ended,
    m.VoiceChanged: voice.voice_changed,
    m.LegDigit: presence.leg_digit,
    m.ActionFailed: cdr.action_failed,
    m.PresenceSet: presence.presence_set,
    m.FeatureDialled: presence.feature_dialled,
    m.PhoneStateChanged: phones.phone_state_changed,
    p.PhonesListed: phones.phones_listed,
    p.PhonesOutOfSight: phones.phones_out_of_sight,
    p.PhoneLeft: phones.phone_left,
    p.LegForwarded: phones.leg_forwarded,
    p.LegTransferAsked: phones.transfer_asked,
    p.LegHeld: phones.leg_held,
    m.OperatorCommanded: listening.commanded,
    m.IncidentEdited: incident.edited,
    m.RoutingChanged: _routing_changed,
    m.LineSynced: _line_synced,
    m.ServiceResumed: resume.service_resumed,
    m.ServiceStopping: cdr.service_stopping,
}


def _answer_late(room: Room, call: Call) -> None:
    answering.give_back(room, call, "could not be answered in time")


def _prompt_late(room: Room, call: Call) -> None:
    answering.prompt_over(room, call, failed=True)


_CALL_TIMERS: dict[str, Callable[[Room, Call], None]] = {
    "answer": _answer_late,
    "play": _prompt_late,
    "menu": answering.menu_silent,
    "ring_within": answering.menu_took_long,
    "comfort": queueing.comfort,
    "skills": queueing.skills_no_longer_matter,
    "overflow": overflow.overflow_due,
    "outside_again": overflow.ring_outside,
    "closing": cdr.call_stuck,
}
_LEG_TIMERS = {"ring": offers.ring_timed_out, "confirm": offers.nobody_confirmed, "grace": offers.leg_stuck}
_OPERATOR_TIMERS: dict[str, Callable[[Room, Operator], None]] = {
    "wrap_up": presence.wrap_up_over,
    "pause": Room.refresh,
}


def _fire(room: Room, kind: str, owner: str) -> None:
    """Do what a deadline is for. Its owner may be gone: then there is nothing to do."""
    if kind in _CALL_TIMERS and owner in room.calls:
        _CALL_TIMERS[kind](room, room.calls[owner])
    elif kind in _LEG_TIMERS and owner in room.legs:
        _LEG_TIMERS[kind](room, room.legs[owner])
    elif kind in _OPERATOR_TIMERS and owner in room.operators:
        _OPERATOR_TIMERS[kind](room, room.operators[owner])
