"""The hot standby for a controller on another machine: it follows that one's journal, and watches the lease.

Neither lock nor kill reaches another machine. Asterisk is what all of them see, and where it cannot be reached nobody
has to serve: the lease there decides (rules: :mod:`ntpd112.pbx.lease`).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Final

import structlog

from ntpd112.host.errors import HostError
from ntpd112.host.secrets import load_secrets
from ntpd112.host.service_manager import ServiceManager
from ntpd112.pbx.ari.errors import AriError
from ntpd112.pbx.lease import LOOK_EVERY_S, RENEW_EVERY_S, Lease, LeaseWatch, parse
from ntpd112.pbx.leaseholder import Leaseholder
from ntpd112.settings import Settings
from ntpd112.supervise.pidlock import PidLock
from ntpd112.web.follow import Follower
from ntpd112.whereabouts import exchange_settings

log = structlog.get_logger(__name__)

_RENEWED_AFTER_S: Final = 3 * RENEW_EVERY_S
"""By then, a lease that somebody holds says something else."""


class FarStandby:
    """Waits until no controller on another machine serves, and claims the lease then."""

    def __init__(self, lease: Leaseholder, follower: Follower, manager: ServiceManager) -> None:
        self._lease = lease
        self._follower = follower
        self._manager = manager
        self._watch = LeaseWatch(lease.instance, lease.process)
        self._journal = ""
        """Whose journal tells how the room is, as the lease said last."""
        self._status = ""

    async def turn(self, lock: PidLock) -> bool:
        """Return True once the lease is ours; False when somebody else here has the ``lock``, which is ours now.

        While another machine's controller serves, the lock is free: whoever has it is the one who serves here.
        """
        lock.release()
        async with asyncio.TaskGroup() as tasks:
            following: tuple[str, asyncio.Task[None]] | None = None
            while True:
                asked_at = self._lease.clock()
                text = await self._look()
                lease = parse(text) if text is not None else None
                if lease is not None and lease.journal:
                    self._journal = lease.journal
                if text is not None and self._watch.is_free(asked_at, self._lease.clock(), text):
                    is_ours = lock.try_take()
                    if not is_ours or await self._claim(text, lease):
                        if following is not None:
                            following[1].cancel()
                        break
                    lock.release()
                elif lease is not None and (following is None or following[0] != lease.instance):
                    if following is not None:
                        following[1].cancel()
                    following = lease.instance, tasks.create_task(self._follow(lease), name="follow the journal")
                if text is not None:
                    self._tell(lease)
                await asyncio.sleep(LOOK_EVERY_S)
        if is_ours:
            self._begin_with_the_right_journal()
        return is_ours

    async def _look(self) -> str | None:
        try:
            return await self._lease.look()
        except AriError as error:
            self._say("cannot see Asterisk", reason=str(error))
            return None

    async def _claim(self, text: str, lease: Lease | None) -> bool:
        is_successor = (
            lease is not None
            and lease.instance == self._lease.instance
            and lease.process != self._lease.process
            and not lease.released
        )
        self._lease.journal = self._journal
        try:
            return await self._lease.claim(text, at_once=is_successor)
        except AriError as error:
            log.warning("lease_not_claimed", reason=str(error))
            return False

    def _begin_with_the_right_journal(self) -> None:
        if self._has_served_here():
            return
        process, _, place = self._journal.partition("@")
        if not self._follower.has_copy_of(process):
            log.error("taking_over_without_journal", after=place, reason="its journal could not be followed")
            with contextlib.suppress(OSError):
                self._follower.set_aside()
        log.warning("taking_over", after=place)

    def now(self) -> float | None:
        """Return what time it is by the clock of the one who served before, if it was on another machine and told."""
        is_followed = self._follower.has_copy_of(self._journal.partition("@")[0])
        return self._follower.now() if is_followed and not self._has_served_here() else None

    def _has_served_here(self) -> bool:
        """Tell whether who served last, if anybody did, did so in our own folder."""
        return self._journal.partition("@")[2] in ("", self._lease.instance)

    async def _follow(self, lease: Lease) -> None:
        address, _, port = lease.instance.rpartition(":")
        await self._follower.run(address, int(port))

    def _tell(self, lease: Lease | None) -> None:
        if lease is None:
            self._say("waits, as nobody is known to serve")
        else:
            self._say(f"stands by for the controller at {lease.instance}")

    def _say(self, status: str, **more: str) -> None:
        if status != self._status:
            self._status = status
            log.info("far_standby", status=status, **more)
            self._manager.ready(status)


async def serves_elsewhere(settings: Settings) -> str:
    """Return where a controller on another machine serves, as ``address:port``; empty when none does.

    Raises:
        HostError: there are no passwords.
    """
    if not settings.has_others:
        return ""
    own = settings.journal_place
    async with Leaseholder(exchange_settings(settings, load_secrets(settings.state_dir)), own) as eye:
        try:
            before = await eye.look()
            await asyncio.sleep(_RENEWED_AFTER_S)
            now = await eye.look()
        except AriError:
            return ""
    lease = parse(now)
    return lease.instance if lease is not None and now != before and lease.instance != own else ""


def check_place(settings: Settings) -> None:
    """Make sure that our name is ours: a copied one would make two instances one.

    Raises:
        HostError: the address is not of this machine.
    """
    address = settings.journal_address
    with socket.socket(socket.AF_INET if address.version == 4 else socket.AF_INET6) as probe:  # noqa: PLR2004
        try:
            if address.is_unspecified:
                raise OSError(0, "it means every address")
            probe.bind((str(address), 0))
        except OSError as error:
            raise HostError(
                f"journal_address {address} does not name this machine ({error.strerror}): set it to this machine's "
                "own address on the management network"
            ) from error
