"""Carries requests to Asterisk's HTTP server, one attempt each.

Retrying is decided in :mod:`ntpd112.pbx.ari.client`. Events come over a WebSocket opened here; commands do not, because
Asterisk serves one WebSocket's requests strictly one after the other.
"""

from __future__ import annotations

from base64 import b64encode
from types import TracebackType
from typing import Self

import aiohttp
import msgspec
from aiohttp import ClientWSTimeout
from yarl import URL

from ntpd112.pbx.ari.base import EventSocket, Operation
from ntpd112.pbx.ari.errors import BadAnswerError, ConnectionLostError, FencedError, UnreachableError, refusal
from ntpd112.pbx.gate import Gate, always_open

_KEEP_ALIVE_S = 10.0
"""Shorter than the 15 s after which Asterisk closes an idle connection (``session_keep_alive`` in http.conf)."""
_CLOSE_S = 1.0
"""How long a closing WebSocket waits for Asterisk's goodbye."""
_OK_BELOW = 400


class HttpTransport:
    """Keeps connections to one Asterisk alive and sends each request once. Use it as an async context manager."""

    def __init__(
        self, url: str, username: str, password: str, *, connections: int = 20, gate: Gate = always_open
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

    async def __aenter__(self) -> Self:
        # No timeout here: the client has one deadline for a request with its retries.
        self._session = aiohttp.ClientSession(
            headers=self._headers,
            timeout=aiohttp.ClientTimeout(total=None),
            connector=aiohttp.TCPConnector(limit=self._connections + 1, keepalive_timeout=_KEEP_ALIVE_S),
        )
        # Else aiohttp silently repeats a DELETE when a connection breaks, and reports its 404; the client knows better.
        self._session._retry_connection = False
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def request(self, operation: Operation) -> bytes:
        """Send a request and return the answer's body. Raises what :mod:`ntpd112.pbx.ari.errors` lists."""
        if operation.method != "GET":
            await self._pass(operation)
        query, body = _encode(operation)
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
        if answer.status >= _OK_BELOW:
            raise refusal(operation.name, answer.status, content)
        return content

    async def upgrade(self, operation: Operation, *, heartbeat_s: float) -> EventSocket:
        """Open a WebSocket that notices within 1.5 times ``heartbeat_s`` that the other side is frozen."""
        await self._pass(operation)  # the socket takes the application from whoever had it
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
