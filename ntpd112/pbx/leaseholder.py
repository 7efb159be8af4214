"""Claims, keeps and gives up the lease at Asterisk for one controller (rules: :mod:`ntpd112.pbx.lease`)."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

import structlog

from ntpd112.pbx.ari.client import AriClient
from ntpd112.pbx.ari.errors import AriError
from ntpd112.pbx.contract import ExchangeSettings, ReplacedError
from ntpd112.pbx.lease import FENCED_AFTER_S, RENEW_EVERY_S, SETTLE_S, VARIABLE, Fence, Lease, parse

log = structlog.get_logger(__name__)

_ASKED_WITHIN_S: Final = 0.5
_SETTLE_AGAIN_S: Final = FENCED_AFTER_S + 0.1
"""Should a write of ours have landed late, on somebody who served by then: that one has noticed, or is fenced off."""


def machine_time() -> float:
    """Return seconds that also count while the machine is suspended, and whatever is done to its clock."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Leaseholder:
    """One controller's hand on the lease, over a connection of its own. An async context manager."""

    def __init__(self, settings: ExchangeSettings, instance: str, *, clock: Callable[[], float] = machine_time) -> None:
        """``instance``: see :class:`~ntpd112.pbx.lease.Lease`."""
        self.instance = instance
        self.process = secrets.token_hex(6)
        self.clock = clock
        self.on_opened: Callable[[], None] = lambda: None
        """Told when we may act again."""
        self.journal = ""
        """See :class:`~ntpd112.pbx.lease.Lease`."""
        self._ari = AriClient(
            settings.ari_url, settings.ari_user, settings.ari_password, timeout_s=_ASKED_WITHIN_S, connections=1
        )
        self._fence = Fence()
        self._opened = asyncio.Event()
        self._beat = 0
        self._is_lost = False

    async def __aenter__(self) -> Self:
        await self._ari.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._ari.__aexit__(kind, error, trace)

    def may_act(self) -> bool:
        """Tell whether the lease is surely ours now."""
        return not self._is_lost and self._fence.is_open(self.clock())

    async def gate(self) -> bool:
        """Return once the lease is surely ours: True; or will not be any more: False."""
        while not self.may_act():
            if self._is_lost:
                return False
            self._opened.clear()
            await self._opened.wait()
        return True

    async def look(self) -> str:
        """Return what the variable says. Raises what :mod:`ntpd112.pbx.ari.errors` lists."""
        return (await self._ari.asterisk_get_global_var(variable=VARIABLE)).value

    async def claim(self, free: str, *, at_once: bool = False, settle_s: float = SETTLE_S) -> bool:
        """Take the lease if it still says what was judged ``free``; tell whether it is ours.

        ``at_once``: the former holder is known to be dead; should another machine claim at the same moment, the first
        renewal finds that out. ``settle_s``: who writes us over within that time is the one. Raises what
        :mod:`ntpd112.pbx.ari.errors` lists.
        """
        asked_at = self.clock()
        if await self.look() != free or (written_at := await self._write(asked_at)) is None:
            return False
        if not at_once:
            await asyncio.sleep(settle_s)
            asked_at = self.clock()
            if not self._is_ours(await self.look()) or (written_at := await self._write(asked_at)) is None:
                return False
        self._open(written_at)
        return True

    async def serves(self) -> None:
        """Make it known that our journal tells how the room is from now on; until that is written we may not act.

        Raises:
            ReplacedError: the lease is somebody else's.
        """
        self.journal = f"{self.process}@{self.instance}"
        try:
            await self._renew()
        except AriError as error:
            log.warning("lease_not_renewed", reason=str(error))
            self._fence.shut()  # and opened by keep(), which writes the same

    async def keep(self) -> None:
        """Renew the lease until cancelled.

        Raises:
            ReplacedError: it is somebody else's.
        """
        is_reached = True
        while True:
            await asyncio.sleep(RENEW_EVERY_S)
            try:
                await self._renew()
            except AriError as error:
                if is_reached:
                    log.warning("lease_not_renewed", reason=str(error))
                is_reached = False
            else:
                is_reached = True

    async def release(self) -> None:
        """Let others take the lease at once, if it is ours. Never raises."""
        self._lose()
        try:
            if self._is_ours(await self.look()):
                released = Lease(self.process, self.instance, self._beat, released=True, journal=self.journal)
                await self._ari.asterisk_set_global_var(variable=VARIABLE, value=str(released))
        except AriError as error:
            log.warning("lease_not_released", reason=str(error))

    async def _renew(self) -> None:
        was_open, asked_at = self.may_act(), self.clock()
        text = await self.look()
        if text and not self._is_ours(text):
            self._lose()
            raise ReplacedError(f"another controller serves this Asterisk now: {text}")
        if text and was_open:
            written_at = await self._write(asked_at)
            if written_at is not None:
                self._open(written_at)
        elif await self.claim(text, settle_s=_SETTLE_AGAIN_S):
            # We slept, Asterisk could not be reached, or it has been started again.
            log.warning("lease_claimed_again", reason="nobody else served meanwhile")

    async def _write(self, looked_at: float) -> float | None:
        """Write ourselves; return when that began, or None when it took too long after the look.

        Then whoever claimed meanwhile has looked for the last time.
        """
        began = self.clock()
        if began - looked_at >= SETTLE_S:
            return None
        self._beat += 1
        value = str(Lease(self.process, self.instance, self._beat, journal=self.journal))
        await self._ari.asterisk_set_global_var(variable=VARIABLE, value=value)
        return began if self.clock() - looked_at < SETTLE_S else None

    def _is_ours(self, text: str) -> bool:
        lease = parse(text)
        return lease is not None and lease.process == self.process and not lease.released

    def _open(self, asked_at: float) -> None:
        was_open = self.may_act()
        self._fence.renewed(asked_at)
        self._opened.set()
        if not was_open:
            self.on_opened()

    def _lose(self) -> None:
        self._is_lost = True
        self._fence.shut()
        self._opened.set()
