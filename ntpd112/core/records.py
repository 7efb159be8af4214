"""The finished facts: what is written about a call, its offers and its incident.

Instants are POSIX seconds (UTC), durations seconds. Nothing here is masked: records hold the full numbers.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Outcome = Literal["answered", "abandoned", "overflowed", "transferred", "failed"]
"""``answered`` by an operator of this room; ``overflowed`` to a human elsewhere, or given to the fallback;
``transferred`` on by an operator; ``abandoned`` by the caller before any human; ``failed`` otherwise."""

Side = Literal["caller", "operator", "network", "us"]
Stage = Literal["arriving", "greeting", "menu", "waiting", "ringing", "talking", "fallback"]
AniKind = Literal["national", "international", "withheld", "missing", "pseudo", "unparsable"]
TrunkKind = Literal["landline", "mobile", "internal", "selftest"]
"""``internal``: dialled on an operator's phone; ``selftest``: by the centre itself, and no citizen's call."""
OfferKind = Literal["operator", "overflow", "transfer", "consult", "take_up", "listen", "take_over"]
"""``take_up``: an operator's phone anew; ``listen``: a supervisor who listens, whispers or joins; ``take_over``: one
who began so and has the caller now."""
OfferResult = Literal[
    "answered",
    "no_answer",
    "declined",
    "busy",
    "unreachable",
    "refused",
    "answered_elsewhere",
    "caller_gone",
    "withdrawn",
    "failed",
    "not_confirmed",
    "quick_end",
]
"""``declined``: by a human; ``refused``: by a machine outside, a provider's or an agency's; ``not_confirmed``: answered
outside, but nobody pressed the key, as a mailbox does; ``quick_end``: ended by the party outside within
:attr:`~ntpd112.core.plan.Plan.quick_end_s`, which no human does."""


CALL_BACK = "the line was lost: call back"
"""Note on the record of a caller whose line was lost by no human's hand, and who has a number."""


class Refusal(Struct, frozen=True):
    """An INVITE that Asterisk refused before it became a call."""

    trunk: str
    """Empty: no trunk lists the address."""
    source: str
    """The address it came from."""
    status: int
    why: str
    """What was refused: codecs, a tag, a header, an address."""
    number: str
    """What was dialled."""
    sip_call_id: str


class OfferRecord(Struct, frozen=True):
    """One ring of one phone for one call."""

    leg_id: str
    kind: OfferKind
    target: str
    """Operator (``201``) or destination (``damkar``)."""
    offered_at: float
    rang_at: float | None
    answered_at: float | None
    ended_at: float
    result: OfferResult
    cause: str
    """What the network said, such as ``Q.850 17 / SIP 486``."""


class CallRecord(Struct, frozen=True):
    """The call-detail record: exactly one for each INVITE, however it ended."""

    call_id: str
    plan_version: str
    trunk: str
    trunk_kind: TrunkKind
    ddi: str
    """The service number it was dialled to, or the digits dialled when that is no number of ours."""
    ddi_raw: str
    ani: str | None
    """E.164 with +, or None when there is no dialable number."""
    ani_raw: str
    ani_kind: AniKind
    caller_name: str
    arrived_at: float
    answered_at: float | None
    """200 OK by the room's IVR."""
    queued_at: float | None
    first_rang_at: float | None
    connected_at: float | None
    """A human (operator, agency, neighbour centre) was first joined with the caller."""
    ended_at: float
    outcome: Outcome
    stage: Stage
    """Where the call was when it ended."""
    cause: str
    side: Side
    language: str
    type: str | None
    digits: str
    queue: str | None
    operator: str | None
    """The first operator who spoke with the caller."""
    destination: str | None
    """The last destination outside that spoke with the caller."""
    recording: str | None
    incident_id: str | None
    notes: tuple[str, ...]
    offers: tuple[OfferRecord, ...]
    location: str = ""
    """Where the caller was, in the network's words: SIP headers, one a line, as ``Name: value``."""

    @property
    def invite_to_human_s(self) -> float | None:
        """The first answering clock: from the INVITE to a human."""
        return None if self.connected_at is None else self.connected_at - self.arrived_at

    @property
    def queue_to_human_s(self) -> float | None:
        """The second answering clock: from joining the queue to a human."""
        if self.connected_at is None or self.queued_at is None:
            return None
        return self.connected_at - self.queued_at


IncidentStatus = Literal["open", "closed"]


class IncidentOpened(Struct, frozen=True, tag_field="is", tag=True):
    """An operator began to speak with a caller about an emergency."""

    incident_id: str
    call_id: str
    at: float
    type: str | None
    operator: str | None


class IncidentCallLinked(Struct, frozen=True, tag_field="is", tag=True):
    """One more call reports the same emergency."""

    incident_id: str
    call_id: str
    at: float
    by: str


class IncidentNoted(Struct, frozen=True, tag_field="is", tag=True):
    """A free note."""

    incident_id: str
    at: float
    by: str
    text: str


class IncidentTypeSet(Struct, frozen=True, tag_field="is", tag=True):
    """The type became known, or was corrected."""

    incident_id: str
    at: float
    by: str
    type: str


class IncidentStatusSet(Struct, frozen=True, tag_field="is", tag=True):
    """Opened again or closed."""

    incident_id: str
    at: float
    by: str
    status: IncidentStatus


class IncidentFieldSet(Struct, frozen=True, tag_field="is", tag=True):
    """What is written in one field of the incident's form; the latest counts."""

    incident_id: str
    at: float
    by: str
    field: str
    """Such as ``address``; which there are is the form's business."""
    text: str


CallClass = Literal["normal", "ghost", "prank", "information"]
"""What a call was: an emergency, silence, abuse of the number, a question."""
Disposition = Literal["forwarded", "resolved", "known", "nothing"]
"""What came of it: an agency was told; settled by the operator; reported already; nothing was to be done."""


class CallClassified(Struct, frozen=True, tag_field="is", tag=True):
    """An operator said what a call was and what came of it; the latest counts."""

    incident_id: str
    call_id: str
    at: float
    by: str
    call_class: CallClass
    disposition: Disposition


IncidentFact = (
    IncidentOpened
    | IncidentCallLinked
    | IncidentNoted
    | IncidentTypeSet
    | IncidentStatusSet
    | IncidentFieldSet
    | CallClassified
)
"""An incident's record is the fold of its facts, in order."""
