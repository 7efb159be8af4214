"""Asterisk kept alive: started or adopted, started again when it dies, stopped once its calls have ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final

from ntpd112.host.asterisk_process import AsteriskProcess, last_words
from ntpd112.host.asterisk_root import AsteriskInstall
from ntpd112.host.errors import AsteriskError, HostError
from ntpd112.host.last_good import keep
from ntpd112.host.logs import give_back_memory, rotate_logs
from ntpd112.host.render import PROBE
from ntpd112.host.secrets import load_secrets
from ntpd112.lifeboat import Ami, rescue
from ntpd112.settings import Settings
from ntpd112.supervise.asterisk_start import start_somehow
from ntpd112.supervise.asterisk_watch import hangs
from ntpd112.supervise.delays import STEADY_S, delays
from ntpd112.supervise.far import serves_elsewhere
from ntpd112.supervise.pidlock import PidLock
from ntpd112.supervise.ports import taken_ports
from ntpd112.supervise.words import Say

_DRAIN_LOOK_S: Final = 0.5
_AFTER_STUMBLE_S: Final = 1.0
ROTATE_EVERY_S: Final = 10.0
_TRIM_EVERY_S: Final = 3600.0


class AsteriskKeeper:
    """``say`` hears what an admin has to know, and must not raise."""

    def __init__(self, settings: Settings, install: AsteriskInstall, reloads: Sequence[str], say: Say) -> None:
        """``reloads``: modules whose configuration has changed, should Asterisk run already."""
        self._settings = settings
        self._reloads = reloads
        self._say = say
        self.asterisk = AsteriskProcess(settings, install)
        self.has_good_etc = False
        """Whether Asterisk has started with its configuration as it is on the disk; not when it ran before us."""

    async def start(self) -> None:
        """Start Asterisk, or adopt the one that runs and let it know of a changed configuration.

        Raises:
            HostError: it does not start, or somebody else has its ports.
        """
        if not await self.asterisk.adopt():
            if taken := await asyncio.to_thread(taken_ports, self._settings):
                raise PortsTakenError("; ".join(map(str, taken)), sorted({port.setting for port in taken}))
            await start_somehow(self.asterisk, self._settings, self._say)
            self.has_good_etc = True
            return
        # Whoever kept it before us may have died while it stopped.
        await self._closing("0", "off")
        if self._reloads:
            await self.asterisk.reload(*self._reloads)

    async def keep_last_good(self) -> None:
        """Keep what the room has opened with for the next time; Asterisk's configuration only if known as good."""
        try:
            await asyncio.to_thread(keep, self._settings, with_etc=self.has_good_etc)
        except OSError as error:
            self._say("warning", f"what the room has opened with cannot be kept for the next time: {error}")

    async def keep(self) -> None:
        """Start it again whenever it ends, and keep its logs short, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(always(self._keep_alive, self._say), name="keep asterisk")
            tasks.create_task(always(self._end_when_hung, self._say), name="look at asterisk")
            tasks.create_task(always(self._rotate, self._say), name="rotate logs")
            tasks.create_task(always(self._tidy, self._say), name="tidy up")

    async def stop(self, drain_s: float, hurry: asyncio.Event) -> None:
        """Stop it: once its calls have ended, after ``drain_s``, or when told to hurry. Stop the controllers first."""
        if drain_s > 0 and (calls := await self._calls()):
            self._say("warning", f"{calls} still in progress: waiting up to {drain_s:g} s for the end")
            await self._drain(drain_s, hurry)
        await self.asterisk.stop()

    async def _calls(self) -> str:
        """Return how many calls Asterisk holds, as ``2 calls``; empty when none."""
        try:
            counted = re.search(r"(\d+) active calls?", await self.asterisk.rx("core show channels count"))
        except AsteriskError:
            return ""
        number = int(counted[1]) if counted else 0
        return f"{number} call{'' if number == 1 else 's'}" if number else ""

    def _rescue(self) -> None:
        """Do what the lifeboat did, gone before us: callers whom nobody serves go to the exchange's queue."""
        settings = self._settings
        try:
            password = load_secrets(settings.state_dir).ami_password
            ami = Ami(str(settings.manage_address), settings.ami_port, password)
            with contextlib.closing(ami):
                rescue(ami)
        except (OSError, HostError) as error:
            self._say("error", f"callers whom no controller serves were not brought to the operators: {error}")

    async def _drain(self, drain_s: float, hurry: asyncio.Event) -> None:
        """Refuse new calls with 503, so that the network brings them elsewhere, and wait for the end of the others.

        The dialplan refuses them. Asterisk's own graceful stop would refuse to ring operators as well, and callers who
        wait would never reach one.
        """
        deadline = time.monotonic() + drain_s
        with contextlib.suppress(AsteriskError):
            await self._closing("1", "on")
        while await self._calls() and time.monotonic() < deadline:
            if not PidLock.of_controller(self._settings).owner() and not await serves_elsewhere(self._settings):
                await asyncio.to_thread(self._rescue)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_DRAIN_LOOK_S):
                    await hurry.wait()
                return

    async def _closing(self, flag: str, maintenance: str) -> None:
        """Refuse new calls, or take them again; the networks' OPTIONS get the same answer. Raises AsteriskError.

        An Asterisk without maintenance mode goes on with 200 to OPTIONS.
        """
        await self.asterisk.rx(f"dialplan set global NTPD_CLOSING {flag}")
        with contextlib.suppress(AsteriskError):
            await self.asterisk.rx(f"pjsip set maintenance {maintenance} {PROBE}")

    async def _keep_alive(self) -> None:
        waits = delays()
        while True:
            started = time.monotonic()
            await self.asterisk.wait()
            if time.monotonic() - started > STEADY_S:
                waits = delays()
            words = last_words(self.asterisk.layout, 3)
            self._say("error", f"Asterisk ended, and with it every call; starting it again. Its last words:\n{words}")
            while True:
                await asyncio.sleep(next(waits))
                try:
                    await start_somehow(self.asterisk, self._settings, self._say)
                except HostError as error:
                    self._say("error", str(error))
                else:
                    self._say("info", f"Asterisk runs again (pid {self.asterisk.pid})")
                    break

    async def _end_when_hung(self) -> None:
        while True:
            await hangs(self._settings)
            if not (pid := self.asterisk.pid):
                continue
            self._say("error", f"Asterisk (pid {pid}) has answered nothing for long, and is killed")
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    async def _rotate(self) -> None:
        await self._again_and_again(ROTATE_EVERY_S, partial(rotate_logs, self.asterisk))

    async def _tidy(self) -> None:
        await self._again_and_again(_TRIM_EVERY_S, partial(give_back_memory, self.asterisk))

    async def _again_and_again(self, every_s: float, tidy: Callable[[], Awaitable[object]]) -> None:
        while True:
            await asyncio.sleep(every_s)
            try:
                await tidy()
            except (AsteriskError, OSError) as error:
                self._say("warning", f"Asterisk was not tidied up: {error}")


async def always(keep: Callable[[], Awaitable[None]], say: Say) -> None:
    """Go on with a duty, whatever goes wrong: our end would be the end of every call."""
    while True:
        try:
            await keep()
        except Exception as error:  # noqa: BLE001  the one place where nothing may pass
            say("error", f"supervision stumbled, and goes on: {type(error).__name__}: {error}")
            await asyncio.sleep(_AFTER_STUMBLE_S)


class PortsTakenError(HostError):
    """Somebody else has our ports. ``settings``: the environment variables that choose others."""

    def __init__(self, text: str, settings: list[str]) -> None:
        self.settings = settings
        super().__init__(text)
