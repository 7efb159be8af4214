"""Two controllers of one instance: one serves, the other stands by; each is started again when it ends."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import IO, Final

from ntpd112.host.errors import HostError
from ntpd112.settings import Settings
from ntpd112.supervise.controller_process import ControllerProcess, end_leftover
from ntpd112.supervise.delays import STEADY_S, delays
from ntpd112.supervise.pidlock import PidLock
from ntpd112.supervise.words import Say, how_it_ended

_LOOK_EVERY_S: Final = 2.0
_LOOK_WITHIN_S: Final = 3.0
_ALONE_S: Final = 2.0
_HUNG_AFTER: Final = 4
"""Looks without an answer until the controller counts as hung, should the standby not have seen to that."""


class ControllerPair:
    """``say`` hears what an admin has to know. ``words``: see :class:`ControllerProcess`."""

    def __init__(self, settings: Settings, say: Say, words: IO[bytes] | None) -> None:
        self._settings = settings
        self._say = say
        self._lock = PidLock.of_controller(settings)
        self._both = (ControllerProcess(settings, words), ControllerProcess(settings, words))
        self._have_served: set[int] = set()
        """Those that live, or have just died, and were seen to serve."""

    @property
    def pid(self) -> int:
        """Process id of the one that serves; 0 while none does."""
        return self._lock.owner()

    async def start(self) -> None:
        """Start one and return once it serves; then start the standby.

        Raises:
            HostError: it does not serve.
        """
        await end_leftover(self._settings)
        first, second = self._both
        await first.start()
        if not await first.ready():
            self._have_served.add(self.pid)
        await second.start()

    async def stop(self) -> None:
        """Stop the standby, then the one that serves."""
        serving = self.pid
        for process in sorted(self._both, key=lambda process: process.pid == serving):
            await process.stop()

    async def keep(self) -> None:
        """Start again whichever ends, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for process in self._both:
                tasks.create_task(self._keep(process), name=f"keep controller {process.pid}")
            tasks.create_task(self._look(), name="look at the controller")

    async def _keep(self, process: ControllerProcess) -> None:
        waits = delays()
        while True:
            started, pid = time.monotonic(), process.pid
            status = await process.wait()
            if time.monotonic() - started > STEADY_S:
                waits = delays()
            served = pid in self._have_served
            self._have_served.discard(pid)
            self._tell(status, served=served)
            await asyncio.sleep(next(waits))
            if process is self._both[1]:
                await self._let_the_other_one_begin()
            await process.start()
            if served:
                await self._tell_who_serves(process)

    async def _let_the_other_one_begin(self) -> None:
        """When both have ended, callers have somebody sooner if only one of them takes the processor's time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_ALONE_S):
                while not self.pid:  # noqa: ASYNC110  a lock tells nobody
                    await asyncio.sleep(_ALONE_S / 20)

    def _tell(self, status: int, *, served: bool) -> None:
        if not served:
            self._say("warning", f"the standby controller {how_it_ended(status)}; starting it again")
        elif status == 0:
            self._say("info", "the controller has handed over; starting it again as the standby")
        else:
            self._say("error", f"the controller {how_it_ended(status)}; the standby takes over")

    async def _tell_who_serves(self, process: ControllerProcess) -> None:
        try:
            elsewhere = await process.ready()
        except HostError as error:
            self._say("error", str(error))
        else:
            if elsewhere:
                self._say("info", f"the controller at {elsewhere} serves calls; here they stand by")
                return
            self._have_served.add(self.pid)
            self._say("info", f"the controller serves calls again (pid {self.pid})")

    async def _look(self) -> None:
        """Notice a controller that lives and does nothing."""
        silent = 0
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            pid = self.pid
            serving = next((process for process in self._both if process.pid == pid), None)
            if serving is None or await serving.is_well(_LOOK_WITHIN_S):
                silent = 0
                if serving is not None:
                    self._have_served.add(pid)
            elif pid == self.pid:
                silent += 1
            if serving is not None and silent >= _HUNG_AFTER:
                self._say("error", "the controller does not answer any more; ending it (see log/controller.crash)")
                await serving.abort()
                silent = 0
