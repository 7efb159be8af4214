"""An eye on how near to its limits the room is, so that somebody acts before calls are refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

_LOOK_EVERY_S = 2.0
_MANY = 0.8
_FEW = 0.6
"""Parts of the most calls: where the alarm is raised, and where it ends."""

Alarm = Callable[[str, str], None]


class LoadWatch:
    """Tells when the room is nearly full, and when Asterisk falls behind with SIP requests."""

    def __init__(
        self, most_calls: int, calls: Callable[[], int], backlog: Callable[[], Awaitable[int]], alarm: Alarm
    ) -> None:
        """``calls``: how many there are; ``backlog``: SIP requests that wait beyond what Asterisk finds normal."""
        self._most_calls = most_calls
        self._calls = calls
        self._backlog = backlog
        self._alarm = alarm
        self._is_nearly_full = False
        self._is_behind = False

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            self._judge_calls(self._calls())
            self._judge_backlog(await self._backlog())
            await asyncio.sleep(_LOOK_EVERY_S)

    def _judge_calls(self, calls: int) -> None:
        if calls >= _MANY * self._most_calls and not self._is_nearly_full:
            self._is_nearly_full = True
            self._alarm(
                "room_nearly_full",
                f"{calls} of {self._most_calls} calls are here; further ones will be refused with 503. "
                "More operators, or a neighbour's room, or a higher most_calls if this machine bears it",
            )
        elif calls <= _FEW * self._most_calls and self._is_nearly_full:
            self._is_nearly_full = False
            self._alarm("room_has_place", f"{calls} of {self._most_calls} calls are here")

    def _judge_backlog(self, waiting: int) -> None:
        if waiting and not self._is_behind:
            self._alarm("sip_overloaded", f"Asterisk falls behind: {waiting} SIP requests wait to be looked at")
        self._is_behind = waiting > 0
