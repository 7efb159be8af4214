"""Starting Asterisk with what there is, and with what was good before when Asterisk itself does not start with it.

The causes are told apart. A port that somebody has, an address that this machine lacks or a full disk say nothing
against the configuration or against the copy of Asterisk: they are said with their cure, and neither is exchanged. An
Asterisk that ends, or does not boot, first gets its last good configuration; the copy is exchanged for the former one
only when it does not run with that either.
"""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from ntpd112.host.asterisk_process import AsteriskProcess
from ntpd112.host.errors import BootError, HostError
from ntpd112.host.last_good import restore_etc
from ntpd112.host.renewal import go_back, take_back
from ntpd112.settings import Settings
from ntpd112.supervise.words import Say


async def start_somehow(asterisk: AsteriskProcess, settings: Settings, say: Say) -> None:
    """Start Asterisk, if need be with what was good the last time.

    Raises:
        HostError: it does not start. The first cause, if nothing helped.
    """
    try:
        await _start(asterisk)
    except BootError as error:
        failure = error
    else:
        return
    if await _has_last_good(settings):
        say("error", f"{failure}\nStarting with its last good configuration")
        with contextlib.suppress(BootError):
            await _start(asterisk)
            return
    if settings.asterisk != "machine" and await _has_former(settings.cache_dir):
        say("error", f"{failure}\nStarting with the former copy of Asterisk")
        try:
            await _start(asterisk)
        except BaseException:
            await asyncio.to_thread(take_back, settings.cache_dir)  # it was not the copy
            raise
        return
    raise failure


async def _start(asterisk: AsteriskProcess) -> None:
    """Start it. Raises HostError, for a disk that refuses what it needs, too."""
    try:
        await asterisk.start()
    except OSError as error:
        raise HostError(f"Asterisk cannot be started: {error}; free the disk or its rights") from error


async def _has_last_good(settings: Settings) -> bool:
    """Put the last good configuration in place; tell whether it is another one."""
    try:
        return bool(await asyncio.to_thread(restore_etc, settings))
    except (HostError, OSError):
        return False


async def _has_former(cache_dir: Path) -> bool:
    """Put the former copy in place, if there is one."""
    try:
        return await asyncio.to_thread(go_back, cache_dir)
    except OSError:
        return False
