"""Many consoles that look at the room meanwhile: how long a change takes to each of them, and whether one is missed."""

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

from ntpd112.console.accounts import Account, Accounts, hash_password
from ntpd112.settings import Settings

LATE_S = 0.2
"""99 of 100 changes have to be there by then."""
_PASSWORD = "a sentence that nobody else knows"  # noqa: S105  of a room that is gone afterwards
_STARTS_WITHIN_S = 30.0
_SUPERVISOR_EVERY = 10
"""One in so many sees every number; the others are operators."""


class _Call(Struct):
    call_id: str
    arrived_at: float
    connected_at: float | None


class _Message(Struct):
    seq: int
    calls: list[_Call] = []
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
    gaps: int = 0
    ended: int = 0
    """Sockets that the console closed."""

    def percentile_s(self, share: float) -> float:
        """Return a lag by nearest rank; NaN without any."""
        found = sorted(self.lags_s)
        return found[max(0, math.ceil(share * len(found)) - 1)] if found else math.nan

    @property
    def failures(self) -> list[str]:
        """Return what may not be."""
        if not self.consoles:
            return []
        found = []
        if not self.percentile_s(0.99) < LATE_S:
            found.append(f"changes reach the consoles after {self.percentile_s(0.99):.3f} s (p99), not {LATE_S:g} s")
        if self.gaps or self.ended:
            found.append(f"{self.gaps} changes were missed by a console, {self.ended} sockets were closed")
        return found


@asynccontextmanager
async def watching(settings: Settings, consoles: int) -> AsyncIterator[Seen]:
    """Let so many consoles look at the room for the length of the block."""
    seen = Seen(consoles)
    if not consoles:
        yield seen
        return
    await asyncio.to_thread(_let_in, settings, consoles)
    await _listens(settings)
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
        looking = []
        for number in range(consoles):
            session = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)))
            base = f"{settings.console_url}api/v1"
            async with session.post(f"{base}/session", json={"name": _name(number), "password": _PASSWORD}) as answer:
                answer.raise_for_status()
            socket = await session.ws_connect(f"{base}/live", max_msg_size=0)
            looking.append(tasks.create_task(_look(socket, seen), name=f"console {number}"))
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


def _let_in(settings: Settings, consoles: int) -> None:
    hashed = hash_password("looks", _PASSWORD)
    accounts = Accounts(settings.state_dir)
    for number in range(consoles):
        role = "operator" if number % _SUPERVISOR_EVERY else "supervisor"
        name = _name(number)
        accounts.add(Account(name=name, full_name=name, role=role, password_hash=hashed, changed_at=1.0))


def _name(number: int) -> str:
    return f"looks{number}"


async def _look(socket: aiohttp.ClientWebSocketResponse, seen: Seen) -> None:
    last = -1
    arrived: set[str] = set()
    connected: set[str] = set()
    async for frame in socket:
        now = time.time()
        message = _decode(frame.data)
        if message.is_ == "snapshot":
            arrived.update(call.call_id for call in message.calls)
            connected.update(call.call_id for call in message.calls if call.connected_at is not None)
        else:
            seen.gaps += message.seq != last + 1
            seen.changes += 1
            for call in message.calls:
                if call.call_id not in arrived:
                    arrived.add(call.call_id)
                    seen.lags_s.append(now - call.arrived_at)
                if call.connected_at is not None and call.call_id not in connected:
                    connected.add(call.call_id)
                    seen.lags_s.append(now - call.connected_at)
        last = message.seq
    seen.ended += 1
