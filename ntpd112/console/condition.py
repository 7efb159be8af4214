"""How the controller says it is, asked every few seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec

from ntpd112.settings import Settings
from ntpd112.web.control import Alarm, Condition
from ntpd112.web.link import Link, LinkError

_EVERY_S: Final = 3.0
_WITHIN_S: Final = 2.0


class ConditionWatch:
    """Asks. ``last``: its last answer; None while it gives none.

    ``on_alarm``: hears of each new alarm once; ``on_answer``: of each answer, and of None for each that is missing.
    """

    def __init__(
        self, settings: Settings, on_alarm: Callable[[Alarm], None], on_answer: Callable[[Condition | None], None]
    ) -> None:
        self._settings = settings
        self._on_alarm = on_alarm
        self._on_answer = on_answer
        self.last: Condition | None = None
        self._told_until: float | None = None

    async def run(self) -> None:
        """Ask until cancelled. Why there is no answer is told by who follows the journal."""
        while True:
            try:
                async with Link(self._settings) as link:
                    self._hear(await link.condition(_WITHIN_S))
            except (LinkError, msgspec.MsgspecError):
                self.last = None
                self._on_answer(None)
            await asyncio.sleep(_EVERY_S)

    def _hear(self, condition: Condition) -> None:
        """Take an answer. Alarms from before the first one were another process's to tell."""
        self.last = condition
        latest = max((alarm.at for alarm in condition.alarms), default=0.0)
        if self._told_until is not None:
            for alarm in condition.alarms:
                if alarm.at > self._told_until:
                    self._on_alarm(alarm)
        self._told_until = max(latest, self._told_until or 0.0)
        self._on_answer(condition)
