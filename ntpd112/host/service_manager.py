"""What systemd hears from a process that it started: that it is ready, what it does, that its event loop still runs.

The protocol is sd_notify(3): lines of text to the datagram socket named by ``NOTIFY_SOCKET``. Without that variable,
nobody asked, and everything here does nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator, MutableMapping
from typing import Final

_PING_EVERY: Final = 1 / 3
"""Part of the time that systemd grants between two signs of life."""
_USUAL_S: Final = 10.0


class ServiceManager:
    """Who started us, and wants to know how we are."""

    def __init__(self, environment: MutableMapping[str, str]) -> None:
        """Take ``NOTIFY_SOCKET`` and ``WATCHDOG_USEC`` out of the environment: they are not meant for our children."""
        address = environment.pop("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._ping_every_s = int(environment.pop("WATCHDOG_USEC", 0)) / 1e6 * _PING_EVERY or _USUAL_S
        self._state: dict[str, str] = {}

    def ready(self, status: str) -> None:
        """Tell that the start has succeeded, and what we do now, for ``systemctl status``."""
        self._state = {"READY": "1", "STATUS": status}
        self._tell(self._state)

    def stopping(self, status: str) -> None:
        """Tell that the end has begun."""
        self._state = {"STOPPING": "1", "STATUS": status}
        self._tell(self._state)

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Send a sign of life now and again from the running event loop, for as long as the block lasts."""
        loop = asyncio.get_running_loop()

        def ping() -> None:
            # All of it again each time: what systemd was too busy to take is not lost.
            self._tell({**self._state, "WATCHDOG": "1"})
            self._next = loop.call_later(self._ping_every_s, ping)

        ping()
        try:
            yield
        finally:
            self._next.cancel()

    def _tell(self, state: dict[str, str]) -> None:
        if not self._address:
            return
        text = "\n".join(f"{name}={' '.join(value.split())}" for name, value in state.items())
        kind = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, kind) as sender:
            sender.sendto(text.encode(), self._address)
