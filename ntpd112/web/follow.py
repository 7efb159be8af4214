"""Follows the journal of a controller on another machine: the same lines, in a file of the same name, in our folder.

A file that is fetched anew takes the place of the former copy only once it is whole. The file ``followed`` beside them
says of whom the copy is.
"""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Final, NoReturn

import structlog

from ntpd112.journal import KEPT_BYTES, is_later, journals, remove_oldest, set_aside
from ntpd112.web.frames import SILENT_AFTER_S, header
from ntpd112.web.handshake import GREETING, LINE_BYTES, WITHIN_S, is_proven, nonce, proof

log = structlog.get_logger(__name__)

_AGAIN_S: Final = 0.5


class Follower:
    """Keeps a copy in ``folder``. ``key``: known to every controller of the instance."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self._key = key
        self._copy = Copy(folder)
        self._offset: float | None = None
        """From our monotonic clock to the time of day by the other one's."""

    def has_copy_of(self, process: str) -> bool:
        """Tell whether the journal in our folder is this process's."""
        return self._copy.process == process

    def now(self) -> float | None:
        """Return what time it is by the clock of whom we followed last; None when nobody has told."""
        return None if self._offset is None else self._offset + time.monotonic()

    def set_aside(self) -> None:
        """Let no journal in our folder be begun with: none is of the one who served last. Raises OSError."""
        set_aside(journals(self._copy.folder))

    async def run(self, address: str, port: int) -> None:
        """Follow whoever offers a journal there, until cancelled; connect again whenever that ends."""
        said = ""
        while True:
            why = await self._follow(address, port)
            if why != said:
                log.warning("journal_not_followed", address=address, port=port, reason=why)
                said = why
            await asyncio.sleep(_AGAIN_S)

    async def _follow(self, address: str, port: int) -> str:
        """Return why it has ended."""
        try:
            async with asyncio.timeout(WITHIN_S):
                reader, writer = await asyncio.open_connection(address, port, limit=1 << 20)
        except (OSError, TimeoutError) as error:
            return f"no connection: {error!r}"
        try:
            async with asyncio.timeout(WITHIN_S):
                process = await self._greet(reader, writer)
            log.info("journal_followed", of=process, address=address, port=port)
            await self._take(reader, process)
        except asyncio.IncompleteReadError:
            return "closed by the other side; perhaps secrets.json differs"
        except TimeoutError:
            return "the other side is silent"
        except (OSError, ValueError, asyncio.LimitOverrunError) as error:
            return str(error)
        finally:
            self._copy.close()
            writer.transport.abort()

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
        greeting, process, theirs = (await _line(reader)).split(" ")
        if greeting != GREETING:
            raise ValueError("no journal of this version is offered there")
        ours = nonce()
        writer.write(f"{ours} {proof(self._key, 'follower', process, theirs, ours)}\n".encode())
        if not is_proven(self._key, "offer", process, theirs, ours, await _line(reader)):
            raise ValueError("who offers a journal there does not know our secrets")
        return process

    async def _take(self, reader: asyncio.StreamReader, process: str) -> NoReturn:
        while True:
            async with asyncio.timeout(SILENT_AFTER_S):
                kind, name, length = header(await reader.readuntil(b"\n"))
                data = await reader.readexactly(length)
            if kind == "begin":
                self._copy.begin(name)
            elif kind == "more":
                self._copy.add(data)
            elif kind == "whole":
                self._copy.complete(process)
            else:
                self._offset = float(data) - time.monotonic()


class Copy:
    """The files of a copy. Every method but :meth:`close` may raise OSError."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._mark = folder / "followed"
        self._fd: int | None = None
        self._name = ""

    @property
    def process(self) -> str:
        """Whose journal it is; empty when nobody knows."""
        try:
            return self._mark.read_text(encoding="ascii")
        except (OSError, ValueError):
            return ""

    def begin(self, name: str) -> None:
        """Begin a file beside the one that is there."""
        self.close()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._name = name
        for torn in self.folder.glob("*.part"):
            torn.unlink()
        self._fd = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def add(self, data: bytes) -> None:
        """Append to it."""
        if self._fd is None:
            raise ValueError("bytes of a file that has not begun")
        while data:
            data = data[os.write(self._fd, data) :]

    def complete(self, process: str) -> None:
        """Put it in place, and let none of an earlier reign be taken for the latest."""
        file = self.folder / self._name
        self._part.replace(file)
        set_aside(other for other in journals(self.folder) if is_later(other, file))
        if self.process != process:
            self._mark.write_text(process, encoding="ascii")
        remove_oldest(self.folder, KEPT_BYTES, file)

    def close(self) -> None:
        """Add nothing more."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    @property
    def _part(self) -> Path:
        return self.folder / f"{self._name}.part"


async def _line(reader: asyncio.StreamReader) -> str:
    line = await reader.readuntil(b"\n")
    if len(line) > LINE_BYTES:
        raise ValueError("not a journal that is offered there")
    return line[:-1].decode()
