"""Reads today's records for the wall, in the background: what it shows of now does not wait for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from ntpd112.console.latest import SHOWN
from ntpd112.core.records import IncidentFact
from ntpd112.store.engine import database_url, is_sqlite, open_database, sqlite_file
from ntpd112.store.errors import StoreError
from ntpd112.store.outlines import CallOutline, calls_since, latest_incidents
from ntpd112.store.transaction import close_database
from ntpd112.store.trouble import TROUBLE, UNREADABLE, explain

log = structlog.get_logger(__name__)

_RETRY_S: Final = 5.0
_SETTLED_S: Final = 10.0
"""What another controller left to be written is written by then."""
_EVERY_S: Final = 120.0
"""Records of calls that no controller saw are added, and some completed, without the room hearing of it."""

Found = tuple[list[CallOutline], list[IncidentFact]]


class WallRecords:
    """Reads at its beginning, when asked to, and from time to time.

    ``since``: when today began; ``heard``: gets what is found.
    """

    def __init__(self, database: str, since: Callable[[], float], heard: Callable[[Found], None]) -> None:
        self._database = database
        self._since = since
        self._heard = heard
        self._asked = asyncio.Event()
        self._asked.set()
        self.are_read = False
        """Whether nothing is known to be missing."""

    def read_again(self) -> None:
        """Read as soon as possible: something may have been missed."""
        self._asked.set()

    async def run(self) -> None:
        """Read until cancelled."""
        wait_s, said = 0.0, ""
        is_missed = False
        while True:
            is_missed = await self._asked_within(wait_s) or is_missed
            try:
                found = await _read(self._database, self._since())
            except (StoreError, *TROUBLE, *UNREADABLE) as error:
                what = explain(error)
                if what != said:
                    cure = "today's numbers lack earlier calls meanwhile; is the database running?"
                    log.warning("wall_records_not_read", reason=what, cure=cure)
                said, wait_s = what, _RETRY_S
                self.are_read = self.are_read and not is_missed
            else:
                said, wait_s = "", _SETTLED_S if is_missed else _EVERY_S
                is_missed, self.are_read = False, True
                self._heard(found)

    async def _asked_within(self, wait_s: float) -> bool:
        try:
            async with asyncio.timeout(wait_s):
                await self._asked.wait()
        except TimeoutError:
            return False
        self._asked.clear()
        return True


async def _read(database: str, since: float) -> Found:
    url = database_url(database)
    if is_sqlite(url) and not sqlite_file(url).exists():
        raise FileNotFoundError(f"there are no records yet at {sqlite_file(url)}")  # and none are made by looking
    engine: AsyncEngine = open_database(database)
    try:
        return await calls_since(engine, since), await latest_incidents(engine, SHOWN)
    finally:
        await close_database(engine)
