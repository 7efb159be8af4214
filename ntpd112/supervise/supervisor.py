"""The supervisor of one instance.

Order matters twice. At the start Asterisk comes first: its dialplan serves callers without a controller. At the end
the controller goes first: it gives its waiting callers to that dialplan; then Asterisk, once the calls have ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import IO, Final, Literal

from ntpd112.host.asterisk_process import AsteriskProcess, last_words, running_pid
from ntpd112.host.errors import AsteriskError, HostError
from ntpd112.host.logs import rotate_logs
from ntpd112.host.setup import Ready
from ntpd112.settings import Settings
from ntpd112.supervise.controller_process import ControllerProcess
from ntpd112.supervise.ports import taken_ports

Level = Literal["info", "warning", "error"]
Say = Callable[[Level, str], None]

_DELAYS_S: Final = (0.0, 0.5, 1.0, 2.0, 5.0)
_LAST_DELAY_S: Final = 10.0
_STEADY_S: Final = 30.0
"""Whoever ran for so long starts again with the shortest delay."""
_DRAIN_LOOK_S: Final = 0.2
_LOOK_EVERY_S: Final = 2.0
_LOOK_WITHIN_S: Final = 3.0
_HUNG_AFTER: Final = 4
"""Looks without an answer until the controller counts as hung."""
_AFTER_STUMBLE_S: Final = 1.0
_ROTATE_EVERY_S: Final = 3600.0


class Supervisor:
    """Starts, keeps and stops Asterisk and the controller.

    ``say`` hears what an admin has to know, and must not raise. ``words``: see :class:`ControllerProcess`.
    """

    def __init__(self, settings: Settings, ready: Ready, say: Say, words: IO[bytes] | None = None) -> None:
        self._settings = settings
        self._ready = ready
        self._say = say
        self.asterisk = AsteriskProcess(settings, ready.install)
        self.controller = ControllerProcess(settings, words)

    async def start(self) -> None:
        """Start both and return once calls are served.

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
            await self.controller.start()
            await self.controller.ready()
        except BaseException:
            await self.controller.stop()
            # An Asterisk that ran before us may hold calls.
            if not self.asterisk.adopted:
                await self.asterisk.stop()
            raise

    async def keep(self) -> None:
        """Start again whatever dies, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._always(self._keep_controller), name="keep controller")
            tasks.create_task(self._always(self._keep_asterisk), name="keep asterisk")
            tasks.create_task(self._always(self._look_at_controller), name="look at controller")
            tasks.create_task(self._always(self._rotate), name="rotate logs")

    async def stop(self, drain_s: float, hurry: asyncio.Event) -> None:
        """Stop the controller, then Asterisk: once its calls have ended, after ``drain_s``, or when told to hurry."""
        await self.controller.stop()
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

    async def _keep_controller(self) -> None:
        delays = _delays()
        while True:
            started = time.monotonic()
            status = await self.controller.wait()
            if time.monotonic() - started > _STEADY_S:
                delays = _delays()
            delay = next(delays)
            ended = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
            again = f"in {delay:g} s" if delay else "at once"
            self._say("error", f"the controller {ended}; callers reach operators by the fallback; starting it {again}")
            await asyncio.sleep(delay)
            await self.controller.start()
            try:
                await self.controller.ready()
            except HostError as error:
                self._say("error", str(error))
            else:
                self._say("info", f"the controller serves calls again (pid {self.controller.pid})")

    async def _look_at_controller(self) -> None:
        """Notice a controller that lives and does nothing."""
        silent = 0
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            pid = self.controller.pid
            silent = 0 if not pid or await self.controller.is_well(_LOOK_WITHIN_S) else silent + 1
            if silent >= _HUNG_AFTER and pid == self.controller.pid:
                self._say("error", "the controller does not answer any more; ending it (see log/controller.crash)")
                await self.controller.abort()
                silent = 0

    async def _keep_asterisk(self) -> None:
        delays = _delays()
        while True:
            started = time.monotonic()
            await self.asterisk.wait()
            if time.monotonic() - started > _STEADY_S:
                delays = _delays()
            words = last_words(self.asterisk.layout, 3)
            self._say("error", f"Asterisk ended, and with it every call; starting it again. Its last words:\n{words}")
            while True:
                await asyncio.sleep(next(delays))
                try:
                    await self.asterisk.start()
                except HostError as error:
                    self._say("error", str(error))
                else:
                    self._say("info", f"Asterisk runs again (pid {self.asterisk.pid})")
                    break

    async def _rotate(self) -> None:
        while True:
            await asyncio.sleep(_ROTATE_EVERY_S)
            try:
                await rotate_logs(self.asterisk)
            except (AsteriskError, OSError) as error:
                self._say("warning", f"Asterisk's logs were not rotated: {error}")


class PortsTakenError(HostError):
    """Somebody else has our ports. ``settings``: the environment variables that choose others."""

    def __init__(self, text: str, settings: list[str]) -> None:
        self.settings = settings
        super().__init__(text)


def _delays() -> Iterator[float]:
    yield from _DELAYS_S
    while True:
        yield _LAST_DELAY_S
