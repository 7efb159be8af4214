"""Offers the journal to standbys on other machines: each line is on its way before anything is done about it.

Nobody is waited for. What a follower's connection does not take at once is kept for it up to a bound; who is slower
than that is dropped, and begins anew.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

import structlog

from ntpd112.journal import Journal
from ntpd112.web.feed import Feed
from ntpd112.web.frames import frame
from ntpd112.web.handshake import GREETING, LINE_BYTES, WITHIN_S, is_proven, nonce, proof

log = structlog.get_logger(__name__)

BEHIND_BYTES: Final = 16 << 20
_CHUNK_BYTES: Final = 256 << 10
_AT_ONCE: Final = 8
_LISTEN_AGAIN_S: Final = 2.0
_SEND_WITHIN_S: Final = 30.0


class JournalOffer:
    """Serves the journal of a controller at one address.

    ``key``: known to every controller of the instance. ``process``: the name under which we hold the lease.
    """

    def __init__(
        self,
        address: str,
        port: int,
        key: bytes,
        process: str,
        journal: Journal,
        clock: Callable[[], float],
        alarm: Callable[[str, str], None],
        *,
        behind_bytes: int = BEHIND_BYTES,
    ) -> None:
        self._place = (address, port)
        self._key = key
        self._process = process
        self._journal = journal
        self._clock = clock
        self._alarm = alarm
        self._behind_bytes = behind_bytes
        self._connections = 0
        self._refused: set[str] = set()
        """Who has been told of as a stranger."""
        self.followers = 0
        """Those who have all of it."""

    async def run(self) -> None:
        """Serve until cancelled. An address that cannot be listened at is told, and tried again: calls need it not."""
        is_told = False
        while True:
            try:
                listening = socket.create_server(
                    self._place, family=socket.AF_INET6 if ":" in self._place[0] else socket.AF_INET
                )
            except OSError as error:
                if not is_told:
                    place = f"{self._place[0]}:{self._place[1]}"
                    self._alarm("journal_not_offered", f"no standby elsewhere gets it at {place}: {error.strerror}")
                is_told = True
                await asyncio.sleep(_LISTEN_AGAIN_S)
            else:
                with closing(listening):
                    await self._accept(listening)

    async def _accept(self, listening: socket.socket) -> None:
        listening.setblocking(False)
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as tasks:
            while True:
                try:
                    connection, peer = await loop.sock_accept(listening)
                except OSError as error:  # too many open files, say
                    log.warning("journal_not_offered", reason=str(error))
                    await asyncio.sleep(_LISTEN_AGAIN_S)
                    continue
                if self._connections >= _AT_ONCE:
                    connection.close()
                    continue
                connection.setblocking(False)
                self._connections += 1
                tasks.create_task(self._serve(connection, str(peer[0])), name=f"journal for {peer[0]}")

    async def _serve(self, connection: socket.socket, peer: str) -> None:
        with closing(connection):
            try:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                async with asyncio.timeout(WITHIN_S):
                    is_one_of_us = await self._greet(connection)
                if is_one_of_us:
                    log.info("journal_followed", by=peer)
                    self._refused.discard(peer)
                    await self._give(connection)
                elif peer not in self._refused:
                    self._refused.add(peer)
                    log.warning("journal_refused", by=peer, cure="make secrets.json the same on both machines")
            except (OSError, TimeoutError, ValueError) as error:
                log.warning("journal_no_longer_followed", by=peer, reason=str(error) or "it was too slow")
            finally:
                self._connections -= 1

    async def _greet(self, connection: socket.socket) -> bool:
        loop = asyncio.get_running_loop()
        ours = nonce()
        await loop.sock_sendall(connection, f"{GREETING} {self._process} {ours}\n".encode())
        theirs, _, said = (await _line(connection)).partition(" ")
        if not is_proven(self._key, "follower", self._process, ours, theirs, said):
            return False
        await loop.sock_sendall(connection, f"{proof(self._key, 'offer', self._process, ours, theirs)}\n".encode())
        return True

    async def _give(self, connection: socket.socket) -> None:
        feed = Feed(connection, self._journal.file.name, self._behind_bytes, self._clock)
        file, size = self._journal.file, self._journal.size
        if not size:
            raise ValueError("our disk has refused its beginning, and nobody could go on from the rest")
        self._journal.copies.add(feed.line)  # in the same step: nothing is missing between the two, and nothing twice
        try:
            await self._give_beginning(connection, file, size)
            feed.begin()
            self.followers += 1
            try:
                await feed.watch()
            finally:
                self.followers -= 1
        finally:
            self._journal.copies.discard(feed.line)
            feed.close()

    async def _give_beginning(self, connection: socket.socket, file: Path, size: int) -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(_SEND_WITHIN_S):
            await loop.sock_sendall(connection, frame("begin", file.name))
            for start in range(0, size, _CHUNK_BYTES):
                data = await asyncio.to_thread(_part, file, start, min(_CHUNK_BYTES, size - start))
                await loop.sock_sendall(connection, frame("more", file.name, data))
            await loop.sock_sendall(connection, frame("whole", file.name))


def _part(file: Path, start: int, length: int) -> bytes:
    with file.open("rb") as journal:
        data = os.pread(journal.fileno(), length, start)
    if len(data) < length:
        raise ValueError(f"{file} is shorter than what was written to it")
    return data


async def _line(connection: socket.socket) -> str:
    """Receive one line. Raises ValueError when it is none."""
    received = b""
    while not received.endswith(b"\n"):
        more = await asyncio.get_running_loop().sock_recv(connection, LINE_BYTES - len(received))
        received += more
        if not more or len(received) >= LINE_BYTES:
            raise ValueError("not a follower")
    return received[:-1].decode(errors="replace")
