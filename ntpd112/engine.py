"""The one task that owns the switchboard: events in, actions out, hence no locks."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from ntpd112.core.clock_step import ClockStepped
from ntpd112.core.messages import Action, Event, ServiceResumed, TimePassed
from ntpd112.core.snapshot import take
from ntpd112.core.switchboard import Switchboard
from ntpd112.journal import Journal

_GRAIN_S: Final = 0.001
"""uvloop counts milliseconds and rounds: a timer that fires a little early is set again, some dozens of times."""


class Engine:
    """Takes events from anywhere in the event loop's thread and hands the actions to ``perform``.

    ``perform`` must neither block nor await; ``watchers`` are told after each event, for live views. Nothing is decided
    before :class:`ServiceResumed`: until then nobody knows what the deadlines of a room that was left are worth. Nor
    while ``may_decide`` says no, for somebody else may serve: whoever finds that nobody does calls :meth:`wake`.
    """

    def __init__(
        self,
        switchboard: Switchboard,
        journal: Journal,
        clock: Callable[[], float],
        perform: Callable[[Action], None],
        may_decide: Callable[[], bool] = lambda: True,
        set_clock: Callable[[float], None] = lambda _: None,
    ) -> None:
        """``set_clock``: sets ``clock`` by so many seconds; done in the step in which the room moves with it."""
        self.switchboard = switchboard
        self._journal = journal
        self._clock = clock
        self._perform = perform
        self._may_decide = may_decide
        self._set_clock = set_clock
        self._inbox: deque[Event] = deque()
        self._wake = asyncio.Event()
        self.is_resumed = False
        self.watchers: set[Callable[[], None]] = set()

    def submit(self, event: Event) -> None:
        """Put an event into the inbox."""
        if isinstance(event, ServiceResumed):
            self._inbox.appendleft(event)
            self.is_resumed = True
        else:
            self._inbox.append(event)
        self.wake()

    def wake(self) -> None:
        """Go on with what had to wait."""
        if self.is_resumed:
            self._wake.set()

    async def run(self) -> None:
        """Decide until cancelled."""
        loop = asyncio.get_running_loop()
        timer: asyncio.TimerHandle | None = None
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                self._take_all()
                if timer is not None:
                    timer.cancel()
                deadline = self.switchboard.next_deadline()
                if deadline is not None and self._may_decide():
                    timer = loop.call_later(max(0.0, deadline - self._clock()) + _GRAIN_S, self.submit, TimePassed())
        finally:
            if timer is not None:
                timer.cancel()

    def _take_all(self) -> None:
        while self._inbox and self._may_decide():
            event = self._inbox.popleft()
            if isinstance(event, ClockStepped):
                self._set_clock(event.by_s)
            now = self._clock()
            self._journal.append(now, event)
            for action in self.switchboard.step(now, event):
                self._perform(action)
            if self._journal.wants_anew:
                self._journal.anew(now, take(self.switchboard.room))
            for watcher in tuple(self.watchers):
                watcher()
