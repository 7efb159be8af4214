"""Every event the core hears and every action it asks for, on one page.

Events are past tense and carry everything they mean; actions are imperative and may be carried out twice without
harm. Both are immutable, and both are their own journal format (msgspec, tagged by class name).

Ids are chosen outside (``call_id``) or derived from it (``leg_id`` = ``<call_id>.l<n>``, ``play_id`` =
``<call_id>.p<n>``), never drawn at random here.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from ntpd112.core.commands import CommandName, Listening
from ntpd112.core.plan import Plan
from ntpd112.core.records import AniKind, CallRecord, IncidentFact, TrunkKind

Presence = Literal["logged_out", "available", "on_break"]
PhoneState = Literal["free", "in_use", "ringing", "unreachable"]
CancelReason = Literal[
    "caller_gone", "answered_elsewhere", "no_answer", "withdrawn", "unreachable", "not_confirmed", "moved"
]


class Event(Struct, frozen=True, tag_field="is", tag=True):
    """Something that happened."""


class CallArrived(Event, frozen=True):
    """An INVITE reached us and waits for an answer."""

    call_id: str
    trunk: str
    trunk_kind: TrunkKind
    ddi: str
    ddi_raw: str
    ddi_known: bool
    ani: str | None
    ani_raw: str
    ani_kind: AniKind
    caller_name: str
    facts: tuple[str, ...] = ()
    """What else the INVITE said that the record must keep: notes from the first moment."""
    withheld: bool = False
    """The caller does not want the number to be shown; the room may know it all the same."""
    path: str = ""
    """The rooms that the caller is in, as calls outward carry it: a room knows who comes back to it."""


class CallAnswered(Event, frozen=True):
    """Our 200 OK is out: the caller can hear us."""

    call_id: str


class LocationTold(Event, frozen=True):
    """The network says where the caller is: SIP headers in its own words, one a line, as ``Name: value``."""

    call_id: str
    text: str


class DigitPressed(Event, frozen=True):
    """The caller pressed a key, by whatever DTMF method."""

    call_id: str
    digit: str


class PlayEnded(Event, frozen=True):
    """A prompt came to its end, was stopped, or could not be played."""

    call_id: str
    play_id: str
    failed: bool


class RecordingStarted(Event, frozen=True):
    """The recording's file exists."""

    call_id: str
    file: str


class RecordingFailed(Event, frozen=True):
    """There is no recording; the call goes on."""

    call_id: str
    reason: str


class CallEnded(Event, frozen=True):
    """The caller's line is gone. ``cause``: Q.850; ``sip_status``: 0 when unknown."""

    call_id: str
    cause: int
    sip_status: int


class CallGivenBack(Event, frozen=True):
    """The call left us alive, into the dialplan's fallback."""

    call_id: str


class LegRang(Event, frozen=True):
    """The far phone rings (180 or 183)."""

    leg_id: str


class LegAnswered(Event, frozen=True):
    """The far phone was picked up; ``late``: a while ago, and nobody told us."""

    leg_id: str
    late: bool = False


class LegEnded(Event, frozen=True):
    """The leg is gone, or never came to be. ``cause``: Q.850; ``sip_status``: 0 when unknown."""

    leg_id: str
    cause: int
    sip_status: int
    soft: str = ""  # why no human need have meant it, in words for the record


class VoiceChanged(Event, frozen=True):
    """No sound has come from a leg (the caller, if empty) for ``silent_s`` seconds; 0.0: it is heard again."""

    call_id: str
    leg_id: str
    silent_s: float


class LegDigit(Event, frozen=True):
    """The far party pressed a key."""

    leg_id: str
    digit: str


class ActionFailed(Event, frozen=True):
    """The exchange refused an action for good. ``leg_id`` is empty when the caller's own line was meant."""

    call_id: str
    leg_id: str
    action: str
    reason: str


class PresenceSet(Event, frozen=True):
    """An operator (or somebody for them, ``by``) changed presence. ``available`` also ends wrap-up."""

    operator: str
    presence: Presence
    reason: str
    by: str


class FeatureDialled(Event, frozen=True):
    """An operator's phone dialled a feature code; ``dial_id`` is that call to us."""

    dial_id: str
    operator: str
    digits: str


class PhoneStateChanged(Event, frozen=True):
    """What the exchange sees of an operator's phone."""

    operator: str
    state: PhoneState


class OperatorCommanded(Event, frozen=True):
    """An operator asked for something during a call, by key, command line or console."""

    operator: str
    command: CommandName
    target: str
    """Operator or destination for ``blind`` and ``warm``; whose call for :data:`Listening`; else empty."""


class IncidentEdited(Event, frozen=True):
    """Somebody added to an incident."""

    fact: IncidentFact


class RoutingChanged(Event, frozen=True):
    """A new plan is in force for calls that arrive from now on."""

    plan: Plan


class LineSynced(Event, frozen=True):
    """After a lost connection: these calls and legs are the ones still alive at the exchange."""

    calls: tuple[str, ...]
    legs: tuple[str, ...]


