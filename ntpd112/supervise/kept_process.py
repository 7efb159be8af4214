"""A child process that holds nothing, so that it may be ended and started at any moment: lifeboat, ear, console."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Sequence
from typing import IO

from ntpd112.settings import Settings
from ntpd112.supervise.child import Child
from ntpd112.supervise.delays import STEADY_S, delays
from ntpd112.supervise.words import Say, how_it_ended


class KeptProcess(Child):
    """``name``: what it is called when something is said of it. ``arguments``: of Python."""

    def __init__(
        self,
        settings: Settings,
        name: str,
        arguments: Sequence[str],
        say: Say,
        words: IO[bytes] | None,
        stop_within_s: float = 1.0,
    ) -> None:
        super().__init__(settings, arguments, words)
        self._name = name
        self._say = say
        self._stop_within_s = stop_within_s

    async def keep(self) -> None:
        """Start it again whenever it ends, until cancelled."""
        waits = delays()
        while True:
            started = time.monotonic()
            status = await self.wait()
            if time.monotonic() - started > STEADY_S:
                waits = delays()
            self._say("warning", f"the {self._name} {how_it_ended(status)}; starting it again")
            await asyncio.sleep(next(waits))
            await self.start()

    async def stop(self) -> None:
        """End it."""
        await self.end(signal.SIGTERM, self._stop_within_s)


def lifeboat(settings: Settings, say: Say, words: IO[bytes] | None) -> KeptProcess:
    """Return the lifeboat, not started yet."""
    where = (str(settings.manage_address), str(settings.ami_port), str(settings.state_dir))
    arguments = ("-m", "ntpd112.lifeboat", *where, str(settings.lifeboat_after_s))
    return KeptProcess(settings, "lifeboat", arguments, say, words)


def ear(settings: Settings, say: Say, words: IO[bytes] | None) -> KeptProcess:
    """Return the ear, not started yet."""
    where = (str(settings.manage_address), str(settings.trace_port), str(settings.state_dir))
    sip = (str(settings.sip_address), str(settings.sip_port))
    return KeptProcess(settings, "ear", ("-m", "ntpd112.siptrace", *where, *sip), say, words)


def console(settings: Settings, say: Say, words: IO[bytes] | None) -> KeptProcess:
    """Return the console, not started yet."""
    arguments = ("-m", "ntpd112", "console", "--started-by", str(os.getpid()))
    return KeptProcess(settings, "console", arguments, say, words, stop_within_s=3.0)
