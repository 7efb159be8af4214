"""What the API takes and gives of the records: calls and incidents as supervisors look them up."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from ntpd112.console.accounts import Language
from ntpd112.core.records import CallClass, CallRecord, Disposition, IncidentStatus, Outcome
from ntpd112.store.queries import Incident
from ntpd112.store.search import FoundCall

MOST_AT_ONCE: Final = 200
_ASKED: Final = ConfigDict(extra="forbid", populate_by_name=True)
_Instant = Annotated[float, Field(ge=0, le=1e11, allow_inf_nan=False)]
_Word = Annotated[str, Field(min_length=1, max_length=100)]
_SINCE = Field(None, description="Instant; left out: thirty days ago")
_BEFORE = Field(None, description="The last one that is known: what comes behind it is given")
_LIMIT = Field(50, ge=1, le=MOST_AT_ONCE, description="At most so many")


class CallsFiltered(BaseModel):
    """Which calls."""

    model_config = _ASKED

    since: _Instant | None = _SINCE
    until: _Instant | None = Field(None, description="Instant before which they arrived")
    number: Annotated[str, Field(max_length=40, pattern=r"^[+0-9 ().-]*[0-9]{3}[0-9 ().-]*$")] | None = Field(
        None, description="Of the caller: with 0 or + from its beginning, other digits from anywhere in it"
    )
    operator: _Word | None = Field(None, description="Who spoke with the caller first")
    type: _Word | None = Field(None, description="Kind of emergency")
    call_class: CallClass | Literal["none"] | None = Field(
        None, alias="class", description="What it was; none: nobody has said so, of those with an incident"
    )
    outcome: Outcome | None = Field(None, description="How it ended")


class CallsAsked(CallsFiltered):
    """Which calls, and how many of them."""

    before: _Word | None = _BEFORE
    limit: int = _LIMIT


class TableAsked(CallsFiltered):
    """Which calls, and in which words."""

    language: Language | None = Field(None, description="id: headings and words in Indonesian; else the API's own")


class IncidentsAsked(BaseModel):
    """Which incidents, and how many of them."""

    model_config = _ASKED

    since: _Instant | None = _SINCE
    status: IncidentStatus | None = Field(None, description="open or closed")
    type: _Word | None = Field(None, description="Kind of emergency")
    text: _Word | None = Field(None, description="Stands in a field of the form or in a note, in any letter case")
    before: _Word | None = _BEFORE
    limit: int = _LIMIT


class CallListed(BaseModel):
    """One call that has ended. Instants in POSIX seconds; everything is as it came, nothing masked."""

    call: str
    arrived_at: float
    number: str | None
    """E.164; null: none that could be dialled."""
    number_raw: str
    caller_name: str
    dialled: str
    trunk: str
    trunk_kind: str
    type: str | None
    waited_s: float
    """From the INVITE to a human, or to the end without one."""
    duration_s: float
    """From the INVITE to the end."""
    reached: bool
    """A human."""
    operator: str | None
    destination: str | None
    outcome: str
    call_class: CallClass | None
    disposition: Disposition | None
    incident: str | None


class CallsFound(BaseModel):
    """Calls, latest first."""

    calls: list[CallListed]
    more: bool
    """There are others behind the last one."""


class OfferShown(BaseModel):
    """One ring of one phone, or one transfer; instants in POSIX seconds."""

    kind: str
    target: str
    offered_at: float
    rang_at: float | None
    answered_at: float | None
    ended_at: float
    result: str
    cause: str


class ClassShown(BaseModel):
    """Who said what the call was, and when."""

    at: float
    by: str


class CallShownWhole(CallListed):
    """Everything on the record of one call."""

    answered_at: float | None
    """By the menu."""
    queued_at: float | None
    first_rang_at: float | None
    connected_at: float | None
    ended_at: float
    stage: str
    cause: str
    side: str
    language: str
    digits: str
    queue: str | None
    recording: str | None
    plan_version: str
    location: str
    """Where the caller was: SIP headers, one a line."""
    classified: ClassShown | None
    notes: list[str]
    offers: list[OfferShown]


class IncidentListed(BaseModel):
    """One incident. Instants in POSIX seconds."""

    incident: str
    type: str | None
    status: str
    opened_at: float
    closed_at: float | None
    operator: str | None
    address: str
    district: str
    what: str
    calls: int


class IncidentsFound(BaseModel):
    """Incidents, latest first."""

    incidents: list[IncidentListed]
    more: bool
    """There are others behind the last one."""


def listed(found: FoundCall) -> CallListed:
    """Show a call in a list."""
    return CallListed(**_listed(found.record, found))


def whole(found: FoundCall) -> CallShownWhole:
    """Show everything on the record of a call."""
    record, said = found.record, found.said
    same = {name: getattr(record, name) for name in CallShownWhole.model_fields if name in CallRecord.__struct_fields__}
    same |= _listed(record, found)
    same["notes"] = list(record.notes)
    same["offers"] = [
        OfferShown(**{name: getattr(offer, name) for name in OfferShown.model_fields}) for offer in record.offers
    ]
    return CallShownWhole(**same, classified=None if said is None else ClassShown(at=said.at, by=said.by))


def listed_incident(incident: Incident) -> IncidentListed:
    """Show an incident in a list."""
    fields = {one.field: one.text for one in incident.fields}
    return IncidentListed(
        incident=incident.incident_id,
        type=incident.type,
        status=incident.status,
        opened_at=incident.opened_at,
        closed_at=incident.closed_at,
        operator=incident.operator,
        address=fields.get("address", ""),
        district=fields.get("district", ""),
        what=fields.get("what", ""),
        calls=len(incident.calls),
    )


def waited_s(record: CallRecord) -> float:
    """How long the caller waited for a human, or until the end without one."""
    waited = record.invite_to_human_s
    return lasted_s(record) if waited is None else max(0.0, waited)


def lasted_s(record: CallRecord) -> float:
    """How long the call was, from the INVITE to its end; 0 when the clock was set back meanwhile."""
    return max(0.0, record.ended_at - record.arrived_at)


def _listed(record: CallRecord, found: FoundCall) -> dict[str, object]:
    return {
        "call": record.call_id,
        "arrived_at": record.arrived_at,
        "number": record.ani,
        "number_raw": record.ani_raw,
        "caller_name": record.caller_name,
        "dialled": record.ddi,
        "trunk": record.trunk,
        "trunk_kind": record.trunk_kind,
        "type": record.type,
        "waited_s": waited_s(record),
        "duration_s": lasted_s(record),
        "reached": record.connected_at is not None,
        "operator": record.operator,
        "destination": record.destination,
        "outcome": record.outcome,
        "call_class": found.said.call_class if found.said is not None else None,
        "disposition": found.said.disposition if found.said is not None else None,
        "incident": record.incident_id,
    }
