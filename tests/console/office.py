"""A room with its console, and browsers: what people see and do there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Self

import aiohttp

from ntpd112.console.accounts import Account, Accounts, Role, hash_password
from ntpd112.console.console import Console
from ntpd112.settings import Settings
from tests.networks import network
from tests.stories.exchange_world import ExchangeWorld, exchange_world
from tests.stories.world import PATIENCE_S

NETWORK = network(40)
PASSWORD = "kucing makan ikan di dapur"  # noqa: S105  of nobody
_HASH = hash_password("x", PASSWORD)
PEOPLE: dict[str, tuple[Role, str | None]] = {
    "siti": ("operator", "201"),
    "budi": ("operator", "202"),
    "rina": ("supervisor", None),
    "admin": ("admin", None),
    "dewi": ("supervisor", "203"),
    "layar": ("wall", None),
}


def give_accounts(state_dir: Path) -> Accounts:
    """Let everybody of :data:`PEOPLE` sign in."""
    accounts = Accounts(state_dir)
    for name, (role, operator) in PEOPLE.items():
        accounts.add(
            Account(
                name=name, full_name=name.title(), role=role, operator=operator, password_hash=_HASH, changed_at=1.0
            )
        )
    return accounts


class Browser:
    """One browser. An async context manager."""

    def __init__(self, url: str) -> None:
        self._base = url.rstrip("/")

    async def __aenter__(self) -> Self:
        self.session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.session.close()

    def url(self, path: str) -> str:
        return f"{self._base}/api/v1{path}"

    async def ask(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, Any]:
        """Return status and answer."""
        sent = {"json": body} if body is not None else {}
        async with self.session.request(method, self.url(path), **sent, **more) as response:
            text = await response.text()
            return response.status, await response.json() if text else None

    async def sign_in(self, name: str, password: str = PASSWORD) -> Self:
        status, answer = await self.ask("POST", "/session", {"name": name, "password": password})
        assert status == 200, answer
        return self

    @asynccontextmanager
    async def live(self) -> AsyncIterator[Room]:
        """Look at the room."""
        async with self.session.ws_connect(self.url("/live")) as socket, inbox(socket) as messages:
            yield Room(messages)


@asynccontextmanager
async def inbox(socket: aiohttp.ClientWebSocketResponse) -> AsyncIterator[asyncio.Queue[dict[str, Any]]]:
    """Take everything that a socket is told, and answer its pings, whether or not anybody looks at it."""
    messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def read() -> None:
        async for message in socket:
            messages.put_nowait(message.json())

    reading = asyncio.create_task(read())
    try:
        yield messages
    finally:
        reading.cancel()
        await asyncio.wait([reading])


class Room:
    """What one browser has been told of the room."""

    def __init__(self, messages: asyncio.Queue[dict[str, Any]]) -> None:
        self._messages = messages
        self.seq = -1
        self.snapshots = 0
        self.serves = False
        self.calls: dict[str, Any] = {}
        self.operators: dict[str, Any] = {}
        self.alarms: dict[str, Any] = {}

    async def until(self, what: Any, within_s: float = PATIENCE_S) -> None:
        """Read on until this is true of the room."""
        async with asyncio.timeout(within_s):
            while not what(self):
                self.hear(await self._messages.get())

    def hear(self, message: dict[str, Any]) -> None:
        if message["is"] == "snapshot":
            self.snapshots += 1
            self.calls.clear()
            self.operators.clear()
        else:
            assert message["seq"] == self.seq + 1
        self.seq = message["seq"]
        self.serves = message.get("serves", self.serves)
        self.calls.update((call["call_id"], call) for call in message.get("calls", ()))
        self.operators.update((one["operator"], one) for one in message.get("operators", ()))
        if "alarms" in message:
            self.alarms = {one["alarm"]: one for one in message["alarms"]}
        for call_id in message.get("gone", ()):
            del self.calls[call_id]

    def states(self) -> list[str]:
        return [call["state"] for call in self.calls.values()]


@asynccontextmanager
async def console(settings: Settings) -> AsyncIterator[Console]:
    """Serve the console for the length of the block; return once it listens."""
    made = Console(settings)
    serving = asyncio.create_task(made.run())
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not await _answers(settings):
                assert not serving.done()
                await asyncio.sleep(0.02)
        yield made
    finally:
        made.stop()
        await serving


async def _answers(settings: Settings) -> bool:
    try:
        _, writer = await asyncio.open_connection(str(settings.console_address), settings.console_port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


class Place:
    """A console alone, without a room."""

    def __init__(self, settings: Settings, made: Console) -> None:
        self.settings = settings
        self.console = made

    def browser(self) -> Browser:
        return Browser(self.settings.console_url)


class Office:
    """A real room with its console."""

    def __init__(self, world: ExchangeWorld, settings: Settings, tasks: asyncio.TaskGroup) -> None:
        self.world = world
        self.settings = settings
        self.tasks = tasks

    def browser(self) -> Browser:
        return Browser(self.settings.console_url)


@asynccontextmanager
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """Run a room, a console, and let everybody of :data:`PEOPLE` sign in."""
    async with asyncio.TaskGroup() as tasks, exchange_world(tmp_path, NETWORK) as world:
        settings = settings_of_console(world.instance.settings, NETWORK)
        give_accounts(settings.state_dir)
        async with console(settings):
            yield Office(world, settings, tasks)


def settings_of_console(settings: Settings, net: str) -> Settings:
    return settings.model_copy(update={"console_address": ip_address(f"{net}.1")})


def lately(instant: float) -> bool:
    """Tell whether this was within the last minute."""
    return abs(time.time() - instant) < 60
