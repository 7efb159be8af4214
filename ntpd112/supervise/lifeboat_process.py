"""The lifeboat as a child process."""

from __future__ import annotations

import asyncio
import signal
import time
from typing import IO, Final

from ntpd112.settings import Settings
from ntpd112.supervise.child import Child
from ntpd112.supervise.delays import STEADY_S, delays
from ntpd112.supervise.words import Say, how_it_ended

_STOP_WITHIN_S: Final = 1.0


class LifeboatProcess(Child):
    """It holds nothing, so it may be ended and started at any moment."""

    def __init__(self, settings: Settings, say: Say, words: IO[bytes] | None) -> None:
        where = (str(settings.manage_address), str(settings.ami_port), str(settings.state_dir))
        super().__init__(settings, ("-m", "ntpd112.lifeboat", *where, str(settings.lifeboat_after_s)), words)
        self._say = say

    async def keep(self) -> None:
        """Start it again whenever it ends, until cancelled."""
        waits = delays()
        while True:
            started = time.monotonic()
            status = await self.wait()
            if time.monotonic() - started > STEADY_S:
                waits = delays()
            self._say("warning", f"the lifeboat {how_it_ended(status)}; starting it again")
            await asyncio.sleep(next(waits))
            await self.start()

    async def stop(self) -> None:
        """End it."""
        await self.end(signal.SIGTERM, _STOP_WITHIN_S)
