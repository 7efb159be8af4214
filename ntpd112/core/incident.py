"""The incident a call reports: opened when an operator begins to speak with the caller."""

from __future__ import annotations

from ntpd112.core.call import Call
from ntpd112.core.messages import IncidentEdited, SaveIncident
from ntpd112.core.records import IncidentCallLinked, IncidentOpened, IncidentTypeSet
from ntpd112.core.room import Room


def opened(room: Room, call: Call) -> None:
    """Open an incident for a call that an operator has answered, unless it belongs to one already."""
    if call.incident_id is None:
        call.incident_id = f"i-{call.call_id}"
        fact = IncidentOpened(call.incident_id, call.call_id, room.now, call.type, call.contact.operator)
        room.do(SaveIncident(fact))


def type_chosen(room: Room, call: Call) -> None:
    """Keep a type that the caller chose after the incident was opened."""
    if call.incident_id is not None and call.type is not None:
        room.do(SaveIncident(IncidentTypeSet(call.incident_id, room.now, "caller", call.type)))


def edited(room: Room, event: IncidentEdited) -> None:
    """Pass on what somebody added; a call that is linked elsewhere says so on its own record too."""
    fact = event.fact
    room.do(SaveIncident(fact))
    if isinstance(fact, IncidentCallLinked) and fact.call_id in room.calls:
        room.calls[fact.call_id].incident_id = fact.incident_id
