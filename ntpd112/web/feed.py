"""One follower of the journal: takes lines, waits for nothing.

The socket is written to by hand and not by a stream: a line is in the kernel when the step that wrote it returns,
before anything is done about it, and is sent even if this process ends a moment later.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

from ntpd112.web.frames import ALIVE_EVERY_S, frame


class Feed:
    """One follower's connection: takes lines, waits for nothing."""

    def __init__(self, connection: socket.socket, name: str, behind_bytes: int, clock: Callable[[], float]) -> None:
        self._connection = connection
        self._name = name
        self._behind_bytes = behind_bytes
        self._clock = clock
        self._behind = bytearray()
        self._has_begun = False
        self._is_writing = False
        self._over = asyncio.Event()
        self._why: OSError | None = None
        self._loop = asyncio.get_running_loop()

    def line(self, name: str, line: bytes) -> None:
        """Send a line of the file of this name. Never raises."""
        if name != self._name:
            self._name = name
            self._send(frame("begin", name) + frame("more", name, line) + frame("whole", name))
        else:
            self._send(frame("more", name, line))

    def begin(self) -> None:
        """Let the lines go that have come so far: what was before them has been sent."""
        self._has_begun = True
        self._go_on()

    async def watch(self) -> None:
        """Return, or raise OSError, when the follower is gone."""
        while not self._over.is_set():
            if not self._behind:
                self._send(frame("alive", "-", f"{self._clock():.6f}".encode()))
            with suppress(TimeoutError):
                async with asyncio.timeout(ALIVE_EVERY_S):
                    if not await self._loop.sock_recv(self._connection, 1):
                        return
        if self._why is not None:
            raise self._why

    def close(self) -> None:
        """Stop sending."""
        self._over.set()
        if self._is_writing:
            self._loop.remove_writer(self._connection)
            self._is_writing = False

    def _send(self, data: bytes) -> None:
        if self._over.is_set():
            return
        self._behind += data
        self._go_on()
        if len(self._behind) > self._behind_bytes:
            self._drop(OSError(f"it is more than {self._behind_bytes} bytes behind"))

    def _go_on(self) -> None:
        """Hand to the kernel what it takes."""
        if not self._has_begun:
            return
        try:
            while self._behind:
                del self._behind[: self._connection.send(self._behind)]
        except BlockingIOError:
            pass
        except OSError as error:
            self._drop(error)
            return
        if bool(self._behind) != self._is_writing:
            self._is_writing = bool(self._behind)
            if self._is_writing:
                self._loop.add_writer(self._connection, self._go_on)
            else:
                self._loop.remove_writer(self._connection)

    def _drop(self, why: OSError) -> None:
        self._why = why
        self.close()
        self._behind.clear()
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)  # ends the waiting for a word of the follower's
