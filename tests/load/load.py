"""A room under load: operators work, the mix calls, and every INVITE is looked for in the records afterwards."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from ntpd112.config.load import load_city
from ntpd112.core.records import CallRecord
from ntpd112.demo.mix import Caller, Crowd
from ntpd112.demo.play import Play
from ntpd112.host.secrets import load_secrets
from ntpd112.web.control import State
from tests.chaos.drill import recorded
from tests.load.citizens import FIRST_PORT, calling, crowd_of, failed
from tests.load.consoles import Seen, watching
from tests.operation.room import Room
from tests.soak.books import Books, balance
from tests.soak.soak import watch

_ENDS_WITHIN_S = 120.0
WITHIN_S = (15.0, 20.0)
"""90 % of calls are to be answered within the first, 95 % within the second (NENA-STA-020)."""


class Rush(Play):
    """The demo's operators, and citizens by the hundred."""

    folder: Path

    async def _let_call(self, calls: asyncio.TaskGroup, length_s: float, stop: asyncio.Event) -> None:
        crowd = self._crowd
        coming = crowd_of(round(crowd.rate * length_s), crowd, self._random)
        ports = iter(range(FIRST_PORT, 65_535))
        async with AsyncExitStack() as stack:
            processes = await stack.enter_async_context(self._calling(coming, crowd.rate, next(ports)))
            for _ in range(int(length_s / crowd.burst_every_s) if crowd.burst else 0):
                await asyncio.sleep(crowd.burst_every_s)
                at_once = crowd_of(crowd.burst, crowd, self._random)
                processes += await stack.enter_async_context(self._calling(at_once, 1000.0, next(ports)))
            async with asyncio.timeout(length_s + _ENDS_WITHIN_S):
                codes = await asyncio.gather(*(process.wait() for process in processes))
        self.tally.troubles += [f"SIPp ended with {code}, see {self.folder}" for code in codes if code]

    def _calling(
        self, callers: list[Caller], rate: float, port: int
    ) -> contextlib.AbstractAsyncContextManager[list[asyncio.subprocess.Process]]:
        for caller in callers:
            self.tally.sent[caller.kind] += 1
            self.tally.numbers[caller.identity.ani] += 1
        return calling(callers, rate, self._network, port, self.folder)


@dataclass(frozen=True)
class Told:
    """What a load found."""

    rate: float
    books: Books
    within: tuple[float, ...]
    """Share of the calls that reached an operator, of those that waited long enough, within each of ``WITHIN_S``."""
    troubles: list[str]
    seen: Seen

    @property
    def failures(self) -> list[str]:
        """Return what may not be."""
        return [*self.books.failures, *self.troubles, *self.seen.failures]


async def load(
    room: Room, length_s: float, crowd: Crowd, seed: int, say: Callable[[str], None], consoles: int = 0
) -> Told:
    """Let people call for so long, while so many consoles look at the room, then count."""
    city = await asyncio.to_thread(load_city, room.settings.city_file)
    passwords = load_secrets(room.folder).sip_passwords
    rush = Rush(room.network, city.city, passwords, city.plan.codes, crowd, seed)
    rush.folder = room.folder.parent / "citizens"
    rush.folder.mkdir()

    def see(state: State) -> None:
        rush.state = state

    async with watching(room.settings, consoles) as seen, asyncio.TaskGroup() as tasks:
        seeing = tasks.create_task(watch(room, see))
        try:
            await rush.run(length_s, asyncio.Event())
        finally:
            seeing.cancel()
    say("everybody has gone home; counting")
    books = await balance(room, rush.tally.numbers)
    within = _within(await recorded(room))
    return Told(crowd.rate, books, within, [*rush.tally.troubles, *failed(rush.folder)], seen)


def _within(records: list[CallRecord]) -> tuple[float, ...]:
    def share(limit_s: float) -> float:
        fair = [one for one in records if one.connected_at is not None or one.ended_at - one.arrived_at > limit_s]
        reached = [one for one in fair if one.connected_at is not None and one.connected_at - one.arrived_at <= limit_s]
        return len(reached) / len(fair) if fair else 1.0

    return tuple(map(share, WITHIN_S))
