"""The wall of the Live Room: how the room stands and what today was like, told to everybody who is signed in.

What happens is heard of the replica, what happened before is read from the records. A call heard of both ways counts
once, so nothing has to be known of which of them was first.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

from ntpd112.config.load import load_city
from ntpd112.config.problem import CityError
from ntpd112.config.schema import City
from ntpd112.console.accounts import Account
from ntpd112.console.alarm_board import AlarmBoard
from ntpd112.console.day import Days
from ntpd112.console.endpoint import Asked, Endpoint
from ntpd112.console.latest import LatestIncidents
from ntpd112.console.replica import Replica
from ntpd112.console.wall_answer import (
    Operators,
    WallNow,
    WallTold,
    alarms_of,
    incidents_of,
    operators_of,
    today_of,
    waiting_in,
)
from ntpd112.console.wall_records import Found, WallRecords
from ntpd112.console.watching import Watcher, Watchers
from ntpd112.core.messages import Action, SaveCall, SaveIncident
from ntpd112.core.plan import Plan
from ntpd112.core.view import view
from ntpd112.settings import Settings
from ntpd112.store.outlines import outline

_BETWEEN_S: Final = 1.0
"""Nobody is told more often."""
_LATEST_S: Final = 9.0
"""So often something is said, though nothing has changed: silence would mean that nobody is there."""
_USUAL_ZONE: Final[str] = City.model_fields["timezone"].default


class Wall:
    """Hears, counts and tells."""

    def __init__(
        self,
        settings: Settings,
        replica: Replica,
        who: Callable[[web.Request], Account | None],
        alarms: AlarmBoard,
        clock: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._replica = replica
        self._alarms = alarms
        self._clock = clock
        self._watchers = Watchers(who)
        self._changed = asyncio.Event()
        self._seq = 0
        self._served = False
        self._plan: Plan | None = None
        self._replanned = asyncio.Event()
        self._city, self._zone = "", ZoneInfo(_USUAL_ZONE)
        self._districts: tuple[str, ...] = ()
        self._days = Days(self._zone)
        self._incidents = LatestIncidents()
        self._records = WallRecords(settings.database, lambda: self._days.begins_at(clock()), self._read)
        replica.on_change.add(self._look)
        alarms.on_change.add(self._changed.set)
        replica.on_action.add(self._hear)
        self.endpoints = (
            Endpoint("GET", "/wall/now", "What the wall shows just now", self._now, "wall", answer=WallNow),
        )

    async def run(self) -> None:
        """Tell what changes until cancelled."""
        await self._read_city()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._records.run(), name="wall's records")
            tasks.create_task(self._follow_city(), name="wall's city")
            tasks.create_task(self._look_who_watches(), name="who watches the wall")
            await self._tell_changes()

    async def serve(self, request: web.Request, account: Account) -> web.StreamResponse:
        """Tell one browser, until it goes."""
        return await self._watchers.serve(request, account, self._first)

    def shown(self) -> WallNow:
        """Return what the wall shows now."""
        now, board = self._clock(), self._replica.board
        room = view(board.room, now) if board is not None else None
        labels = _labels(board.room.plan) if board is not None else {}
        waiting = waiting_in(room) if room is not None else []
        return WallNow(
            now=now,
            serves=self._replica.serves,
            records_read=self._records.are_read,
            city=self._city,
            timezone=self._zone.key,
            waiting=len(waiting),
            waiting_since=min(waiting, default=None),
            operators=operators_of(room) if room is not None else Operators(),
            today=today_of(self._days.begins_at(now), self._days.today(now), labels),
            incidents=incidents_of(self._incidents.shown(), labels, self._districts),
            alarms=alarms_of(self._alarms.shown(), now),
            alarms_known=self._alarms.is_known,
        )

    async def _tell_changes(self) -> None:
        clock = asyncio.get_running_loop().time
        said: WallNow | None = None
        told_at = clock()
        while True:
            await self._changed_within(told_at + _LATEST_S - clock())
            shown = self.shown() if self._watchers else said
            if shown is not None and (not _is_same(shown, said) or clock() >= told_at + _LATEST_S):
                said, told_at = shown, clock()
                self._seq += 1
                self._watchers.tell(self._told(shown))
            await asyncio.sleep(_BETWEEN_S)

    async def _changed_within(self, wait_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._changed.wait()
        self._changed.clear()

    async def _now(self, _asked: Asked) -> WallNow:
        return self.shown()

    def _first(self, _watcher: Watcher) -> bytes:
        return self._told(self.shown())

    def _told(self, shown: WallNow) -> bytes:
        return WallTold(**dict(shown), seq=self._seq).model_dump_json(by_alias=True).encode()

    def _hear(self, _now: float, action: Action) -> None:
        match action:
            case SaveCall(record=record):
                self._days.add(outline(record))
            case SaveIncident(fact=fact):
                self._incidents.hear(fact)

    def _look(self) -> None:
        self._changed.set()
        board, serves = self._replica.board, self._replica.serves
        if serves and not self._served:
            self._records.read_again()  # what happened while nobody was followed was not heard
        self._served = serves
        if board is not None and board.room.plan is not self._plan:
            self._plan = board.room.plan
            self._replanned.set()

    def _read(self, found: Found) -> None:
        calls, facts = found
        for call in calls:
            self._days.add(call)
        for fact in facts:
            self._incidents.hear(fact)
        self._changed.set()

    async def _follow_city(self) -> None:
        while True:
            await self._replanned.wait()
            self._replanned.clear()
            await self._read_city()

    async def _read_city(self) -> None:
        """Learn the city's name, districts and time zone; while its file has a mistake they stay what they were."""
        try:
            city = (await asyncio.to_thread(load_city, self._settings.city_file)).city
        except CityError:
            return
        self._city, self._districts = city.city, city.districts
        if city.timezone != self._zone.key:
            self._zone = ZoneInfo(city.timezone)
            self._days = self._days.moved_to(self._zone)
            self._records.read_again()  # today begins at another instant
        self._changed.set()

    async def _look_who_watches(self) -> None:
        while True:
            await asyncio.sleep(_LATEST_S)
            await self._watchers.end_signed_out()


def _is_same(one: WallNow, other: WallNow | None) -> bool:
    return other is not None and one == other.model_copy(update={"now": one.now})


def _labels(plan: Plan) -> Mapping[str, str]:
    return {one.name: one.label for one in plan.types.values()}
