"""The events of one Stasis application, over a WebSocket that is opened again whenever it breaks.

Asterisk queues nothing while the socket is away: after each :class:`Connected` the reader has to read Asterisk's state
anew (``channels_list``, ``bridges_list``), and must keep taking events meanwhile.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import structlog
from aiohttp import WSMsgType

from ntpd112.pbx.ari.base import EventSocket
from ntpd112.pbx.ari.client import AriClient
from ntpd112.pbx.ari.errors import AriError, EventsUnavailableError, ForbiddenError, NotFoundError
from ntpd112.pbx.ari.generated import EVENTS, ApplicationReplaced, Event
from ntpd112.pbx.ari.parse import EventCounts, EventParser, Unreadable
from ntpd112.pbx.backoff import Failure, GiveUp, Pace, after_failure

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Connected:
    """The socket stands and its filter is set. ``generation`` counts from 1; each one demands a fresh look."""

    generation: int


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The socket of this ``generation`` is gone; another attempt follows by itself."""

    generation: int
    why: str


StreamItem = Event | Connected | Disconnected | Unreadable

_NOT_LOADED_TRIES = 20
"""While Asterisk starts, its HTTP server answers 404 before ARI's modules are loaded: so often is that believed."""


class EventStream:
    """Iterate over it, within ``async with``, to get what happens in an application.

    ::

        async with EventStream(ari, "ntpd112", events=[StasisStart, ChannelDestroyed]) as stream:
            async for item in stream:
                match item: ...

    Only ``events`` are asked for and yielded (empty: all), and :class:`ApplicationReplaced` in any case: it tells that
    another controller took this application's name, and that this socket will stay silent from then on. The iterator
    connects, waits and reconnects while it is awaited; it has no task of its own. It ends only by
    :class:`EventsUnavailableError`, when waiting cannot help, with the cure in its text.
    """

    def __init__(
        self,
        ari: AriClient,
        app: str,
        *,
        events: Iterable[type[Event]] = (),
        pace: Pace | None = None,
        heartbeat_s: float = 3.0,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._ari = ari
        self._app = app
        wanted = set(events) or set(EVENTS.values())
        self._wanted = frozenset(wanted | {ApplicationReplaced})
        self._all = not set(events)
        self._parser = EventParser(self._wanted)
        self._pace = pace or Pace()
        self._heartbeat_s = heartbeat_s
        self._jitter = jitter
        self._socket: EventSocket | None = None
        self._ready = False
        self._failed = 0
        self._wait_s = 0.0
        self.generation = 0

    @property
    def counts(self) -> EventCounts:
        """What came in since the start."""
        return self._parser.counts

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> StreamItem:
        while self._socket is None or not self._ready:
            await self._close()  # what a cancelled attempt left open
            await asyncio.sleep(self._wait_s)
            try:
                return await self._connect()
            except AriError as error:
                await self._close()
                self._plan_next(_failure(error, self._app))
        return await self._receive(self._socket)

    async def _connect(self) -> Connected:
        self._socket = await self._ari.open_events(self._app, heartbeat_s=self._heartbeat_s)
        allowed = [] if self._all else [{"type": name} for name in sorted(kind.__name__ for kind in self._wanted)]
        await self._ari.applications_filter(application_name=self._app, filter={"allowed": allowed, "disallowed": []})
        self.generation += 1
        self._failed = 0
        self._ready = True
        log.info("ari_connected", url=self._ari.url, app=self._app, generation=self.generation)
        return Connected(self.generation)

    async def _receive(self, socket: EventSocket) -> StreamItem:
        while True:
            message = await socket.receive()
            if message.type is WSMsgType.TEXT:
                item = self._parser.parse(message.data)
                if item is not None:
                    return item
            elif message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
                return await self._lost(socket)

    async def _lost(self, socket: EventSocket) -> Disconnected:
        error = socket.exception()
        why = f"event socket closed ({socket.close_code})" + (f": {error!r}" if error else "")
        await self._close()
        self._plan_next(Failure(why))
        return Disconnected(self.generation, why)

    def _plan_next(self, failure: Failure) -> None:
        decision = after_failure(failure, self._failed, self._jitter(), self._pace)
        if isinstance(decision, GiveUp):
            raise EventsUnavailableError("", decision.why)
        if self._failed == 0:
            log.warning(
                "ari_unavailable", url=self._ari.url, app=self._app, generation=self.generation, why=failure.what
            )
        self._failed += 1
        self._wait_s = decision.after_s

    async def _close(self) -> None:
        self._ready = False
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()


def _failure(error: AriError, app: str) -> Failure:
    if isinstance(error, ForbiddenError):
        return Failure(
            f"Asterisk refuses the event socket of {app}: {error}",
            "Make user and password in ari.conf the ones of this instance, and `read_only=no`, then reload res_ari.so",
        )
    if isinstance(error, NotFoundError):
        return Failure(
            f"Asterisk has no event socket: {error}",
            "Enable ARI (`enabled=yes` in ari.conf and http.conf) and load res_ari.so, res_ari_events.so and "
            "res_http_websocket.so; check the URL",
            tries=_NOT_LOADED_TRIES,
        )
    return Failure(str(error))
