"""The ARI client: every operation of Asterisk's description as a typed method, with a deadline and safe retries."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Self, TypeVar

from pydantic import ValidationError

from ntpd112.pbx.ari.base import EventSocket, Operation
from ntpd112.pbx.ari.errors import (
    AriTimeoutError,
    BadAnswerError,
    ConflictError,
    ConnectionLostError,
    NotFoundError,
    ServerError,
)
from ntpd112.pbx.ari.generated import Operations
from ntpd112.pbx.ari.transport import HttpTransport
from ntpd112.pbx.gate import Gate, always_open

T = TypeVar("T")

_SENT_AGAIN = ("channels/", "bridges/")
"""What stays to be found until somebody ends it. A short playback may be over before we look: never played twice."""


class AriClient(Operations):
    """Sends commands to one Asterisk: ``async with AriClient(...) as ari: await ari.channels_answer(channel_id=...)``.

    Each method takes keyword arguments named as in Asterisk's description, in Python's spelling, and returns a model of
    :mod:`ntpd112.pbx.ari.generated` or None. It raises what :mod:`ntpd112.pbx.ari.errors` lists.

    What is repeated when a connection breaks before the answer: GET; DELETE (then "not found" means done); and a POST
    which makes a channel or bridge of an id we chose, after a GET told that it does not exist. Nothing else: the caller
    decides, knowing that the outcome is unknown. ``timeout_s`` is the deadline of a method with all its repetitions.
    """

    def __init__(
        self,
        url: str,
        username: str,
        password: str,
        *,
        timeout_s: float,
        connections: int = 40,
        gate: Gate = always_open,
    ) -> None:
        """``url``: where ARI is, such as ``http://127.0.0.1:8088/ari``. ``gate``: passed by what changes something."""
        self._transport = HttpTransport(url, username, password, connections=connections, gate=gate)
        self._timeout_s = timeout_s

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.__aexit__(kind, error, trace)

    @property
    def url(self) -> str:
        """Where this client sends to."""
        return self._transport.url

    async def open_events(self, app: str, *, heartbeat_s: float) -> EventSocket:
        """Open the event socket of an application. :class:`~ntpd112.pbx.ari.events.EventStream` does more."""
        operation = Operation("events_event_websocket", "GET", "events", {"app": app})
        socket = await self._within_time(operation, self._transport.upgrade(operation, heartbeat_s=heartbeat_s))
        await self.prefer_sockets()
        return socket

    async def prefer_sockets(self) -> bool:
        """Send commands by WebSocket from now on if Asterisk takes them so; tell whether it does."""
        return await self._transport.look_for_sockets()

    async def _upgrade(self, operation: Operation) -> EventSocket:
        return await self._within_time(operation, self._transport.upgrade(operation, heartbeat_s=self._timeout_s))

    async def _call(self, operation: Operation, read: Callable[[bytes], T]) -> T:
        body = await self._within_time(operation, self._send(operation))
        try:
            return read(body)
        except ValidationError as error:
            raise BadAnswerError(operation.name, f"unexpected answer: {error}") from error

    async def _within_time(self, operation: Operation, answer: Coroutine[None, None, T]) -> T:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await answer
        except TimeoutError as error:
            raise AriTimeoutError(operation.name, f"no answer from {self.url} within {self._timeout_s:g} s") from error

    async def _send(self, operation: Operation) -> bytes:
        try:
            return await self._transport.request(operation)
        except ConnectionLostError:
            if operation.method == "GET":
                return await self._transport.request(operation)
            if operation.method == "DELETE":
                return await self._delete_again(operation)
            if operation.creates is None:
                raise
            return await self._create_again(operation, operation.creates)
        except ConflictError as error:
            if operation.creates is None or "already exists" not in error.reason:
                raise
            raise await self._judged(error, operation.creates) from error

    async def _delete_again(self, operation: Operation) -> bytes:
        try:
            return await self._transport.request(operation)
        except NotFoundError:
            return b""  # the first request did it, or somebody else: gone is what was wanted

    async def _create_again(self, operation: Operation, place: str) -> bytes:
        found = await self._look(place)
        if found is not None:
            return found
        if place.startswith(_SENT_AGAIN):
            return await self._transport.request(operation)
        raise ConnectionLostError(
            operation.name, "connection lost before the answer, and it cannot be found (any more)"
        )

    async def _judged(self, conflict: ConflictError, place: str) -> ConflictError | ServerError:
        # Asterisk's "already exists" is sticky: after one genuine case, later failures on the same connection repeat it
        # (its ast_channel_errno() is per thread and never reset, main/channel.c). Only a GET tells which one this is.
        if await self._look(place) is not None:
            return conflict
        return ServerError(
            conflict.operation, 500, "Asterisk could not create it, and gave an earlier request's reason"
        )

    async def _look(self, place: str) -> bytes | None:
        try:
            return await self._transport.request(Operation("verify", "GET", place, {}))
        except NotFoundError:
            return None
