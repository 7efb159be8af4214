"""Asterisk's security events, over AMI: who failed to sign in where no SIP message tells of it.

A connection of the ear's own, with a name that may read these events and do nothing else (``manager.conf``). Asterisk
is never waited for: without a connection there are no such events, and another attempt follows.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

USER: Final = "ntpd112-ear"
AGAIN_S: Final = 5.0
_WITHIN_S: Final = 1.0
_LONGEST: Final = 1 << 16
_QUIET: Final = {"SuccessfulAuth", "ChallengeSent"}


@dataclass(frozen=True, slots=True)
class Failure:
    """Somebody was turned away. ``kind``: Asterisk's name of the event; ``service``: AMI or PJSIP."""

    kind: str
    service: str
    account: str
    source: str


class Manager:
    """One connection after the other."""

    def __init__(self, host: str, port: int, secret: str) -> None:
        self._where = (host, port)
        self._secret = secret
        self.socket: socket.socket | None = None
        self._text = b""
        self._next_at = 0.0

    def keep(self, now: float) -> None:
        """Connect when there is no connection and the time has come. Never raises."""
        if self.socket is not None or now < self._next_at:
            return
        self._next_at = now + AGAIN_S
        login = f"Action: Login\r\nUsername: {USER}\r\nSecret: {self._secret}\r\nEvents: security\r\n\r\n"
        with contextlib.suppress(OSError):
            made = socket.create_connection(self._where, _WITHIN_S)
            try:
                made.sendall(login.encode())
                made.setblocking(False)
            except OSError:
                made.close()
                raise
            self.socket, self._text = made, b""

    def news(self) -> Iterator[Failure]:
        """Yield what has come. Never raises, and never waits."""
        if self.socket is None:
            return
        try:
            came = self.socket.recv(_LONGEST)
        except BlockingIOError:
            return
        except OSError:
            came = b""
        if not came:
            self.socket.close()
            self.socket = None
            return
        *whole, self._text = (self._text + came).split(b"\r\n\r\n")
        self._text = self._text[-_LONGEST:]
        yield from (failure for block in whole if (failure := failure_of(block)) is not None)


def failure_of(block: bytes) -> Failure | None:
    """Read one message of AMI; None when it tells of no failure."""
    text = block.decode("utf-8", "replace")
    fields = dict(line.partition(": ")[::2] for line in text.splitlines())
    kind = fields.get("Event", "")
    if not kind or kind in _QUIET or "Service" not in fields:
        return None
    parts = fields.get("RemoteAddress", "").split("/")  # IPV4/TCP/10.0.0.1/5038
    source = parts[2] if len(parts) > 2 else ""  # noqa: PLR2004  family, transport, address
    return Failure(kind[:40], fields["Service"][:20], fields.get("AccountID", "")[:60], source[:60])
