"""Many consoles that look at the room meanwhile: how long a change takes to each of them, and whether one is missed.

Operators' consoles do what the page does when their phone rings: they ask who calls.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import msgspec
from msgspec import Struct

from ntpd112.config.load import load_city
from ntpd112.console.accounts import Account, Accounts, Role, hash_password
from ntpd112.settings import Settings

LATE_S = 0.2
"""99 of 100 changes have to be there by then."""
CONTEXT_S = 0.3
"""In 95 of 100 rings it is known by then who calls."""
_PASSWORD = "a sentence that nobody else knows"  # noqa: S105  of a room that is gone afterwards
_STARTS_WITHIN_S = 30.0
_NO_NUMBER = 409
_SUPERVISOR_EVERY = 10
"""One in so many sees every number; the others are operators."""


class _Call(Struct):
    call_id: str
    arrived_at: float
    connected_at: float | None


class _Operator(Struct):
    operator: str
    activity: str
    call_id: str
    since: float | None


class _Message(Struct):
    seq: int
    calls: list[_Call] = []
    operators: list[_Operator] = []
    is_: str = msgspec.field(name="is", default="")


_decode = msgspec.json.Decoder(_Message).decode


@dataclass
class Seen:
    """What all consoles together saw."""

    consoles: int = 0
    changes: int = 0
    """Messages."""
    lags_s: list[float] = field(default_factory=list)
    """From what happened (a call arrived, or reached a human) to each console."""
    contexts_s: list[float] = field(default_factory=list)
    """From the ring of an operator's phone until their console knew who calls."""
    unknown: int = 0
    """Rings at which it could not be told."""
    gaps: int = 0
    ended: int = 0
    """Sockets that the console closed."""

    @property
    def failures(self) -> list[str]:
        """Return what may not be."""
        if not self.consoles:
            return []
        found = []
        lag_s, context_s = percentile(self.lags_s, 0.99), percentile(self.contexts_s, 0.95)
        if not lag_s < LATE_S:
            found.append(f"changes reach the consoles after {lag_s:.3f} s (p99), not {LATE_S:g} s")
        if self.contexts_s and not context_s < CONTEXT_S:
            found.append(f"who calls is known after {context_s:.3f} s of ringing (p95), not {CONTEXT_S:g} s")
        if self.unknown:
            found.append(f"at {self.unknown} rings it could not be told who calls")
        if self.gaps or self.ended:
            found.append(f"{self.gaps} changes were missed by a console, {self.ended} sockets were closed")
        return found


def percentile(seconds: list[float], share: float) -> float:
    """Return one of these by nearest rank; NaN without any."""
    found = sorted(seconds)
    return found[max(0, math.ceil(share * len(found)) - 1)] if found else math.nan


@asynccontextmanager
async def watching(settings: Settings, consoles: int) -> AsyncIterator[Seen]:
    """Let so many consoles look at the room for the length of the block."""
    seen = Seen(consoles)
    if not consoles:
        yield seen
        return
    city = await asyncio.to_thread(load_city, settings.city_file)
    extensions = list(city.plan.operators)
    await asyncio.to_thread(_let_in, settings, consoles, extensions)
    await _listens(settings)
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
        looking = []
        for number in range(consoles):
            session = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)))
            base = f"{settings.console_url}api/v1"
            async with session.post(f"{base}/session", json={"name": _name(number), "password": _PASSWORD}) as answer:
                answer.raise_for_status()
            socket = await session.ws_connect(f"{base}/live", max_msg_size=0)
            own = _extension(number, extensions)
            console = _Console(session, base, own, seen, tasks)
            looking.append(tasks.create_task(console.look(socket), name=f"console {number}"))
        try:
            yield seen
        finally:
            for one in looking:
                one.cancel()


async def _listens(settings: Settings) -> None:
    """Return once the console, which starts last, can be reached. Raises TimeoutError."""
    async with asyncio.timeout(_STARTS_WITHIN_S):
        while True:
            try:
                _, writer = await asyncio.open_connection(str(settings.console_address), settings.console_port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                return


def _let_in(settings: Settings, consoles: int, extensions: list[str]) -> None:
    hashed = hash_password("looks", _PASSWORD)
    accounts = Accounts(settings.state_dir)
    for number in range(consoles):
        own, name = _extension(number, extensions), _name(number)
        role: Role = "operator" if number % _SUPERVISOR_EVERY else "supervisor"
        accounts.add(Account(name=name, full_name=name, role=role, operator=own, password_hash=hashed, changed_at=1.0))


def _extension(number: int, extensions: list[str]) -> str | None:
    """Return whose console this is: each operator has one, the others only look."""
    place = number - 1 - number // _SUPERVISOR_EVERY
    return extensions[place] if number % _SUPERVISOR_EVERY and place < len(extensions) else None


def _name(number: int) -> str:
    return f"looks{number}"


class _Console:
    """One console. ``own``: the operator who sits there, if one does."""

    def __init__(
        self, session: aiohttp.ClientSession, base: str, own: str | None, seen: Seen, tasks: asyncio.TaskGroup
    ) -> None:
        self._session = session
        self._base = base
        self._own = own
        self._seen = seen
        self._tasks = tasks
        self._arrived: set[str] = set()
        self._connected: set[str] = set()
        self._asked = ""

    async def look(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Take everything that is told, until cancelled."""
        last = -1
        async for frame in socket:
            now = time.time()
            message = _decode(frame.data)
            if message.is_ == "snapshot":
                self._arrived.update(call.call_id for call in message.calls)
                self._connected.update(call.call_id for call in message.calls if call.connected_at is not None)
            else:
                self._seen.gaps += message.seq != last + 1
                self._seen.changes += 1
                self._take(message, now)
            last = message.seq
        self._seen.ended += 1

    def _take(self, message: _Message, now: float) -> None:
        for call in message.calls:
            if call.call_id not in self._arrived:
                self._arrived.add(call.call_id)
                self._seen.lags_s.append(now - call.arrived_at)
            if call.connected_at is not None and call.call_id not in self._connected:
                self._connected.add(call.call_id)
                self._seen.lags_s.append(now - call.connected_at)
        for one in message.operators:
            if one.operator == self._own and one.activity == "ringing" and one.call_id != self._asked:
                self._asked = one.call_id
                self._tasks.create_task(self._ask(one.call_id, one.since or now))

    async def _ask(self, call_id: str, rings_since: float) -> None:
        async with self._session.get(f"{self._base}/calls/{call_id}/caller") as answer:
            await answer.read()
        if answer.ok:
            self._seen.contexts_s.append(time.time() - rings_since)
        elif answer.status != _NO_NUMBER:
            self._seen.unknown += 1
