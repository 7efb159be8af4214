"""Witnesses: programs of this machine that decide again what the controller decides, and so know the room as it does.

Each gets the room as it is, as the first line of a journal, and then every line in the step in which it is written. It
costs the controller one write for many events, however many people look at the room through the witness.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from aiohttp import web

from ntpd112.core.snapshot import RoomKept, take
from ntpd112.engine import Engine
from ntpd112.journal import Journal, as_line

ALIVE_EVERY_S: Final = 1.0
"""An empty line is sent when there was no other for so long."""
_GATHER_S: Final = 0.01
_BEHIND_BYTES: Final = 16 << 20
"""Who is so far behind begins anew."""


class Witnesses:
    """Serves them."""

    def __init__(self, engine: Engine, journal: Journal, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._journal = journal
        self._clock = clock
        self._closing = False
        self._wakes: set[asyncio.Event] = set()

    def close(self) -> None:
        """End every stream."""
        self._closing = True
        for wake in self._wakes:
            wake.set()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Send lines until the witness has enough, is too slow, or :meth:`close` ends it."""
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        wake = asyncio.Event()
        lines = bytearray()

        def copy(_file: str, line: bytes) -> None:
            lines.extend(line)
            wake.set()
            if len(lines) > _BEHIND_BYTES and request.transport is not None:
                self._journal.copies.discard(copy)
                request.transport.abort()

        # In one step: nothing is missing between the two, and nothing twice.
        lines.extend(as_line(self._clock(), RoomKept(take(self._engine.switchboard.room))))
        self._journal.copies.add(copy)
        self._wakes.add(wake)
        try:
            while not self._closing:
                sent, lines[:] = bytes(lines) or b"\n", b""
                await response.write(sent)
                await asyncio.sleep(_GATHER_S)
                await _woken(wake)
        except ConnectionResetError:
            pass
        finally:
            self._wakes.discard(wake)
            self._journal.copies.discard(copy)
        return response


async def _woken(wake: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(ALIVE_EVERY_S):
            await wake.wait()
    except TimeoutError:
        return
    wake.clear()
