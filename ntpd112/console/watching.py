"""Browsers that are told something over a WebSocket, whatever it is.

Nobody is waited for: whose browser does not take what it is sent is disconnected, and begins again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

import structlog
from aiohttp import WSMsgType, web

from ntpd112.console.accounts import Account, AccountError

log = structlog.get_logger(__name__)

SIGNED_OUT: Final = 4401
_MOST_BEHIND: Final = 256
"""Messages that one browser may be behind."""
_HEARTBEAT_S: Final = 10.0


async def refuse_socket(request: web.Request) -> web.StreamResponse:
    """Tell a page that nobody is signed in: a script cannot read the status of a handshake that failed."""
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    await socket.close(code=SIGNED_OUT, message=b"signed out")
    return socket


class Watcher:
    """One browser."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse, account: Account) -> None:
        self.request = request
        self.account = account
        self._socket = socket
        self._waiting: deque[bytes] = deque()
        self._wake = asyncio.Event()

    def put(self, message: bytes) -> None:
        """Let this be sent after what waits already; cut off who is too slow."""
        if len(self._waiting) >= _MOST_BEHIND:
            log.info("browser_too_slow", account=self.account.name)
            if self.request.transport is not None:
                self.request.transport.abort()
            return
        self._waiting.append(message)
        self._wake.set()

    async def send(self) -> None:
        """Send what there is, until cancelled or cut off."""
        with contextlib.suppress(ConnectionError):
            while True:
                while self._waiting:
                    await self._socket.send_frame(self._waiting.popleft(), WSMsgType.TEXT)
                self._wake.clear()
                await self._wake.wait()

    async def end(self, code: int, why: str) -> None:
        """Close, with a reason."""
        await self._socket.close(code=code, message=why.encode())


class Watchers:
    """Everybody who is told the same kind of thing. ``who``: finds out who is signed in."""

    def __init__(self, who: Callable[[web.Request], Account | None]) -> None:
        self._who = who
        self._watchers: set[Watcher] = set()

    def __iter__(self) -> Iterator[Watcher]:
        return iter(self._watchers)

    def __len__(self) -> int:
        return len(self._watchers)

    async def serve(
        self, request: web.Request, account: Account, first: Callable[[Watcher], bytes]
    ) -> web.StreamResponse:
        """Tell one browser, until it goes; ``first``: what it has to know at its beginning."""
        socket = web.WebSocketResponse(heartbeat=_HEARTBEAT_S, compress=False, max_msg_size=1024)
        await socket.prepare(request)
        watcher = Watcher(request, socket, account)
        watcher.put(first(watcher))
        self._watchers.add(watcher)
        sending = asyncio.ensure_future(watcher.send())
        try:
            async for _ in socket:
                pass  # nothing is asked for here
        finally:
            self._watchers.discard(watcher)
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sending
        return socket

    def tell(self, message: bytes) -> None:
        """Tell everybody."""
        for watcher in self._watchers:
            watcher.put(message)

    async def end_signed_out(self) -> None:
        """End the sockets of those who are signed out."""
        for watcher in tuple(self._watchers):
            with contextlib.suppress(AccountError):  # nobody is sent out because a file cannot be read
                if self._who(watcher.request) != watcher.account:
                    await watcher.end(SIGNED_OUT, "signed out")
