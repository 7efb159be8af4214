"""Where the controller that serves takes what the ear finds: a datagram socket in the instance's folder."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from ntpd112.siptrace.findings import AnyFinding, Beat, decode

SILENT_AFTER_S: Final = 4.0
_LONGEST: Final = 1 << 16
_AT_ONCE: Final = 20
"""Datagrams that are read before everything else of the controller has its turn."""


class Receiver:
    """``hear`` takes each finding, ``began`` that an ear has started or is heard for the first time.

    Neither must raise.
    """

    def __init__(self, path: Path, hear: Callable[[AnyFinding], None], began: Callable[[], None]) -> None:
        self._path = path
        self._hear = hear
        self._began = began
        self.last: Beat | None = None
        """What the ear said of itself at last; None when it has said nothing."""
        self._heard_at = self._began_at = -SILENT_AFTER_S

    @property
    def is_alive(self) -> bool:
        """The ear has been heard of lately."""
        return time.monotonic() - self._heard_at < SILENT_AFTER_S

    @property
    def is_expected(self) -> bool:
        """It is alive, or nobody here has listened for long enough to know."""
        return self.is_alive or time.monotonic() - self._began_at < SILENT_AFTER_S

    async def run(self) -> None:
        """Take findings until cancelled. Without the socket there are none, and calls are served as well."""
        loop = asyncio.get_running_loop()
        self._began_at = time.monotonic()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as taking:
            taking.setblocking(False)
            with contextlib.suppress(OSError):
                self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._path.unlink(missing_ok=True)
                taking.bind(str(self._path))
                self._path.chmod(0o600)
            loop.add_reader(taking, self._take, taking)
            try:
                await asyncio.Event().wait()
            finally:
                loop.remove_reader(taking)  # the path may be the next controller's already

    def _take(self, taking: socket.socket) -> None:
        for _ in range(_AT_ONCE):
            try:
                datagram, _, flags, _ = taking.recvmsg(_LONGEST)
            except OSError:
                return
            if flags & socket.MSG_TRUNC:  # no ear of ours sends one so long
                continue
            try:
                findings = decode(datagram)
            except msgspec.DecodeError:
                continue
            self._heard_at = time.monotonic()
            for finding in findings:
                if isinstance(finding, Beat):
                    before, self.last = self.last, finding
                    if before is None or before.ear != finding.ear:
                        self._began()
                else:
                    self._hear(finding)
