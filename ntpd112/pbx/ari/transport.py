"""Carries requests to Asterisk, one attempt each: commands by WebSocket where Asterisk can, what reads by HTTP.

What is read of every conversation goes by WebSocket too, over sockets of its own, so that no command waits for it.

Retrying is decided in :mod:`ntpd112.pbx.ari.client`. Events come over a WebSocket of their own.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from types import TracebackType
from typing import Self

import aiohttp
import msgspec
from aiohttp import ClientWSTimeout
from yarl import URL

from ntpd112.pbx.ari.base import EventSocket, Operation
from ntpd112.pbx.ari.command_sockets import CommandSockets
from ntpd112.pbx.ari.errors import BadAnswerError, ConnectionLostError, FencedError, UnreachableError, refusal
from ntpd112.pbx.gate import Gate, always_open

_KEEP_ALIVE_S = 10.0
"""Shorter than the 15 s after which Asterisk closes an idle connection (``session_keep_alive`` in http.conf)."""
_CLOSE_S = 1.0
"""How long a closing WebSocket waits for Asterisk's goodbye."""
_OK_BELOW = 400
_READ_OF_EVERYBODY = frozenset({"channels_rtpstatistics"})
_KNOWN_WITHIN_S = 1.0
"""An Asterisk that takes commands by WebSocket has answered one by then."""


class HttpTransport:
    """Keeps connections to one Asterisk alive and sends each request once. Use it as an async context manager."""

    def __init__(
        self, url: str, username: str, password: str, *, connections: int = 40, gate: Gate = always_open
    ) -> None:
        """``url``: where ARI is, such as ``http://127.0.0.1:8088/ari``. ``connections``: requests in flight at most.

        ``gate``: passed by every request that changes something.
        """
        self.url = url.rstrip("/")
        credentials = b64encode(f"{username}:{password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {credentials}"}
        self._connections = connections
        self._gate = gate
        self._session: aiohttp.ClientSession | None = None
        self._sockets = CommandSockets(self._open_command_socket, connections)
        self._reading = CommandSockets(self._open_command_socket, connections)
        self._by_socket = False
        """Asterisk takes commands by WebSocket."""

    async def __aenter__(self) -> Self:
        # No timeout here: the client has one deadline for a request with its retries.
        self._session = aiohttp.ClientSession(
            headers=self._headers,
            timeout=aiohttp.ClientTimeout(total=None),
            connector=aiohttp.TCPConnector(limit=2 * self._connections + 1, keepalive_timeout=_KEEP_ALIVE_S),
        )
        # Else aiohttp silently repeats a DELETE when a connection breaks, and reports its 404; the client knows better.
        self._session._retry_connection = False
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sockets.close()
        self._reading.close()
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def request(self, operation: Operation) -> bytes:
        """Send a request and return the answer's body. Raises what :mod:`ntpd112.pbx.ari.errors` lists."""
        query, body = _encode(operation)
        reads = operation.method == "GET"
        if not reads:
            await self._pass(operation)
        if self._by_socket and not query and (not reads or operation.name in _READ_OF_EVERYBODY):
            sockets = self._reading if reads else self._sockets
            told = await sockets.request(operation.name, operation.method, operation.path, body)
            if told is not None:
                return _content(operation, *told)
        return await self._by_http(operation, query, body)

    async def look_for_sockets(self) -> bool:
        """Find out whether Asterisk takes commands by WebSocket (22.4 and later); until then they go by HTTP."""
        self._sockets.close()  # those of an Asterisk that may be gone
        self._reading.close()
        try:
            async with asyncio.timeout(_KNOWN_WITHIN_S):
                told = await self._sockets.request("asterisk_ping", "GET", "asterisk/ping", None)
        except (TimeoutError, ConnectionLostError):
            told = None
        self._by_socket = told is not None and told[0] < _OK_BELOW
        return self._by_socket

    async def _by_http(self, operation: Operation, query: dict[str, str], body: bytes | None) -> bytes:
        url = URL(f"{self.url}/{operation.path}", encoded=True).with_query(query)
        headers = {"Content-Type": "application/json"} if body is not None else None
        try:
            async with self._open_session().request(operation.method, url, data=body, headers=headers) as answer:
                content = await answer.read()
        except aiohttp.ClientConnectorError as error:
            raise UnreachableError(operation.name, f"no connection to {self.url}: {error.os_error}") from error
        except aiohttp.ClientConnectionError as error:
            raise ConnectionLostError(operation.name, f"connection to {self.url} lost: {error}") from error
        except aiohttp.ClientPayloadError as error:
            raise ConnectionLostError(operation.name, f"answer of {self.url} broke off: {error}") from error
        except aiohttp.ClientError as error:
            raise BadAnswerError(operation.name, f"{self.url} does not speak HTTP: {error}") from error
        return _content(operation, answer.status, content)

    async def upgrade(self, operation: Operation, *, heartbeat_s: float) -> EventSocket:
        """Open a WebSocket that notices within 1.5 times ``heartbeat_s`` that the other side is frozen."""
        await self._pass(operation)  # the socket takes the application from whoever had it
        return await self._open_socket(operation, heartbeat_s)

    async def _open_command_socket(self, app: str) -> EventSocket:
        return await self._open_socket(Operation("command_socket", "GET", "events", {"app": app}), None)

    async def _open_socket(self, operation: Operation, heartbeat_s: float | None) -> EventSocket:
        query, _ = _encode(operation)
        url = URL(f"{self.url}/{operation.path}", encoded=True).with_query(query)
        try:
            return await self._open_session().ws_connect(
                url,
                heartbeat=heartbeat_s,
                max_msg_size=0,
                timeout=ClientWSTimeout(ws_close=_CLOSE_S),
                decode_text=False,
            )
        except aiohttp.WSServerHandshakeError as error:
            raise refusal(operation.name, error.status, error.message.encode()) from error
        except aiohttp.ClientConnectorError as error:
            raise UnreachableError(operation.name, f"no connection to {self.url}: {error.os_error}") from error
        except aiohttp.ClientError as error:
            raise ConnectionLostError(operation.name, f"connection to {self.url} lost: {error}") from error

    async def _pass(self, operation: Operation) -> None:
        if not await self._gate():
            raise FencedError(operation.name, "not sent: another controller serves now")

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("the ARI client is not open: use it within `async with`")
        return self._session


def _content(operation: Operation, status: int, content: bytes) -> bytes:
    if status >= _OK_BELOW:
        raise refusal(operation.name, status, content)
    return content


def _encode(operation: Operation) -> tuple[dict[str, str], bytes | None]:
    given = {name: value for name, value in operation.params.items() if value is not None}
    if operation.method == "GET" or operation.bare:
        query = {name: _query_value(value) for name, value in given.items()}
        return query, None if operation.body is None else msgspec.json.encode(operation.body)
    # Asterisk takes every parameter of a POST, PUT or DELETE from the JSON body too: no 8 kB limit, no second quoting.
    return {}, msgspec.json.encode(given) if given else None


def _query_value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    raise TypeError(f"{value!r} cannot stand in a query: pass text, a number or a list")
