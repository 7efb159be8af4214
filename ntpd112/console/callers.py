"""Who calls: what is known of the number of a call that rings, is spoken in, or has just ended.

By the call, not by the number: nobody can look up numbers here that have not called.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Final

import structlog
from pydantic import BaseModel, ConfigDict, Field

from ntpd112.console.endpoint import Asked, Endpoint, Refusal
from ntpd112.console.reached import reached
from ntpd112.console.replica import Replica
from ntpd112.console.sessions import LASTS_S
from ntpd112.core.messages import Action, SaveCall
from ntpd112.core.records import CallRecord
from ntpd112.store.context import Context, Contexts, Mark, PastCall
from ntpd112.store.queries import DAY_S

log = structlog.get_logger(__name__)

_KEPT: Final = 1000
_CALL: Final = {"call": "Its id"}
_REFUSALS: Final = {
    404: "There is no such call, or it ended long ago",
    409: "The caller has no number",
    503: "The records or the accounts cannot be read now",
}


class PastCallShown(BaseModel):
    """An earlier call. Instants in POSIX seconds."""

    call: str
    arrived_at: float
    outcome: str
    type: str | None
    operator: str | None
    incident: str | None
    call_class: str | None
    disposition: str | None
    number: str
    connected_at: float | None
    ended_at: float
    side: str
    """Whose end it was: ``caller``, ``operator``, ``network`` or ``us``."""


class EndingShown(BaseModel):
    """How the line of a call ended. Instants in POSIX seconds."""

    ended_at: float
    side: str
    """``caller``, ``operator``, ``network`` or ``us``: who is cut off by one of the last two is to be called back."""
    outcome: str


class OpenIncidentShown(BaseModel):
    """An incident that this number has reported and that is not closed."""

    incident: str
    type: str | None
    opened_at: float


class MarkShown(BaseModel):
    """What operators shall be told of the number."""

    mark: str
    until: float
    at: float
    by: str


class CallerShown(BaseModel):
    """What is known of a number from the last thirty days."""

    calls: list[PastCallShown]
    incidents: list[OpenIncidentShown]
    mark: MarkShown | None


class Unfinished(BaseModel):
    """Calls to say something about, latest first."""

    calls: list[PastCallShown]


class MarkWanted(BaseModel):
    """A mark on the number of a call, and for how long. Calls are served alike."""

    model_config = ConfigDict(extra="forbid")

    mark: str = Field(min_length=1, max_length=60)
    days: float = Field(gt=0, le=366)


class Callers:
    """Its endpoints."""

    def __init__(self, replica: Replica, contexts: Contexts) -> None:
        self._replica = replica
        self._contexts = contexts
        self._ended: OrderedDict[str, CallRecord] = OrderedDict()
        """The calls that ended last."""
        path = "/calls/{call}"
        self.endpoints = (
            Endpoint(
                "GET",
                "/unfinished",
                "One's own calls of this shift of which nobody said yet what they were",
                self._unfinished,
                "operator",
                answer=Unfinished,
                refusals={403: "Who asks is no operator", 503: _REFUSALS[503]},
            ),
            Endpoint(
                "GET",
                f"{path}/caller",
                "What is known of who calls",
                self._show,
                "operator",
                answer=CallerShown,
                refusals=_REFUSALS,
                parameters=_CALL,
            ),
            Endpoint(
                "GET",
                f"{path}/ending",
                "How a call's line has just ended",
                self._ending,
                "operator",
                answer=EndingShown,
                refusals={404: "There is no such call, it has not ended, or it ended long ago"},
                parameters=_CALL,
            ),
            Endpoint(
                "PUT",
                f"{path}/mark",
                "Mark the caller's number",
                self._mark,
                "operator",
                MarkWanted,
                refusals=_REFUSALS,
                parameters=_CALL,
            ),
            Endpoint(
                "DELETE",
                f"{path}/mark",
                "Take the mark away",
                self._unmark,
                "supervisor",
                refusals=_REFUSALS,
                parameters=_CALL,
            ),
        )

    def hear(self, _now: float, action: Action) -> None:
        """Keep the numbers of calls that have ended."""
        if isinstance(action, SaveCall):
            self._ended[action.record.call_id] = action.record
            while len(self._ended) > _KEPT:
                self._ended.popitem(last=False)

    async def _show(self, asked: Asked) -> CallerShown:
        ani = self._number(asked)
        return _shown(await reached(self._contexts.of(ani, time.time())), asked.request.match_info["call"])

    async def _ending(self, asked: Asked) -> EndingShown:
        record = self._ended.get(asked.request.match_info["call"])
        if record is None:
            raise Refusal(404, "not_found", "There is no such call, it has not ended, or it ended long ago")
        return EndingShown(ended_at=record.ended_at, side=record.side, outcome=record.outcome)

    async def _unfinished(self, asked: Asked) -> Unfinished:
        found = await reached(self._contexts.unclassified(asked.own_operator, time.time() - LASTS_S))
        return Unfinished(calls=[_past(one) for one in found])

    async def _mark(self, asked: Asked) -> None:
        body, now = asked.sent(MarkWanted), time.time()
        ani = self._number(asked)
        await reached(self._contexts.mark(ani, Mark(body.mark, now + body.days * DAY_S, now, asked.who.name)))
        log.info("number_marked", number=ani, mark=body.mark, by=asked.who.name)

    async def _unmark(self, asked: Asked) -> None:
        ani = self._number(asked)
        await reached(self._contexts.unmark(ani))
        log.info("number_no_longer_marked", number=ani, by=asked.who.name)

    def _number(self, asked: Asked) -> str:
        call_id = asked.request.match_info["call"]
        board = self._replica.board
        call = board.room.calls.get(call_id) if board is not None else None
        if call is None and call_id not in self._ended:
            raise Refusal(404, "not_found", "There is no such call, or it ended long ago")
        ani = call.arrived.ani if call is not None else self._ended[call_id].ani
        if ani is None:
            raise Refusal(409, "not_found", "The caller has no number")
        return ani


def _past(one: PastCall) -> PastCallShown:
    return PastCallShown(
        call=one.call_id,
        arrived_at=one.arrived_at,
        outcome=one.outcome,
        type=one.type,
        operator=one.operator,
        incident=one.incident_id,
        call_class=one.call_class,
        disposition=one.disposition,
        number=one.ani_raw,
        connected_at=one.connected_at,
        ended_at=one.ended_at,
        side=one.side,
    )


def _shown(context: Context, call_id: str) -> CallerShown:
    return CallerShown(
        calls=[_past(one) for one in context.calls if one.call_id != call_id],
        incidents=[
            OpenIncidentShown(incident=one.incident_id, type=one.type, opened_at=one.opened_at)
            for one in context.incidents
        ],
        mark=MarkShown(mark=context.mark.mark, until=context.mark.until, at=context.mark.at, by=context.mark.by)
        if context.mark is not None
        else None,
    )
