"""The incident's form, its notes, its calls, and what each of them was."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import structlog
from pydantic import BaseModel

from ntpd112.console.endpoint import Asked, Endpoint, Handler, Method, Refusal
from ntpd112.console.forms import CityTold
from ntpd112.console.incident_book import IncidentBook
from ntpd112.console.incident_shapes import (
    ClassWanted,
    FieldWanted,
    IncidentShown,
    LinkWanted,
    NoteWanted,
    StatusWanted,
    TypeWanted,
    shown,
)
from ntpd112.console.sender import Sender
from ntpd112.core.messages import IncidentEdited
from ntpd112.core.records import (
    CallClassified,
    IncidentCallLinked,
    IncidentFact,
    IncidentFieldSet,
    IncidentNoted,
    IncidentStatusSet,
    IncidentTypeSet,
)
from ntpd112.store.queries import Records
from ntpd112.store.trouble import TROUBLE

log = structlog.get_logger(__name__)

_KEYS_KEPT: Final = 1000
_PATH: Final = "/incidents/{incident}"
_INCIDENT: Final = {"incident": "Such as i-1700000000.12"}
_UNKNOWN: Final = {404: "There is no such incident, or no such type, field or call"}
_NO_CHOICE: Final = {422: "The city file has a choice for this field, and this is none of it"}
_AWAY: Final = {503: "The controller is away, or the accounts cannot be read"}


class Incidents:
    """Its endpoints."""

    def __init__(
        self,
        sender: Sender,
        book: IncidentBook,
        records: Records,
        types: Callable[[], set[str]],
        city: Callable[[], CityTold],
    ) -> None:
        """``types``: the kinds of emergencies that there are now; ``city``: what its file says of the form."""
        self._sender = sender
        self._book = book
        self._records = records
        self._types = types
        self._city = city
        self._keys: OrderedDict[str, None] = OrderedDict()
        self.endpoints = (
            Endpoint(
                "GET",
                _PATH,
                "An incident as it stands",
                self._show,
                "operator",
                answer=IncidentShown,
                refusals=_UNKNOWN,
                parameters=_INCIDENT,
            ),
            _change("PUT", "/fields", "Write in a field of the form", self._set_field, FieldWanted, _NO_CHOICE),
            _change("PUT", "/type", "Correct the kind of emergency", self._set_type, TypeWanted),
            _change("POST", "/notes", "Add a note", self._add_note, NoteWanted),
            _change("PUT", "/status", "Close it, or open it again", self._set_status, StatusWanted),
            _change("POST", "/calls", "Link a call", self._link, LinkWanted),
            _change("PUT", "/class", "Say what a call was, and what came of it", self._classify, ClassWanted),
        )

    async def _show(self, asked: Asked) -> IncidentShown:
        incident_id = _incident(asked)
        recorded, complete = await self._recorded(incident_id)
        form = self._book.form(incident_id, recorded)
        if form is None:
            raise _no_such(complete=complete)
        return shown(incident_id, form, complete=complete)

    async def _set_field(self, asked: Asked) -> None:
        body = asked.sent(FieldWanted)
        self._city().check(body.field, body.text)
        await self._say(IncidentFieldSet(_incident(asked), time.time(), asked.who.name, body.field, body.text))

    async def _set_type(self, asked: Asked) -> None:
        body = asked.sent(TypeWanted)
        types = self._types()
        if types and body.type not in types:
            known = ", ".join(sorted(types))
            raise Refusal(404, "not_found", f"There is no such type; there are: {known}", "The city file has them")
        await self._say(IncidentTypeSet(_incident(asked), time.time(), asked.who.name, body.type))

    async def _add_note(self, asked: Asked) -> None:
        body = asked.sent(NoteWanted)
        key = f"{asked.who.name} {body.key}"
        if body.key and key in self._keys:
            return
        await self._say(IncidentNoted(_incident(asked), time.time(), asked.who.name, body.text))
        self._keys[key] = None
        while len(self._keys) > _KEYS_KEPT:
            self._keys.popitem(last=False)

    async def _set_status(self, asked: Asked) -> None:
        status = asked.sent(StatusWanted).status
        await self._say(IncidentStatusSet(_incident(asked), time.time(), asked.who.name, status))

    async def _link(self, asked: Asked) -> None:
        call_id = asked.sent(LinkWanted).call
        await self._say(IncidentCallLinked(_incident(asked), call_id, time.time(), asked.who.name))

    async def _classify(self, asked: Asked) -> None:
        body = asked.sent(ClassWanted)
        said = (body.call, time.time(), asked.who.name, body.call_class, body.disposition)
        await self._say(CallClassified(_incident(asked), *said))

    async def _say(self, fact: IncidentFact) -> None:
        if not self._book.known(fact.incident_id):
            recorded, complete = await self._recorded(fact.incident_id)
            if not recorded and complete:
                raise _no_such(complete=complete)
        await self._sender.send(IncidentEdited(fact))

    async def _recorded(self, incident_id: str) -> tuple[list[IncidentFact], bool]:
        """Return what the records say, and whether they could be read."""
        try:
            return await self._records.incident_facts(incident_id), True
        except TROUBLE as error:
            log.warning("incident_not_read", incident=incident_id, reason=str(error))
            return [], False


def _change(
    method: Method,
    path: str,
    summary: str,
    handler: Handler,
    body: type[BaseModel],
    further: Mapping[int, str] = MappingProxyType({}),
) -> Endpoint:
    refusals = {**_AWAY, **_UNKNOWN, **further}
    return Endpoint(
        method, f"{_PATH}{path}", summary, handler, "operator", body, refusals=refusals, parameters=_INCIDENT
    )


def _incident(asked: Asked) -> str:
    return asked.request.match_info["incident"]


def _no_such(*, complete: bool) -> Refusal:
    if not complete:
        return Refusal(503, "database_away", "The records cannot be read now", "Try again in a moment")
    return Refusal(404, "not_found", "There is no such incident", "Open ones: `ntpd112 incident show`")
