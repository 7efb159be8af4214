"""The room as the controller knows it, in another process: what it writes into its journal is decided again here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from ntpd112.core.messages import Action, Event
from ntpd112.core.switchboard import Switchboard
from ntpd112.journal import JournalError, begun_with
from ntpd112.settings import Settings
from ntpd112.web.link import Link, LinkError

log = structlog.get_logger(__name__)

_AGAIN_S: Final = 0.5


class Replica:
    """Follows whichever controller serves on this machine.

    ``board``: the room, as it was last known; None before any was. ``on_change``: those called after every event,
    and when ``serves`` changes. ``on_action``: those who hear what was decided; nothing is carried out.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.board: Switchboard | None = None
        self.serves = False
        """Whether the controller is there, and so the room is up to date."""
        self.on_change: set[Callable[[], None]] = set()
        self.on_action: set[Callable[[float, Action], None]] = set()

    async def run(self) -> None:
        """Follow until cancelled."""
        said = ""
        while True:
            try:
                await self._follow()
                said = ""
            except (LinkError, JournalError) as error:
                if str(error) != said:
                    log.warning("controller_not_followed", reason=str(error))
                said = str(error)
            finally:
                self._set_serves(False)
            await asyncio.sleep(_AGAIN_S)

    async def _follow(self) -> None:
        board: Switchboard | None = None
        async with Link(self._settings) as link:
            async for now, event in link.journal():
                if board is None:
                    board = self.board = begun_with(event)
                    log.info("controller_followed", calls=len(board.room.calls))
                    self._set_serves(True)
                else:
                    self._decide(board, now, event)

    def _decide(self, board: Switchboard, now: float, event: Event) -> None:
        for action in board.step(now, event):
            for hear in tuple(self.on_action):
                hear(now, action)
        self._changed()

    def _set_serves(self, serves: bool) -> None:
        if self.serves != serves:
            self.serves = serves
            self._changed()

    def _changed(self) -> None:
        for look in tuple(self.on_change):
            look()
