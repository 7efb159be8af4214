"""An alarm when Asterisk is so old that it lacks security fixes."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Final

from ntpd112.host.asterisk_root import find_asterisk
from ntpd112.host.errors import HostError
from ntpd112.host.renewal import age
from ntpd112.settings import Settings

_EVERY_S: Final = 86_400.0


async def watch_age(settings: Settings, alarm: Callable[[str, str], None]) -> None:
    """Look once a day until cancelled; where Asterisk runs elsewhere, somebody looks there."""
    while settings.asterisk_is_here:
        if text := await asyncio.to_thread(_age, settings):
            alarm("asterisk_old", text)
        await asyncio.sleep(_EVERY_S)


def _age(settings: Settings) -> str:
    with contextlib.suppress(HostError, OSError):
        install = find_asterisk(settings.asterisk, settings.cache_dir)
        if install is not None:
            return age(install, settings.cache_dir, time.time())
    return ""
