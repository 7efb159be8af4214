"""Stands between the controller and Asterisk, on real sockets, and makes what happens between real machines happen.

:class:`AriMiddleman` understands HTTP and WebSockets, so that it can spoil single commands and single events;
:class:`AmiMiddleman` forwards bytes. Both can refuse, cut and freeze.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import aiohttp
from aiohttp import web

Spoil = Literal["404", "409", "500", "hang", "reset", "lose the answer", "late"]
"""``reset`` never reaches Asterisk; with ``lose the answer`` Asterisk does it, and the connection breaks; ``late``: it
takes :data:`LATE_S`."""
LATE_S = 0.7
_NOTICED_WITHIN_S = 15.0


@dataclass
class Spoiled:
    """Commands of one kind that go wrong, so many times."""

    command: str
    """A regular expression for ``METHOD path``."""
    how: Spoil
    times: int = 1
    happened: int = 0


def _peers_of(port: int) -> set[int]:
    """Return the ports of those who have a connection with this port of this machine, or have just closed one."""
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    fields = [line.split() for line in lines]
    ends = [(int(local.rpartition(":")[2], 16), int(peer.rpartition(":")[2], 16)) for _, local, peer, *_ in fields]
    gone = {"06", "07"}  # TIME_WAIT, CLOSE: without a process
    return {peer for (own, peer), field in zip(ends, fields, strict=True) if own == port and field[3] not in gone}


class AriMiddleman:
    """An HTTP proxy for ARI at ``listen``; its port is :attr:`port`."""

    def __init__(self, listen: str, target: str, target_port: int) -> None:
        self._listen = listen
        self._target = f"{target}:{target_port}"
        self._sockets: set[web.WebSocketResponse] = set()
        self._pumps: set[asyncio.Task[object]] = set()
        self._target_port = target_port
        self._ports: set[int] = set()
        """Ours of the event sockets to Asterisk."""
        self.survives = False
        """An event socket to Asterisk stays when its controller is gone, as if the machine had vanished."""
        self._thaw = asyncio.Event()
        self._thaw.set()
        self.port = 0
        self.spoiled: list[Spoiled] = []
        self.refuses = False
        """New event sockets are turned away, as by an Asterisk that is not there."""
        self.replace: Callable[[str], str | None] = lambda event: event
        """What becomes of an event on its way: another text, or None when it gets lost."""
        self.commands: list[str] = []

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))
        app = web.Application()
        app.router.add_get("/ari/events", self._events)
        app.router.add_route("*", "/{rest:.*}", self._command)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._listen, 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thaw.set()
        await self.cut()
        await self._runner.cleanup()
        await self._session.close()

    def spoil(self, command: str, how: Spoil, times: int = 1) -> Spoiled:
        """Let commands like this one go wrong."""
        spoiled = Spoiled(command, how, times)
        self.spoiled.append(spoiled)
        return spoiled

    async def cut(self) -> None:
        """Break the event sockets."""
        for task in list(self._pumps):
            task.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    async def noticed(self) -> None:
        """Return once Asterisk has closed every event socket, so that it knows that nobody listens any more."""
        async with asyncio.timeout(_NOTICED_WITHIN_S):
            while self._ports & _peers_of(self._target_port):  # noqa: ASYNC110  the kernel tells nobody
                await asyncio.sleep(0.02)
        self._ports.clear()

    async def say(self, text: str) -> None:
        """Put an event of our own on the sockets."""
        for socket in list(self._sockets):
            await socket.send_str(text)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        if self.refuses:
            return web.Response(status=503)
        near = web.WebSocketResponse()
        url = f"ws://{self._target}{request.path_qs}"
        async with self._session.ws_connect(url, headers=_credentials(request), max_msg_size=0) as far:
            await near.prepare(request)
            self._ports.add(far.get_extra_info("sockname")[1])
            if request.query["app"].startswith("hands"):
                try:
                    await self._carry(near, far)
                finally:
                    if request.transport is not None:
                        request.transport.abort()
                return near
            self._sockets.add(near)
            both = [asyncio.create_task(self._down(far, near)), asyncio.create_task(_up(near))]
            self._pumps.update(both)
            try:
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            finally:
                while self.survives:  # noqa: ASYNC110  tests tell nobody
                    await asyncio.sleep(0.05)
                self._sockets.discard(near)
                for task in both:
                    task.cancel()
                await asyncio.gather(*both, return_exceptions=True)
                self._pumps.difference_update(both)
                if request.transport is not None:
                    request.transport.abort()
        return near

    async def _down(self, far: aiohttp.ClientWebSocketResponse, near: web.WebSocketResponse) -> None:
        async for message in far:
            text = self.replace(message.data)
            if text is not None:
                await near.send_str(text)

    async def _carry(self, near: web.WebSocketResponse, far: aiohttp.ClientWebSocketResponse) -> None:
        """Carry the commands of one socket, one after the other, until one breaks it."""
        async for message in near:
            asked = json.loads(message.data)
            command = f"{asked['method']} {asked['uri']}"
            if command == "POST events/claim":
                command += f"/{json.loads(asked['message_body'])['channelId']}"
            self.commands.append(command)
            how = self._what_happens_to(command)
            if how == "reset":
                return
            if how == "hang":
                await asyncio.sleep(3600)
            if how == "late":
                await asyncio.sleep(LATE_S)
            if how is not None and how.isdigit():
                told = {"type": "RESTResponse", "request_id": asked["request_id"], "status_code": int(how)}
                await near.send_str(json.dumps(told | {"message_body": json.dumps({"message": "spoiled on the way"})}))
                continue
            await far.send_str(message.data)
            answer = await far.receive()
            if how == "lose the answer" or answer.type is not aiohttp.WSMsgType.TEXT:
                return
            await near.send_str(answer.data)

    async def _command(self, request: web.Request) -> web.StreamResponse:
        command = f"{request.method} {request.path.removeprefix('/ari/')}"
        body = await request.read()
        if command == "POST events/claim":
            command += f"/{json.loads(body)['channelId']}"
        self.commands.append(command)
        how = self._what_happens_to(command)
        if how is not None and how.isdigit():
            return web.json_response({"message": "spoiled on the way"}, status=int(how))
        if how == "reset":
            return _broken(request)
        if how == "hang":
            await asyncio.sleep(3600)
        if how == "late":
            await asyncio.sleep(LATE_S)
        url = f"http://{self._target}{request.path_qs}"
        headers = _credentials(request)
        if body:
            headers["Content-Type"] = request.content_type
        async with self._session.request(request.method, url, data=body or None, headers=headers) as answer:
            content = await answer.read()
        if how == "lose the answer":
            return _broken(request)
        return web.Response(status=answer.status, body=content, content_type=answer.content_type)

    def _what_happens_to(self, command: str) -> Spoil | None:
        for spoiled in self.spoiled:
            if spoiled.happened < spoiled.times and re.fullmatch(spoiled.command, command):
                spoiled.happened += 1
                return spoiled.how
        return None


async def _up(near: web.WebSocketResponse) -> None:
    async for _ in near:
        pass  # the controller says nothing on this socket


def _credentials(request: web.Request) -> dict[str, str]:
    return {"Authorization": request.headers["Authorization"]}


def _broken(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


class AmiMiddleman:
    """A TCP proxy for AMI at ``listen``; its port is :attr:`port`."""

    def __init__(self, listen: str, target: str, target_port: int, *, refuses: bool = False) -> None:
        self._listen, self._target, self._target_port = listen, target, target_port
        self._serving: set[asyncio.Task[None]] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self.refuses = refuses
        """New connections are closed at once."""
        self.port = 0
        self.connections = 0
        self.received = bytearray()
        """What has come for Asterisk."""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, self._listen, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        await self.cut()
        await self._server.wait_closed()

    async def cut(self) -> None:
        """Break the connections."""
        tasks = list(self._serving)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def freeze(self) -> None:
        """Forward nothing any more, and break nothing."""
        self._flows.clear()

    def thaw(self) -> None:
        """Undo :meth:`freeze`."""
        self._flows.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        self.connections += 1
        try:
            if not self.refuses:
                await self._forward(reader, writer)
        except asyncio.CancelledError:
            pass  # cut
        finally:
            writer.transport.abort()
            self._serving.discard(task)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(self._target, self._target_port)
        both = [
            asyncio.create_task(self._pump(reader, far_writer, self.received)),
            asyncio.create_task(self._pump(far_reader, writer, bytearray())),
        ]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            far_writer.transport.abort()
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, received: bytearray) -> None:
        while data := await reader.read(65536):
            received += data
            await self._flows.wait()
            writer.write(data)
