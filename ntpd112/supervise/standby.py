"""The hot standby: it waits beside the controller that serves, and takes over when that one dies or hangs.

On one machine, who holds the lock in the instance's folder decides, and nobody else. A crash frees the lock at once. A
controller that hangs keeps it, so it is killed first: there are never two. What it leaves is in the journal and at
Asterisk. Between machines a lease decides (:mod:`ntpd112.supervise.far`).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from typing import Final

import structlog

from ntpd112.host.priority import waited_s
from ntpd112.host.service_manager import ServiceManager
from ntpd112.settings import Settings
from ntpd112.supervise.far import FarStandby
from ntpd112.supervise.pidlock import PidLock
from ntpd112.web.link import Link, LinkError

log = structlog.get_logger(__name__)

_LOOK_EVERY_S: Final = 0.05
_ASK_EVERY_S: Final = 0.3
_ANSWER_WITHIN_S: Final = 0.4
_HUNG_AFTER: Final = 3
"""Questions without an answer until the controller counts as hung: 1.5 s at most."""
_OVERLOADED_S: Final = 0.2
"""When our own naps take so much longer than asked for, the machine is slow, and an unanswered question says little."""
_STARVED: Final = 0.3
"""Nor when it wanted to run and got no processor for this part of the time: to start another would make that worse."""
_START_WITHIN_S: Final = 30.0
"""A controller that has never answered is given so long to begin."""


class Standby:
    """Waits for its turn."""

    def __init__(
        self,
        settings: Settings,
        lock: PidLock,
        started_by: int,
        manager: ServiceManager,
        far: FarStandby | None = None,
    ) -> None:
        """``started_by``: pid of the supervisor without whom no new one may stand by; 0: there is none.

        ``far``: stands by for controllers on other machines.
        """
        self._far = far
        self._manager = manager
        self._started_by = started_by
        self._settings = settings
        self._lock = lock
        self._place = PidLock.of_standby(settings)
        """One stands by, further ones wait for that."""
        self._watched = 0
        """The controller that is looked at."""
        self._since = 0.0
        self._has_answered = False
        self._silent = 0

    async def turn(self) -> bool:
        """Return True once the lock is ours; False when our supervisor has died before we could stand by.

        Raises:
            HostError: the folder cannot be written.
        """
        while not self._place.try_take():
            await asyncio.sleep(_LOOK_EVERY_S)
            if self._started_by not in {0, os.getppid()}:
                return False
        if self._started_by not in {0, os.getppid()}:
            return False
        await self._wait_for_lock()
        while self._far is not None and not await self._far.turn(self._lock):
            await self._wait_for_lock()
        self._place.release()
        return True

    async def _wait_for_lock(self) -> None:
        if not self._lock.try_take():
            log.info("standing_by", beside=self._lock.owner())
            self._manager.ready("stands by")
            async with asyncio.TaskGroup() as tasks:
                watching = tasks.create_task(self._watch(), name="watch the active one")
                await _taken(self._lock)
                watching.cancel()
            log.warning("taking_over", after=self._watched)

    async def _watch(self) -> None:
        async with Link(self._settings) as link:
            while True:
                began, pid = time.monotonic(), self._lock.owner()
                waited = waited_s(pid)
                await asyncio.sleep(_ASK_EVERY_S)
                answered = await _answers(link)
                took_s = time.monotonic() - began
                is_starved = waited_s(pid) - waited > _STARVED * took_s
                limit_s = _ASK_EVERY_S + _ANSWER_WITHIN_S + _OVERLOADED_S
                self._judge(self._lock.owner(), answered=answered, fair=took_s < limit_s and not is_starved)

    def _judge(self, pid: int, *, answered: bool, fair: bool) -> None:
        if pid != self._watched:
            self._watched, self._since = pid, time.monotonic()
            self._has_answered, self._silent = False, 0
        if answered:
            if not self._has_answered:
                self._manager.ready(f"stands by, and sees that process {pid} serves")
            self._has_answered, self._silent = True, 0
        elif fair and (self._has_answered or time.monotonic() - self._since > _START_WITHIN_S):
            self._silent += 1
        if self._silent >= _HUNG_AFTER and pid:
            self._silent = 0
            log.error("controller_hung", pid=pid, reason="it answers nothing any more, and is killed")
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


async def _taken(lock: PidLock) -> None:
    while not lock.try_take():  # noqa: ASYNC110  a lock tells nobody
        await asyncio.sleep(_LOOK_EVERY_S)


async def _answers(link: Link) -> bool:
    try:
        await link.alive(_ANSWER_WITHIN_S)
    except LinkError:
        return False
    return True
