"""What the wall shows, as it is told: numbers, and nothing by which a person could be known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Final, Literal

from pydantic import BaseModel, Field

from ntpd112.console.alarm_board import LASTING, AlarmShown, Severity
from ntpd112.console.day import ALL, GOALS, Mark
from ntpd112.console.latest import SeenIncident
from ntpd112.core.view import OperatorView, RoomView

_UNANSWERED: Final = frozenset({"arriving", "greeting", "menu", "waiting", "ringing"})
"""No human speaks with them yet: they wait, whatever a machine says to them meanwhile."""

_HAPPENED_S: Final = 900.0

OperatorState = Literal["free", "ringing", "talking", "notes", "on_break", "logged_out", "unreachable"]


class Operators(BaseModel):
    """How many operators are in which state; each is in one."""

    free: int = 0
    ringing: int = 0
    talking: int = 0
    """Or their phone is in use otherwise."""
    notes: int = 0
    on_break: int = 0
    logged_out: int = 0
    unreachable: int = 0


class Goal(BaseModel):
    """``percent`` of the calls are to be answered within ``within_s``, those left aside that gave up sooner."""

    within_s: int
    percent: int
    from_invite: int
    """Calls that were, by the clock that begins with the INVITE."""
    from_queue: int
    """Calls that were, by the clock that begins with joining the queue."""
    of_invite: int
    """Calls of which ``from_invite`` are a share: the answered ones, and those that waited longer in vain."""
    of_queue: int


class OfType(BaseModel):
    """Calls about one kind of emergency; null: not known."""

    type: str | None
    label: str
    calls: int


class OfHour(BaseModel):
    """Calls that arrived in one hour of the day, in the city's time."""

    hour: int
    arrived: int
    answered: int


class Today(BaseModel):
    """The finished calls that arrived today, in the city's time."""

    begins_at: float
    arrived: int
    answered: int
    """A human spoke with the caller."""
    abandoned: int
    goals: list[Goal]
    types: list[OfType]
    hours: list[OfHour]


class Incident(BaseModel):
    """One of the latest incidents."""

    at: float
    type: str | None
    label: str
    district: str | None
    """One of the city's; null: not known, or none of them."""


class WallAlarm(BaseModel):
    """An alarm that goes on and that nobody has acknowledged. Instants in POSIX seconds."""

    kind: str
    severity: Severity
    since: float
    count: int


class WallNow(BaseModel):
    """Everything on the wall. Instants are POSIX seconds."""

    now: float
    serves: bool
    """Whether the controller is there; without it the room is as it last was."""
    records_read: bool
    """Whether today's numbers hold the calls from before this console began to look."""
    city: str
    timezone: str
    waiting: int
    waiting_since: float | None
    """When the one who waits longest called; null: nobody waits."""
    operators: Operators
    today: Today
    incidents: list[Incident]
    alarms: list[WallAlarm]
    alarms_known: bool
    """Whether the controller tells of its alarms just now."""


class WallTold(WallNow):
    """The same, over the WebSocket."""

    is_: Literal["snapshot"] = Field("snapshot", alias="is")
    seq: int


def waiting_in(room: RoomView) -> list[float]:
    """Return when those who speak with no human yet called."""
    return [call.arrived_at for call in room.calls if call.state in _UNANSWERED]


def operators_of(room: RoomView) -> Operators:
    """Count the operators by state."""
    counted = Counter(_state(operator) for operator in room.operators)
    return Operators.model_validate(counted)


def _state(operator: OperatorView) -> OperatorState:
    """In this order: what is most pressing to know first, as on the supervisors' page."""
    if operator.activity == "talking":
        return "talking"
    if operator.activity == "ringing":
        return "ringing"
    if operator.presence == "logged_out":
        return "logged_out"
    if operator.phone == "unreachable":
        return "unreachable"
    if operator.activity == "wrap_up":
        return "notes"
    if operator.presence == "on_break":
        return "on_break"
    return "free" if operator.phone == "free" else "talking"


def today_of(begins_at: float, counted: Counter[Mark], labels: Mapping[str, str]) -> Today:
    """Tell what was counted. ``labels``: the city's types, each of which is told of, in this order."""
    unlisted = sorted({str(of) for mark, of in counted if mark == "type" and of is not None and of not in labels})
    types = (*labels, *unlisted, None)
    return Today(
        begins_at=begins_at,
        arrived=counted["arrived", ALL],
        answered=counted["answered", ALL],
        abandoned=counted["abandoned", ALL],
        goals=[
            Goal(
                within_s=goal.within_s,
                percent=goal.percent,
                from_invite=counted["invite", goal.within_s],
                from_queue=counted["queue", goal.within_s],
                of_invite=counted["invite", ALL] + counted["invite missed", goal.within_s],
                of_queue=counted["queue", ALL] + counted["queue missed", goal.within_s],
            )
            for goal in GOALS
        ],
        types=[OfType(type=one, label=_label(one, labels), calls=counted["type", one]) for one in types],
        hours=[
            OfHour(hour=hour, arrived=counted["arrived", hour], answered=counted["answered", hour])
            for hour in range(24)
        ],
    )


def incidents_of(seen: Iterable[SeenIncident], labels: Mapping[str, str], districts: Collection[str]) -> list[Incident]:
    """Tell of incidents. Of what was written for a district only one of the city's ``districts`` is told."""
    said = ((one, one.district_said[1]) for one in seen)
    return [
        Incident(
            at=one.opened_at or 0.0,
            type=one.type,
            label=_label(one.type, labels),
            district=district if district in districts else None,
        )
        for one, district in said
    ]


def alarms_of(shown: Iterable[AlarmShown], now: float) -> list[WallAlarm]:
    """Tell of alarms, without what could name a person; of what only happened, for a quarter of an hour."""
    return [
        WallAlarm(kind=one.kind, severity=one.severity, since=one.since, count=one.count)
        for one in shown
        if one.ended_at is None and not one.seen_by and one.severity != "note"
        if one.kind in LASTING or now - one.latest < _HAPPENED_S
    ]


def _label(name: str | None, labels: Mapping[str, str]) -> str:
    return labels.get(name, "") or name if name is not None else ""
