"""A controller of forty lines: it claims calls, answers them, and keeps what it hears."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

import aiohttp

from tests.asterisk import Instance

WITHIN_S = 10.0


class Controller:
    """Serves the application ``ntpd112`` while its block lasts. ``claims=False``: connected, but hung."""

    def __init__(self, instance: Instance, *, claims: bool = True, answers: bool = True) -> None:
        self._url = instance.ari_url
        self._headers = {"Authorization": aiohttp.encode_basic_auth("ntpd112", instance.secrets.ari_password)}
        self._claims = claims
        self._answers = answers
        self.events: list[dict[str, Any]] = []
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self._session = await stack.enter_async_context(aiohttp.ClientSession(headers=self._headers))
            self._socket = await self._session.ws_connect(f"{self._url}/events?app=ntpd112")
            stack.push_async_callback(self._socket.close)
            tasks = await stack.enter_async_context(asyncio.TaskGroup())
            stack.callback(tasks.create_task(self._read()).cancel)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.__aexit__(kind, error, trace)

    async def post(self, path: str, **values: str) -> int:
        async with self._session.post(f"{self._url}/{path}", params=values) as answer:
            return answer.status

    async def heard(self, kind: str, count: int = 1) -> list[dict[str, Any]]:
        """Return the events of a type, as soon as there are so many."""
        async with asyncio.timeout(WITHIN_S):
            while len(found := [event for event in self.events if event["type"] == kind]) < count:
                self._changed.clear()
                await self._changed.wait()
        return found

    async def arrival(self, number: int = 1) -> tuple[list[str], dict[str, Any]]:
        """Return arguments and channel of the first (second ...) call given to this controller."""
        event = (await self.heard("StasisStart", number))[number - 1]
        return event["args"], event["channel"]

    async def digits(self, count: int) -> str:
        """Return the keys heard, as soon as there are so many."""
        return "".join(event["digit"] for event in await self.heard("ChannelDtmfReceived", count))

    async def _read(self) -> None:
        async for message in self._socket:
            event = message.json()
            self.events.append(event)
            self._changed.set()
            if event["type"] == "CallBroadcast" and self._claims:
                await self.post("events/claim", channelId=event["channel"]["id"], application="ntpd112")
            elif event["type"] == "StasisStart" and self._answers:
                await self.post(f"channels/{event['channel']['id']}/answer")
