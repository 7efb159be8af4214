"""The controller as a child process: found well or not, and ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path
from typing import IO, Final

from ntpd112.host.errors import HostError
from ntpd112.settings import Settings
from ntpd112.supervise.child import Child
from ntpd112.supervise.far import serves_elsewhere
from ntpd112.supervise.pidlock import PidLock
from ntpd112.web.link import Link, LinkError

READY_WITHIN_S: Final = 20.0
STOP_WITHIN_S: Final = 20.0
"""Letting go of callers takes up to 3 s, writing the last records up to 10 s."""
_LOOK_S: Final = 0.1
_ABORT_WITHIN_S: Final = 1.0
_LAST_WORDS: Final = 12


class ControllerProcess(Child):
    """One controller; it stands by while another serves."""

    def __init__(self, settings: Settings, words: IO[bytes] | None = None) -> None:
        super().__init__(settings, ("-m", "ntpd112", "run", "--standby", "--started-by", str(os.getpid())), words)

    async def ready(self) -> str:
        """Return once it serves calls: nothing, or where a controller on another machine does, for which it stands by.

        Raises:
            HostError: it ended, or does not serve calls in time.
        """
        try:
            async with asyncio.timeout(READY_WITHIN_S), Link(self._settings) as link:
                while not await _serves(link):
                    if not self.pid:
                        raise HostError(f"the controller ended at once:\n{self.last_words()}")
                    await asyncio.sleep(_LOOK_S)
                    if place := await serves_elsewhere(self._settings):
                        return place
        except TimeoutError:
            raise HostError(
                f"the controller does not serve calls after {READY_WITHIN_S:g} s; callers reach operators without it. "
                f"Its last words:\n{self.last_words()}"
            ) from None
        return ""

    async def is_well(self, within_s: float) -> bool:
        """Tell whether it answers."""
        async with Link(self._settings) as link:
            try:
                await link.state(within_s)
            except LinkError:
                return False
        return True

    async def abort(self) -> None:
        """End one that hangs; it writes first where it hangs."""
        await self.end(signal.SIGABRT, _ABORT_WITHIN_S)

    async def stop(self) -> None:
        """Let it give its waiting callers to the fallback and write its records, and end."""
        await self.end(signal.SIGTERM, STOP_WITHIN_S)

    def last_words(self) -> str:
        """Return the end of its log."""
        log = log_file(self._settings)
        try:
            return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LAST_WORDS:])
        except OSError:
            return f"(it wrote nothing to {log})"


async def end_leftover(settings: Settings) -> bool:
    """End what a supervisor that was killed has left, but Asterisk: it may be of an older version. False: nothing."""
    left = (
        PidLock.of_lifeboat(settings),
        PidLock.of_ear(settings),
        PidLock.of_standby(settings),
        PidLock.of_controller(settings),
    )
    return any([await _end_owner(lock) for lock in left])


async def _end_owner(lock: PidLock) -> bool:
    pid = lock.owner()
    if not pid:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    try:
        async with asyncio.timeout(STOP_WITHIN_S):
            while lock.owner() == pid:  # noqa: ASYNC110  a process that is not our child tells nobody
                await asyncio.sleep(_LOOK_S)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return True


async def _serves(link: Link) -> bool:
    try:
        return (await link.state()).health.ari
    except LinkError:
        return False


def log_file(settings: Settings, *, standby: bool = False) -> Path:
    """Return where the controller logs; while it stands by, elsewhere."""
    return settings.state_dir / "log" / ("standby.log" if standby else "controller.log")
