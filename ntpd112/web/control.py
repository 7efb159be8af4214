"""The control socket: a JSON API on a unix socket that only this user can open.

GET ``/alive`` answers nothing, at once; GET ``/state`` the room as it is; GET ``/watch`` streams it, one JSON object a
line, after every change (at most five a second); GET ``/health`` all but the room; GET ``/journal`` streams what is
decided from now on (:mod:`ntpd112.web.witness`). POST ``/event`` takes one of the events in :data:`Commanded`, tagged
as in the journal. POST ``/reload`` reads the city file again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Literal

import msgspec
from aiohttp import web

from ntpd112.core import messages as m
from ntpd112.core.view import RoomView, view
from ntpd112.engine import Engine
from ntpd112.journal import Journal
from ntpd112.web.witness import Witnesses

_BETWEEN_LOOKS_S = 0.2
Commanded = m.PresenceSet | m.OperatorCommanded | m.IncidentEdited
"""The events that somebody may send."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Commanded).decode


class Alarm(msgspec.Struct, frozen=True):
    """Something the people who run the room have to know. ``at``: POSIX seconds."""

    at: float
    kind: str
    text: str
    call_id: str
    operator: str


SelfCallStage = Literal[
    "ok",
    "not_made",
    "not_answered",
    "fallback",
    "no_menu",
    "not_rung",
    "not_picked_up",
    "no_audio",
    "one_way",
    "no_record",
]
"""How far a self-call came."""


class SelfCall(msgspec.Struct, frozen=True):
    """How the last call of the centre to itself went."""

    every_s: float
    at: float | None = None
    """When it ended (POSIX seconds); None: there was none yet."""
    stage: SelfCallStage = "ok"
    text: str = ""
    """What was wrong."""
    voice_s: float | None = None
    """From the INVITE to the operator's voice."""


class EarHealth(msgspec.Struct, frozen=True):
    """How the ear is that listens to Asterisk's SIP messages; the numbers are since its start."""

    alive: bool
    heard: int
    lost: int
    """Messages and findings that came faster than they could be taken."""
    unreadable: int
    strangers: int
    """INVITEs refused from addresses that no trunk lists."""


class Health(msgspec.Struct, frozen=True):
    """Whether the parts around the core are well."""

    ari: bool
    ami: bool
    database: bool
    spilled: int
    lost: int
    in_hand: int
    """What the exchange's side still holds of calls: their lines, legs and unfinished jobs. None when nobody calls."""
    pid: int
    self_call: SelfCall | None = None
    """None: there are none."""
    followers: int | None = None
    """Standbys on other machines that get the journal; None: there are no other machines."""
    ear: EarHealth | None = None
    """None: there is none, or it has not been heard of yet."""


class State(msgspec.Struct, frozen=True):
    """What ``/state`` answers."""

    room: RoomView
    health: Health
    alarms: tuple[Alarm, ...]


class Condition(msgspec.Struct, frozen=True):
    """What ``/health`` answers."""

    health: Health
    alarms: tuple[Alarm, ...]


class ControlSocket:
    """Serves the socket."""

    def __init__(
        self,
        path: Path,
        engine: Engine,
        journal: Journal,
        clock: Callable[[], float],
        health: Callable[[], Health],
        alarms: Callable[[], tuple[Alarm, ...]],
        reload: Callable[[], Awaitable[list[str]]],
    ) -> None:
        self._path = path
        self._engine = engine
        self._witnesses = Witnesses(engine, journal, clock)
        self._clock = clock
        self._health = health
        self._alarms = alarms
        self._reload = reload
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Serve until cancelled."""
        app = web.Application()
        app.add_routes(
            [
                web.get("/alive", self._alive),
                web.get("/state", self._state),
                web.get("/watch", self._watch),
                web.get("/health", self._healthy),
                web.get("/journal", self._witnesses.serve),
                web.post("/event", self._event),
                web.post("/reload", self._reloaded),
            ]
        )
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path.unlink(missing_ok=True)
        try:
            await web.UnixSite(runner, str(self._path)).start()
            self._path.chmod(0o600)
            await asyncio.Event().wait()
        finally:
            self._stopping.set()
            self._witnesses.close()
            await runner.cleanup()
            self._path.unlink(missing_ok=True)

    def _now(self) -> bytes:
        room = view(self._engine.switchboard.room, self._clock())
        return _encode(State(room, self._health(), self._alarms()))

    async def _alive(self, _request: web.Request) -> web.Response:
        return web.Response(status=204)

    async def _state(self, _request: web.Request) -> web.Response:
        return web.Response(body=self._now(), content_type="application/json")

    async def _healthy(self, _request: web.Request) -> web.Response:
        return web.Response(body=_encode(Condition(self._health(), self._alarms())), content_type="application/json")

    async def _watch(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        changed = asyncio.Event()
        self._engine.watchers.add(changed.set)
        try:
            while not self._stopping.is_set():
                changed.clear()
                await response.write(self._now() + b"\n")
                await asyncio.sleep(_BETWEEN_LOOKS_S)
                await changed.wait()
        except ConnectionResetError:
            pass
        finally:
            self._engine.watchers.discard(changed.set)
        return response

    async def _event(self, request: web.Request) -> web.Response:
        try:
            event: m.Event = _decode(await request.read())
        except msgspec.DecodeError as error:
            return _answer(400, {"error": f"not an event that can be sent: {error}"})
        operator = getattr(event, "operator", None)
        if operator is not None and operator not in self._engine.switchboard.room.operators:
            known = ", ".join(sorted(self._engine.switchboard.room.operators))
            return _answer(404, {"error": f"there is no operator {operator}; there are {known}"})
        self._engine.submit(event)
        return _answer(202, {})

    async def _reloaded(self, _request: web.Request) -> web.Response:
        problems = await self._reload()
        return _answer(422 if problems else 200, {"problems": problems})


def _answer(status: int, body: dict[str, Any]) -> web.Response:
    return web.Response(status=status, body=_encode(body), content_type="application/json")
