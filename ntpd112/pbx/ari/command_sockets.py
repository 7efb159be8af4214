"""Carries commands over WebSockets, at a fifth of what an HTTP request costs us.

Asterisk (22.4 and later) serves the requests of one WebSocket strictly one after the other, so that one which blocks
would stall all others: a socket carries one command at a time, and there are as many as are needed at once.

Whoever waited longer for an operator has to be rung for first, and Asterisk's threads do in any order what reaches them
side by side: so few commands go at once, first come first served, unless those few take long.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Final

import aiohttp
import msgspec
import structlog
from aiohttp import WSMsgType

from ntpd112.pbx.ari.base import EventSocket
from ntpd112.pbx.ari.errors import AriError, ConnectionLostError

log = structlog.get_logger(__name__)

_PREFIX: Final = "hands"
"""Applications have to be named; these hear nothing, and no call is offered to them."""
_ENDED: Final = (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR)
_OPENED_AT_ONCE: Final = 8
"""Asterisk lets ten connections wait to be taken (``listen()`` in ``main/tcptls.c``). The kernel forgets those beyond,
which knock again after a second: a second in which a caller's phone does not ring."""
_SIDE_BY_SIDE: Final = 6
"""With as many as came, a hundred phones rang in an order of their own, and the last of them later than with six."""
_PATIENCE_S: Final = 0.25
"""So long a command waits for one of the six: they may wait for something themselves, such as the end of a prompt."""
_encode = msgspec.json.Encoder().encode


class _Request(msgspec.Struct, tag="RESTRequest"):
    """As Asterisk's ``res/ari/ari_websocket_requests.c`` reads it."""

    request_id: str
    method: str
    uri: str
    content_type: str = "application/json"
    message_body: str = ""


class _Answer(msgspec.Struct):
    type: str
    request_id: str = ""
    status_code: int = 0
    message_body: str = ""


_decode = msgspec.json.Decoder(_Answer).decode


class CommandSockets:
    """Keeps sockets open. ``open_socket``: opens one for an application."""

    def __init__(self, open_socket: Callable[[str], Awaitable[EventSocket]], most: int) -> None:
        """``most``: sockets at once, and so commands in flight."""
        self._open_socket = open_socket
        self._idle: list[EventSocket] = []
        self._in_flight = asyncio.Semaphore(most)
        self._turns = asyncio.Semaphore(_SIDE_BY_SIDE)
        self._opening = asyncio.Semaphore(_OPENED_AT_ONCE)
        self._names = (f"{_PREFIX}-{secrets.token_hex(4)}-{number}" for number in count(1))
        self._ids = count(1)

    def close(self) -> None:
        """Close those that carry nothing."""
        idle, self._idle = self._idle, []
        for socket in idle:
            _drop(socket)

    async def request(self, name: str, method: str, path: str, body: bytes | None) -> tuple[int, bytes] | None:
        """Send a command and return the answer's status and body; None when it was not sent, and may go otherwise.

        Raises:
            ConnectionLostError: it may have been done, or not.
        """
        request_id = str(next(self._ids))
        request = _Request(request_id, method, path, message_body=body.decode() if body else "")
        text = _encode(request)
        has_turn = await self._turn()
        try:
            async with self._in_flight:
                return await self._carry(name, request_id, text)
        finally:
            if has_turn:
                self._turns.release()

    async def _carry(self, name: str, request_id: str, text: bytes) -> tuple[int, bytes] | None:
        socket = await self._send(text)
        if socket is None:
            return None
        answer = None
        try:
            answer = await _answered(socket, request_id)
        finally:
            if answer is None:
                _drop(socket)
        if answer is None:
            raise ConnectionLostError(name, "the command socket was closed before the answer")
        self._idle.append(socket)
        return answer.status_code, answer.message_body.encode()

    async def _turn(self) -> bool:
        """Wait for one's turn, but not for ever; tell whether it came. Mostly it is there, and nothing else is done."""
        if not self._turns.locked():
            return await self._turns.acquire()
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await self._turns.acquire()
        except TimeoutError:
            return False

    async def _send(self, text: bytes) -> EventSocket | None:
        """Send over a socket that stands; return it, or None without one."""
        socket = await self._send_by_idle(text)
        if socket is not None:
            return socket
        async with self._opening:
            # While we waited here, others have become idle.
            socket = await self._send_by_idle(text)
            if socket is not None:
                return socket
            try:
                socket = await self._open_socket(next(self._names))
            except AriError as error:
                log.debug("no_command_socket", reason=str(error))
                return None
        return socket if await _sent(socket, text) else None

    async def _send_by_idle(self, text: bytes) -> EventSocket | None:
        while self._idle:
            socket = self._idle.pop()
            if await _sent(socket, text):
                return socket
        return None


async def _sent(socket: EventSocket, text: bytes) -> bool:
    """Tell whether it was sent: over a socket that Asterisk has closed meanwhile nothing is."""
    try:
        await socket.send_frame(text, WSMsgType.TEXT)
    except (ConnectionError, aiohttp.ClientError):
        _drop(socket)
        return False
    return True


async def _answered(socket: EventSocket, request_id: str) -> _Answer | None:
    """Wait for the answer; None when the socket ends before, or says what nobody understands."""
    while True:
        message = await socket.receive()
        if message.type in _ENDED:
            return None
        if message.type is WSMsgType.TEXT:
            try:
                answer = _decode(message.data)
            except msgspec.MsgspecError:
                return None
            if answer.type == "RESTResponse" and answer.request_id == request_id:
                return answer


def _drop(socket: EventSocket) -> None:
    """Close it at once, without a goodbye for which nobody here waits: aiohttp has no public way."""
    socket._response.close()
