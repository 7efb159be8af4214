"""The console's composition root."""

from __future__ import annotations

import asyncio
import signal
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import structlog
from aiohttp import web

from ntpd112.console.accounts import Accounts, Role
from ntpd112.console.acting import Acting
from ntpd112.console.alarm_board import AlarmBoard
from ntpd112.console.alarms import Alarms
from ntpd112.console.callers import Callers
from ntpd112.console.endpoint import Asked, Endpoint, Refusal
from ntpd112.console.forms import CityInForce
from ntpd112.console.identity import Identity, check_origin
from ntpd112.console.incident_book import IncidentBook
from ntpd112.console.incidents import Incidents
from ntpd112.console.live import Live
from ntpd112.console.openapi import describe
from ntpd112.console.overhearing import Overhearing
from ntpd112.console.page_files import PageFiles
from ntpd112.console.probes import Probes
from ntpd112.console.record_books import RecordBooks
from ntpd112.console.replica import Replica
from ntpd112.console.sender import Sender
from ntpd112.console.server import API, application
from ntpd112.console.sessions import Sessions
from ntpd112.console.signing import Signing
from ntpd112.console.softphone import Softphone
from ntpd112.console.tokens import Scope, Tokens
from ntpd112.console.wall import Wall
from ntpd112.console.watching import refuse_socket
from ntpd112.core.plan import Plan
from ntpd112.host.errors import HostError
from ntpd112.host.service_manager import ServiceManager
from ntpd112.settings import Settings
from ntpd112.store.context import Contexts
from ntpd112.store.engine import open_database
from ntpd112.store.queries import Records
from ntpd112.store.search import Search
from ntpd112.store.transaction import close_database

log = structlog.get_logger(__name__)

_LISTEN_AGAIN_S: Final = 2.0
_CLOSE_WITHIN_S: Final = 1.0


class Console:
    """One instance's console."""

    def __init__(self, settings: Settings, manager: ServiceManager | None = None) -> None:
        self._settings = settings
        self._manager = manager or ServiceManager({})
        self._stopping = asyncio.Event()
        accounts = Accounts(settings.state_dir)
        (settings.state_dir / "run").mkdir(parents=True, exist_ok=True)
        signing = Signing(accounts, Sessions(settings.state_dir / "run" / "sessions.json", accounts, time.time))
        self._replica = Replica(settings)
        sender = Sender(settings)
        acting = Acting(sender, self._replica)
        self._database = open_database(settings.database)
        self._book = IncidentBook()
        self._callers = Callers(self._replica, Contexts(self._database))
        city = CityInForce(settings.city_file, self._plan)
        incidents = Incidents(sender, self._book, Records(self._database), self._types, city.told)
        self._softphone = Softphone(settings)
        self._identity = Identity(signing.who, Tokens(settings.state_dir), time.time)
        alarms = AlarmBoard()
        self._live = Live(self._replica, self._identity.known, city.told, alarms, time.time)
        self._wall = Wall(settings, self._replica, self._identity.known, alarms, time.time)
        self._page = PageFiles(settings.cache_dir)
        self._probes = Probes(settings, self._replica, self._page, self._identity, alarms)
        self._replica.on_action |= {self._book.hear, self._callers.hear, self._probes.hear}
        self.endpoints: tuple[Endpoint, ...] = (
            *signing.endpoints,
            *acting.endpoints,
            *Alarms(alarms).endpoints,
            *Overhearing(sender, self._replica).endpoints,
            *self._softphone.endpoints,
            *incidents.endpoints,
            *self._callers.endpoints,
            *RecordBooks(Search(self._database), settings.city_file).endpoints,
            *self._wall.endpoints,
        )

    def stop(self) -> None:
        """Ask for the end; :meth:`run` returns then."""
        self._stopping.set()

    async def run(self) -> None:
        """Serve until :meth:`stop` or a signal. Raises :class:`HostError` for a certificate that cannot be used."""
        tls = _tls(self._settings)
        runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=_CLOSE_WITHIN_S)
        await runner.setup()
        try:
            async with self._signals(), asyncio.TaskGroup() as tasks:
                self._manager.ready("looks for its address")
                parts = [
                    tasks.create_task(self._replica.run(), name="replica"),
                    tasks.create_task(self._live.run(), name="live"),
                    tasks.create_task(self._probes.run(), name="probes"),
                    tasks.create_task(self._wall.run(), name="wall"),
                    tasks.create_task(self._listen(runner, tls), name="listen"),
                ]
                await self._stopping.wait()
                self._manager.stopping("ends")
                for part in parts:
                    part.cancel()
        finally:
            await runner.cleanup()
            await close_database(self._database)

    def describe(self) -> dict[str, Any]:
        """Return the API's description."""
        return describe(self.endpoints, version("ntpd112"))

    def _application(self) -> web.Application:
        app = application(self.endpoints, self._identity)
        app.router.add_get(f"{API}/live", partial(self._serve_watched, self._live, "operator"))
        app.router.add_get(f"{API}/wall", partial(self._serve_watched, self._wall, "wall"))
        app.router.add_get(f"{API}/sip", self._serve_sip)
        app.router.add_get(f"{API}/openapi.json", self._serve_description)
        self._page.add_to(app)
        self._probes.add_to(app)
        return app

    async def _serve_watched(self, watched: Live | Wall, role: Role, request: web.Request) -> web.StreamResponse:
        try:
            account = self._for_socket(request, role, "read").who
        except Refusal as refusal:
            if refusal.answer.error != "signed_out":
                raise
            return await refuse_socket(request)
        return await watched.serve(request, account)

    async def _serve_sip(self, request: web.Request) -> web.StreamResponse:
        return await self._softphone.serve(self._for_socket(request, "operator", None))

    def _for_socket(self, request: web.Request, role: Role, scope: Scope | None) -> Asked:
        check_origin(request)
        return Asked(request, self._identity.allowed(request, role, scope), None)

    async def _serve_description(self, _request: web.Request) -> web.Response:
        return web.json_response(self.describe())

    async def _listen(self, runner: web.AppRunner, tls: ssl.SSLContext | None) -> None:
        """Listen. An address that cannot be had is told, and tried again: calls need it not."""
        is_told = False
        while True:
            address, port = str(self._settings.console_address), self._settings.console_port
            try:
                await web.TCPSite(runner, address, port, ssl_context=tls).start()
            except OSError as error:
                if not is_told:
                    cure = "stop what listens there, or set NTPD112_CONSOLE_PORT"
                    log.error("console_not_reachable", address=address, port=port, reason=error.strerror, cure=cure)
                is_told = True
                await asyncio.sleep(_LISTEN_AGAIN_S)
            else:
                log.info("console_serves", url=self._settings.console_url)
                self._manager.ready(f"serves {self._settings.console_url}")
                return

    def _types(self) -> set[str]:
        plan = self._plan()
        return set(plan.types) if plan is not None else set()

    def _plan(self) -> Plan | None:
        board = self._replica.board
        return board.room.plan if board is not None else None

    @asynccontextmanager
    async def _signals(self) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if not settings.console_certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        key = Path(settings.console_key) if settings.console_key else None
        context.load_cert_chain(Path(settings.console_certificate), key)
    except (OSError, ssl.SSLError) as error:
        raise HostError(
            f"the console's certificate {settings.console_certificate} cannot be used ({error}); "
            "correct NTPD112_CONSOLE_CERTIFICATE and NTPD112_CONSOLE_KEY"
        ) from error
    return context
