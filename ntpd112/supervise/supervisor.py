"""The supervisor of one instance.

Order matters twice. At the start Asterisk comes first: its dialplan serves callers without a controller. At the end
the controller goes first: it gives its waiting callers to that dialplan; then Asterisk, once the calls have ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Awaitable, Callable
from typing import IO, Final

from ntpd112.host.asterisk_process import AsteriskProcess, last_words, running_pid
from ntpd112.host.errors import AsteriskError, HostError
from ntpd112.host.logs import give_back_memory, rotate_logs
from ntpd112.host.setup import Ready
from ntpd112.settings import Settings
from ntpd112.supervise.delays import STEADY_S, delays
from ntpd112.supervise.lifeboat_process import LifeboatProcess
from ntpd112.supervise.pair import ControllerPair
from ntpd112.supervise.ports import taken_ports
from ntpd112.supervise.words import Say

_DRAIN_LOOK_S: Final = 0.2
_AFTER_STUMBLE_S: Final = 1.0
_TIDY_EVERY_S: Final = 3600.0


class Supervisor:
    """Starts, keeps and stops Asterisk and the controllers.

    ``say`` hears what an admin has to know, and must not raise. ``words``: see :class:`ControllerProcess`.
    """

    def __init__(self, settings: Settings, ready: Ready, say: Say, words: IO[bytes] | None = None) -> None:
        self._settings = settings
        self._ready = ready
        self._say = say
        self.asterisk = AsteriskProcess(settings, ready.install)
        self.controllers = ControllerPair(settings, say, words)
        self.lifeboat = LifeboatProcess(settings, say, words)

    async def start(self) -> None:
        """Start everything and return once calls are served.

        Raises:
            HostError: one of them does not start; nothing of ours runs then.
        """
        try:
            if not await self.asterisk.adopt():
                if taken := await asyncio.to_thread(taken_ports, self._settings):
                    raise PortsTakenError("; ".join(map(str, taken)), sorted({port.setting for port in taken}))
                await self.asterisk.start()
            elif self._ready.rendered.reloads:
                await self.asterisk.reload(*self._ready.rendered.reloads)
            await self.controllers.start()
            await self.lifeboat.start()
        except BaseException:
            await self.lifeboat.stop()
            await self.controllers.stop()
            # An Asterisk that ran before us may hold calls.
            if not self.asterisk.adopted:
                await self.asterisk.stop()
            raise

    async def keep(self) -> None:
        """Start again whatever dies, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._always(self.controllers.keep), name="keep controllers")
            tasks.create_task(self._always(self.lifeboat.keep), name="keep lifeboat")
            tasks.create_task(self._always(self._keep_asterisk), name="keep asterisk")
            tasks.create_task(self._always(self._tidy), name="tidy up")

    async def stop(self, drain_s: float, hurry: asyncio.Event) -> None:
        """Stop the controller, then Asterisk: once its calls have ended, after ``drain_s``, or when told to hurry."""
        await self.lifeboat.stop()
        await self.controllers.stop()
        if drain_s > 0 and (calls := await self.calls()):
            self._say("warning", f"{calls} still in progress: waiting up to {drain_s:g} s for the end")
            await self._drain(drain_s, hurry)
        await self.asterisk.stop()

    async def calls(self) -> str:
        """Return how many calls Asterisk holds, as ``2 calls``; empty when none."""
        try:
            counted = re.search(r"(\d+) active calls?", await self.asterisk.rx("core show channels count"))
        except AsteriskError:
            return ""
        number = int(counted[1]) if counted else 0
        return f"{number} call{'' if number == 1 else 's'}" if number else ""

    async def _drain(self, drain_s: float, hurry: asyncio.Event) -> None:
        """Refuse new calls with 503, so that the network brings them elsewhere, and wait for the end of the others."""
        deadline = time.monotonic() + drain_s
        with contextlib.suppress(AsteriskError):
            # It hangs up on the console that told it so.
            await self.asterisk.rx("core stop gracefully")
        while running_pid(self.asterisk.layout) and time.monotonic() < deadline:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_DRAIN_LOOK_S):
                    await hurry.wait()
                return

    async def _always(self, keep: Callable[[], Awaitable[None]]) -> None:
        """Go on with a duty, whatever goes wrong: our end would be the end of every call."""
        while True:
            try:
                await keep()
            except Exception as error:  # noqa: BLE001  the one place where nothing may pass
                self._say("error", f"supervision stumbled, and goes on: {type(error).__name__}: {error}")
                await asyncio.sleep(_AFTER_STUMBLE_S)

    async def _keep_asterisk(self) -> None:
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
                    await self.asterisk.start()
                except HostError as error:
                    self._say("error", str(error))
                else:
                    self._say("info", f"Asterisk runs again (pid {self.asterisk.pid})")
                    break

    async def _tidy(self) -> None:
        while True:
            await asyncio.sleep(_TIDY_EVERY_S)
            try:
                await rotate_logs(self.asterisk)
                await give_back_memory(self.asterisk)
            except (AsteriskError, OSError) as error:
                self._say("warning", f"Asterisk's logs were not rotated: {error}")


class PortsTakenError(HostError):
    """Somebody else has our ports. ``settings``: the environment variables that choose others."""

    def __init__(self, text: str, settings: list[str]) -> None:
        self.settings = settings
        super().__init__(text)
