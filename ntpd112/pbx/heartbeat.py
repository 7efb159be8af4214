"""The controller's sign of life at Asterisk: for the lifeboat, and for the dialplan, which asks a busy one again.

By the clock of Asterisk's machine, as the dialplan reads it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog

from ntpd112.pbx.ari.client import AriClient
from ntpd112.pbx.ari.errors import AriError

log = structlog.get_logger(__name__)

_EVERY_S: Final = 0.25
"""The dialplan takes a controller without a beat for 0.9 s for a hung one."""
_VARIABLE: Final = "NTPD_HB"
_PING_TIME: Final = "%Y-%m-%dT%H:%M:%S.%f%z"


class Heartbeat:
    """Beats while ``is_alive`` says so. ``is_here``: Asterisk runs on this machine."""

    def __init__(self, ari: AriClient, is_alive: Callable[[], bool], *, is_here: bool) -> None:
        self._ari = ari
        self._is_alive = is_alive
        self._is_here = is_here

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            if self._is_alive():
                await self.beat()
            await asyncio.sleep(_EVERY_S)

    async def beat(self) -> None:
        """Beat once. Never raises."""
        try:
            await self._ari.asterisk_set_global_var(variable=_VARIABLE, value=str(await self.now_ms()))
        except (AriError, ValueError) as error:
            log.warning("heartbeat_failed", reason=str(error))

    async def now_ms(self) -> int:
        """Return the time by the clock of Asterisk's machine. Raises AriError, or ValueError when it tells no time."""
        if self._is_here:
            return int(time.time() * 1000)
        told = (await self._ari.asterisk_ping()).timestamp
        return int(datetime.strptime(told, _PING_TIME).timestamp() * 1000)  # noqa: DTZ007  its format has %z
