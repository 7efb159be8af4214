"""``restart``: the controller again, in a new version perhaps, and no caller notices."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from typing import Final

from ntpd112.cli.context import program, settings
from ntpd112.cli.output import NOT_RUNNING, WRONG, console, fail
from ntpd112.settings import Settings
from ntpd112.supervise.far import serves_elsewhere
from ntpd112.supervise.pidlock import PidLock
from ntpd112.web.link import Link, LinkError

_WITHIN_S: Final = 30.0
_LOOK_S: Final = 0.1
_STANDBY_WITHIN_S: Final = 10.0
"""One that has just ended is started again."""


def restart() -> None:
    """Start the controller again: it leaves every call to its standby, and stands by itself from then on.

    Twice, for a new version: the first standby is still of the old one.
    """
    chosen = settings()
    pid = PidLock.of_controller(chosen).owner()
    if not pid:
        fail(f"no controller runs in {chosen.state_dir}", f"start it: {program()} up", NOT_RUNNING)
    deadline = time.monotonic() + _STANDBY_WITHIN_S
    while not PidLock.of_standby(chosen).owner():
        if time.monotonic() > deadline:
            if chosen.has_others:
                _leave_to_others(chosen, pid)
                return
            fail("nobody stands by to take over", "`up` starts a standby; see log/up.log and log/standby.log", WRONG)
        time.sleep(_LOOK_S)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGUSR1)
    now = asyncio.run(_another(chosen, pid))
    if not now:
        fail(f"nobody serves after {_WITHIN_S:g} s", f"look: {program()} status, and log/controller.log", WRONG)
    console().print(f"the controller with pid {pid} has handed over to the one with pid {now}")


def _leave_to_others(chosen: Settings, pid: int) -> None:
    """Hand over to another machine."""
    if not asyncio.run(_is_followed(chosen)):
        fail("nobody stands by to take over, neither here nor elsewhere", "see log/controller.log", WRONG)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGUSR1)
    place = asyncio.run(_elsewhere(chosen))
    if not place:
        fail(f"nobody serves after {_WITHIN_S:g} s", "look there: ntpd112 status, and log/standby.log", WRONG)
    console().print(f"the controller with pid {pid} has handed over to the one at {place}")


async def _is_followed(chosen: Settings) -> bool:
    async with Link(chosen) as link:
        with contextlib.suppress(LinkError):
            return bool((await link.state()).health.followers)
    return False


async def _elsewhere(chosen: Settings) -> str:
    """Return where a controller on another machine serves; empty when none does in time."""
    deadline = time.monotonic() + _WITHIN_S
    while not (place := await serves_elsewhere(chosen)) and time.monotonic() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(_LOOK_S)
    return place


async def _another(chosen: Settings, before: int) -> int:
    """Return the pid of the controller that serves after ``before``; 0 when none does in time."""
    deadline = time.monotonic() + _WITHIN_S
    async with Link(chosen) as link:
        while time.monotonic() < deadline:
            with contextlib.suppress(LinkError):
                health = (await link.state()).health
                if health.pid != before and health.ari:
                    return health.pid
            await asyncio.sleep(_LOOK_S)
    return 0