class ServiceResumed(Event, frozen=True):
    """We go on where another controller stopped: this is what the exchange has now."""

    calls: tuple[str, ...]
    """Callers who are alive and in our hands."""
    elsewhere: tuple[str, ...]
    """Callers who are in the dialplan's, or were until they ended."""
    paired: tuple[str, ...]
    """Callers who hear somebody."""
    legs: tuple[str, ...]
    answered: tuple[str, ...]
    """Those of the legs that have been picked up."""


class ServiceStopping(Event, frozen=True):
    """We are about to stop: who waits goes to the dialplan's fallback, who speaks is left alone."""


class TimePassed(Event, frozen=True):
    """A deadline that :meth:`Switchboard.next_deadline` named has come."""


# fmt: off
AnyEvent = (
    CallArrived | CallAnswered | LocationTold | DigitPressed | PlayEnded | RecordingStarted | RecordingFailed
    | CallEnded | CallGivenBack | LegRang | LegAnswered | LegEnded
    | VoiceChanged | LegDigit | ActionFailed | PresenceSet | FeatureDialled | PhoneStateChanged | OperatorCommanded
    | IncidentEdited | RoutingChanged | LineSynced | ServiceResumed | ServiceStopping | TimePassed
)
# fmt: on


class Action(Struct, frozen=True, tag_field="is", tag=True):
    """Something the core wants done. Actions of one call are carried out in order."""


class Answer(Action, frozen=True):
    """Send 200 OK."""

    call_id: str


class Play(Action, frozen=True):
    """Say prompts to the caller, ending whatever plays; answered by one :class:`PlayEnded`."""

    call_id: str
    play_id: str
    prompts: tuple[str, ...]
    language: str


class StopPlay(Action, frozen=True):
    """End the prompt that plays, if it still does."""

    call_id: str
    play_id: str


class StartMusic(Action, frozen=True):
    """Music for a waiting caller, until the next Play or SetParties."""

    call_id: str


class StartRecording(Action, frozen=True):
    """Record everything said on this call from now on, into a file of this name (no folder, no ending)."""

    call_id: str
    name: str


class Ring(Action, frozen=True):
    """Ring one phone: an operator's, or a number outside through a trunk.

    ``ring_s`` is a bound for the exchange; the core cancels in time itself.
    """

    leg_id: str
    call_id: str
    operator: str  # to ring; empty for a number outside
    number: str
    trunk: str
    caller_number: str
    caller_name: str
    """What the phone's display shows."""
    ring_s: float
    hidden: bool = False
    diverted_by: str = ""
    path: str = ""
    """Outside: nobody may learn who calls; the SIP address that diverted the call; :attr:`CallArrived.path`."""
    heard_by: str = ""
    """Leg of the operator who asks for this one, and is to hear how it rings; empty: nobody is."""


class CancelRing(Action, frozen=True):
    """Stop ringing; answered by :class:`LegEnded`."""

    leg_id: str
    call_id: str
    reason: CancelReason


class SetParties(Action, frozen=True):
    """From now on exactly these hear each other; a caller outside hears music, other legs hear nothing."""

    call_id: str
    caller: bool
    legs: tuple[str, ...]


class AskToConfirm(Action, frozen=True):
    """Say to a number outside that has answered which key takes the call; once more begins anew."""

    leg_id: str
    call_id: str
    languages: tuple[str, ...]


class MuteLeg(Action, frozen=True):
    """Nobody hears this leg (``on``), or they do again."""

    leg_id: str
    call_id: str
    on: bool


class Listen(Action, frozen=True):
    """Let this leg hear what the leg ``to`` says and hears, and be heard as ``mode`` says."""

    leg_id: str
    call_id: str
    to: str
    mode: Listening


class DropLeg(Action, frozen=True):
    """End an answered leg; answered by :class:`LegEnded`."""

    leg_id: str
    call_id: str


class GiveBack(Action, frozen=True):
    """Send the caller to the dialplan's fallback; answered by :class:`CallGivenBack` or :class:`CallEnded`."""

    call_id: str


class EndCall(Action, frozen=True):
    """End the caller's line, after a human did, or refuse it unanswered (``busy``); answered by :class:`CallEnded`."""

    call_id: str
    busy: bool = False


class Confirm(Action, frozen=True):
    """Say the result of a feature code to the operator who dialled it, then end that dial."""

    dial_id: str
    operator: str
    prompts: tuple[str, ...]


class ShowPresence(Action, frozen=True):
    """Let the exchange know who is there, so that its fallback rings the right phones when we are gone."""

    operator: str
    presence: Presence
    reason: str


class SaveCall(Action, frozen=True):
    """Write the call-detail record."""

    record: CallRecord


class SaveIncident(Action, frozen=True):
    """Write one more fact of an incident."""

    fact: IncidentFact


class RaiseAlarm(Action, frozen=True):
    """Tell the people who run the room. ``kind`` is stable and greppable, such as ``recording_failed``."""

    kind: str
    text: str
    call_id: str
    operator: str
