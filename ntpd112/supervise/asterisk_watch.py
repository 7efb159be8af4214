"""An eye on an Asterisk that lives and does nothing: frozen, or stuck to the last thread.

It has two doors, AMI and HTTP. While either answers, calls may be served and nobody touches it: its end is the end of
every call. When both are silent for long, no controller can do anything, callers hear nothing, and an end is the cure.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

import aiohttp

from ntpd112.settings import Settings

_LOOK_EVERY_S: Final = 2.0
_ANSWER_WITHIN_S: Final = 2.0
_FAIR_S: Final = 0.5
"""When our own nap takes so much longer than asked for, the machine is slow, and silence says little."""


class Silence:
    """How long it has been silent. A pure judgement: instants are arguments."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._since: float | None = None

    def judge(self, now: float, *, answered: bool, fair: bool) -> bool:
        """Take note of a look; tell whether it has been silent for too long."""
        if answered or not fair:
            self._since = None
        elif self._since is None:
            self._since = now
        return self._since is not None and now - self._since >= self._limit_s


async def hangs(settings: Settings) -> None:
    """Return when Asterisk has answered nothing for ``asterisk_hung_s``; never, when that is 0."""
    if settings.asterisk_hung_s <= 0:
        await asyncio.Event().wait()
    silence = Silence(settings.asterisk_hung_s)
    while True:
        began = time.monotonic()
        await asyncio.sleep(_LOOK_EVERY_S)
        fair = time.monotonic() - began < _LOOK_EVERY_S + _FAIR_S
        answered = await _answers(lambda: _by_http(settings)) or await _answers(lambda: _by_ami(settings))
        if silence.judge(time.monotonic(), answered=answered, fair=fair):
            return


async def _answers(ask: Callable[[], Awaitable[None]]) -> bool:
    """Tell whether there was an answer. A closed port is one: the kernel gives it for a process that is not there."""
    try:
        async with asyncio.timeout(_ANSWER_WITHIN_S):
            await ask()
    except TimeoutError:
        return False
    except (OSError, aiohttp.ClientError):
        return True
    return True


async def _by_http(settings: Settings) -> None:
    """Any answer will do, a refusal as well."""
    async with aiohttp.ClientSession() as session, session.get(settings.ari_url):
        pass


async def _by_ami(settings: Settings) -> None:
    """Its greeting will do: a thread of Asterisk's says it."""
    reader, writer = await asyncio.open_connection(str(settings.manage_address), settings.ami_port)
    try:
        await reader.readline()
    finally:
        writer.close()
