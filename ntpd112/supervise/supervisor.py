"""The supervisor of one instance.

Order matters twice. At the start Asterisk comes first: its dialplan serves callers without a controller. At the end
the controller goes first: it gives its waiting callers to that dialplan; then Asterisk, once the calls have ended.
"""

from __future__ import annotations

import asyncio
from typing import IO

from ntpd112.host.errors import HostError
from ntpd112.host.setup import Ready
from ntpd112.settings import Settings
from ntpd112.supervise.asterisk_keeper import AsteriskKeeper, always
from ntpd112.supervise.kept_process import console, ear, lifeboat
from ntpd112.supervise.pair import ControllerPair
from ntpd112.supervise.words import Say


class Supervisor:
    """Starts, keeps and stops Asterisk and the controllers.

    ``say`` hears what an admin has to know, and must not raise. ``words``: see :class:`ControllerProcess`.
    """

    def __init__(self, settings: Settings, ready: Ready, say: Say, words: IO[bytes] | None = None) -> None:
        self._settings = settings
        self._say = say
        self._keeper = AsteriskKeeper(settings, ready.install, ready.rendered.reloads, say)
        self.asterisk = self._keeper.asterisk
        self.controllers = ControllerPair(settings, say, words)
        self.lifeboat = lifeboat(settings, say, words)
        self.ear = ear(settings, say, words) if settings.has_ear else None
        self.console = console(settings, say, words) if settings.console_port else None

    async def start(self) -> None:
        """Start everything and return once calls are served: by Asterisk alone, when the controllers do not start.

        Raises:
            HostError: Asterisk does not start; nothing of ours runs then.
        """
        try:
            await self._keeper.start()
            await self._keeper.keep_last_good()
            await self._start_the_others()
        except BaseException:
            for beside in (self.console, self.ear):
                if beside is not None:
                    await beside.stop()
            await self.lifeboat.stop()
            await self.controllers.stop()
            # An Asterisk that ran before us may hold calls.
            if not self.asterisk.adopted:
                await self.asterisk.stop()
            raise

    async def _start_the_others(self) -> None:
        """Start what calls can do without."""
        others = [self.controllers.start, self.lifeboat.start]
        others += [beside.start for beside in (self.ear, self.console) if beside is not None]
        for start in others:
            try:
                await start()
            except (HostError, OSError) as error:
                self._say("error", f"{error}\nMeanwhile Asterisk answers 112 by itself and rings the operators")

    async def keep(self) -> None:
        """Start again whatever dies, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(always(self.controllers.keep, self._say), name="keep controllers")
            tasks.create_task(always(self.lifeboat.keep, self._say), name="keep lifeboat")
            tasks.create_task(self._keeper.keep(), name="keep asterisk")
            if self.ear is not None:
                tasks.create_task(always(self.ear.keep, self._say), name="keep ear")
            if self.console is not None:
                tasks.create_task(always(self.console.keep, self._say), name="keep console")

    async def stop(self, drain_s: float, hurry: asyncio.Event) -> None:
        """Stop the controller, then Asterisk: once its calls have ended, after ``drain_s``, or when told to hurry."""
        await self.lifeboat.stop()
        await self.controllers.stop()
        for beside in (self.console, self.ear):
            if beside is not None:
                await beside.stop()
        await self._keeper.stop(drain_s, hurry)
