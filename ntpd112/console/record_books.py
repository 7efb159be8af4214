"""Supervisors look into the records: calls and incidents, in lists, one by one, and as a table for spreadsheets."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from aiohttp import hdrs, web

from ntpd112.config.emergencies import label_of
from ntpd112.config.load import load_city
from ntpd112.config.problem import CityError
from ntpd112.config.schema import City
from ntpd112.console.endpoint import Asked, Endpoint, Refusal
from ntpd112.console.reached import reached
from ntpd112.console.record_shapes import (
    CallsAsked,
    CallsFiltered,
    CallsFound,
    CallShownWhole,
    IncidentsAsked,
    IncidentsFound,
    TableAsked,
    listed,
    listed_incident,
    whole,
)
from ntpd112.console.record_table import MEDIA_TYPE, Table
from ntpd112.console.record_words import CELLS, HEADING
from ntpd112.store.context import DAYS
from ntpd112.store.queries import DAY_S
from ntpd112.store.search import CallFilter, IncidentFilter, Search

log = structlog.get_logger(__name__)

_ROWS_AT_ONCE: Final = 500
_WRITE_WITHIN_S: Final = 30.0
_AWAY: Final = {503: "The records cannot be read now or not in time, or the accounts cannot be read"}
_COUNTRY_CODE: Final = "62"
_ZONE: Final = "Asia/Jakarta"
"""Indonesia's, while the city's file has a mistake."""


class RecordBooks:
    """Its endpoints."""

    def __init__(self, search: Search, city_file: Path) -> None:
        self._search = search
        self._city_file = city_file
        self.endpoints = (
            Endpoint(
                "GET",
                "/calls",
                "Calls that have ended, the latest first",
                self._list_calls,
                "supervisor",
                query=CallsAsked,
                answer=CallsFound,
                refusals=_AWAY,
            ),
            Endpoint(
                "GET",
                "/calls.csv",
                "The same calls, all of them, as a table for spreadsheets",
                self._send_table,
                "supervisor",
                query=TableAsked,
                streams=MEDIA_TYPE,
                refusals=_AWAY,
            ),
            Endpoint(
                "GET",
                "/calls/{call}",
                "Everything on the record of one call",
                self._show_call,
                "supervisor",
                answer=CallShownWhole,
                refusals=_AWAY | {404: "There is no record of such a call; one in progress has none yet"},
                parameters={"call": "Its id"},
            ),
            Endpoint(
                "GET",
                "/incidents",
                "Incidents, the latest first",
                self._list_incidents,
                "supervisor",
                query=IncidentsAsked,
                answer=IncidentsFound,
                refusals=_AWAY,
            ),
        )

    async def _list_calls(self, asked: Asked) -> CallsFound:
        wanted = asked.filter(CallsAsked)
        filtered = await self._filter(wanted)
        found = await reached(self._search.calls(filtered, wanted.before, wanted.limit + 1))
        return CallsFound(calls=[listed(one) for one in found[: wanted.limit]], more=len(found) > wanted.limit)

    async def _show_call(self, asked: Asked) -> CallShownWhole:
        found = await reached(self._search.call(asked.request.match_info["call"]))
        if found is None:
            cure = "One in progress has none yet; GET /calls lists those that have ended"
            raise Refusal(404, "not_found", "There is no record of such a call", cure)
        return whole(found)

    async def _list_incidents(self, asked: Asked) -> IncidentsFound:
        wanted = asked.filter(IncidentsAsked)
        filtered = IncidentFilter(since=_since(wanted.since), status=wanted.status, type=wanted.type, text=wanted.text)
        found = await reached(self._search.incidents(filtered, wanted.before, wanted.limit + 1))
        shown = [listed_incident(one) for one in found[: wanted.limit]]
        return IncidentsFound(incidents=shown, more=len(found) > wanted.limit)

    async def _send_table(self, asked: Asked) -> web.StreamResponse:
        """Send a page after the other. When the records fail in its middle, the connection is cut.

        So nobody takes a part for the whole.
        """
        wanted = asked.filter(TableAsked)
        filtered, table = await self._filter(wanted), await self._table(wanted)
        found = await reached(self._search.calls(filtered, limit=_ROWS_AT_ONCE))
        named = {hdrs.CONTENT_DISPOSITION: 'attachment; filename="112.csv"'}
        answer = web.StreamResponse(headers=named)
        answer.content_type, answer.charset = MEDIA_TYPE, "utf-8"
        number = 0
        try:
            await answer.prepare(asked.request)
            await answer.write(table.heading())
            while found:
                number += len(found)
                async with asyncio.timeout(_WRITE_WITHIN_S):
                    await answer.write(await asyncio.to_thread(table.rows, found))
                if len(found) < _ROWS_AT_ONCE:
                    break
                found = await reached(self._search.calls(filtered, found[-1].record.call_id, _ROWS_AT_ONCE))
        except (Refusal, OSError) as error:  # OSError: also a browser that went away or takes nothing
            log.warning("table_cut_short", by=asked.who.name, calls=number, reason=str(error))
            if asked.request.transport is not None:
                asked.request.transport.abort()
            return answer
        log.info("table_sent", by=asked.who.name, calls=number)
        return answer

    async def _filter(self, wanted: CallsFiltered) -> CallFilter:
        begins, has = None, None
        if wanted.number is not None:
            city = await self._city()
            begins, has = written_number(wanted.number, city.country_code if city is not None else _COUNTRY_CODE)
        return CallFilter(
            since=_since(wanted.since),
            until=wanted.until,
            number_begins=begins,
            number_has=has,
            operator=wanted.operator,
            type=wanted.type,
            call_class=None if wanted.call_class == "none" else wanted.call_class,
            is_unclassified=wanted.call_class == "none",
            outcome=wanted.outcome,
        )

    async def _table(self, wanted: TableAsked) -> Table:
        city = await self._city()
        zone = ZoneInfo(city.timezone if city is not None else _ZONE)
        if wanted.language != "id":
            return Table(zone)
        types = {name: label_of(kind, "id") for name, kind in city.types.items()} if city is not None else {}
        return Table(zone, HEADING, {**CELLS, "type": types})

    async def _city(self) -> City | None:
        """Return the city; None while its file has a mistake."""
        try:
            return (await asyncio.to_thread(load_city, self._city_file)).city
        except CityError:
            return None


def written_number(text: str, country_code: str) -> tuple[str | None, str | None]:
    """Return how the number begins, with + and country code, or else which digits it has.

    ``0812 3456`` and ``+62 812 3456`` are beginnings, ``7890`` may stand anywhere.
    """
    digits = re.sub(r"\D", "", text)
    if text.lstrip(" (").startswith("+"):
        return f"+{digits}", None
    if digits.startswith("00"):
        return f"+{digits[2:]}", None
    if digits.startswith("0"):
        return f"+{country_code}{digits[1:]}", None
    return None, digits


def _since(instant: float | None) -> float:
    return time.time() - DAYS * DAY_S if instant is None else instant
