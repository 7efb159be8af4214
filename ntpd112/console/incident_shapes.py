"""What the API takes and gives of incidents."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from ntpd112.config.emergencies import OfEveryForm
from ntpd112.config.fields import PLAIN_NAME
from ntpd112.console.incident_book import Form
from ntpd112.core.records import CallClass, Disposition, IncidentStatus

FieldName = OfEveryForm | Annotated[str, Field(pattern=f"^{PLAIN_NAME}$")]
"""Those, and the fields that the city file has for its types."""
LONGEST_TEXT: Final = 4000


class FieldWanted(BaseModel):
    """What is written in a field of the form; whole, not what was added."""

    model_config = ConfigDict(extra="forbid")

    field: FieldName
    text: str = Field(max_length=LONGEST_TEXT)


class TypeWanted(BaseModel):
    """What kind of emergency it is: one of the city file's."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(max_length=60)


class NoteWanted(BaseModel):
    """A note. ``key``: chosen by whoever sends it, so that the same note sent twice is one."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=LONGEST_TEXT)
    key: str = Field("", max_length=64)


class StatusWanted(BaseModel):
    """Open or closed."""

    model_config = ConfigDict(extra="forbid")

    status: IncidentStatus


class ClassWanted(BaseModel):
    """What a call was, and what came of it."""

    model_config = ConfigDict(extra="forbid")

    call: str = Field(min_length=1, max_length=100)
    call_class: CallClass
    disposition: Disposition


class LinkWanted(BaseModel):
    """A call that reports the same emergency."""

    model_config = ConfigDict(extra="forbid")

    call: str = Field(min_length=1, max_length=100)


class NoteShown(BaseModel):
    """A note."""

    at: float
    by: str
    text: str


class CallShown(BaseModel):
    """A call that reports the incident; null: nobody has said yet what it was."""

    call: str
    call_class: CallClass | None
    disposition: Disposition | None


class IncidentShown(BaseModel):
    """An incident as it stands."""

    incident: str
    type: str | None
    status: IncidentStatus
    opened_at: float
    closed_at: float | None
    operator: str | None
    fields: dict[str, str]
    notes: list[NoteShown]
    calls: list[CallShown]
    complete: bool
    """False: the records cannot be read now, and only what was said lately is here."""


def shown(incident_id: str, form: Form, *, complete: bool) -> IncidentShown:
    """Show an incident as it stands."""
    standing = form.standing
    return IncidentShown(
        incident=incident_id,
        type=standing.type,
        status=standing.status,
        opened_at=standing.opened_at,
        closed_at=standing.closed_at,
        operator=standing.operator,
        fields=form.fields,
        notes=[NoteShown(at=note.at, by=note.by, text=note.text) for note in form.notes],
        calls=[
            CallShown(
                call=call_id,
                call_class=said.call_class if said is not None else None,
                disposition=said.disposition if said is not None else None,
            )
            for call_id, said in form.calls.items()
        ],
        complete=complete,
    )
