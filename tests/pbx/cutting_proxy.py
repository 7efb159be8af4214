"""Stands between a client and Asterisk and loses answers: the request arrives, the connection breaks."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self


class CuttingProxy:
    """Forwards TCP. While :attr:`cuts` is above 0, the next answer is swallowed and its connection closed instead."""

    def __init__(self, listen: str, target: str, target_port: int) -> None:
        self._listen, self._target, self._target_port = listen, target, target_port
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()
        self.port = 0
        self.cuts = 0
        self.requests: list[str] = []
        """First lines of what went through; of a WebSocket's frame, which is masked, nothing can be read."""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, self._listen, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        far_reader, far_writer = await asyncio.open_connection(self._target, self._target_port)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._requests(reader, far_writer))
                both.create_task(self._answers(far_reader, writer))
        except* (ConnectionError, _ClosedError):
            pass
        finally:
            for end in (writer, far_writer):
                end.close()
            self._serving.discard(task)

    async def _requests(self, reader: asyncio.StreamReader, far: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            self.requests.append(data.split(b"\r\n", 1)[0].decode(errors="replace"))
            far.write(data)
        raise _ClosedError

    async def _answers(self, far: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await far.read(65536):
            if self.cuts > 0:
                self.cuts -= 1
                raise _ClosedError
            writer.write(data)
        raise _ClosedError


class _ClosedError(Exception):
    """One side is gone."""
