"""Supervisors' ears: a snoop channel on the operator's phone, in a bridge of its own with the supervisor's.

The bridge of the conversation is touched only when a supervisor joins it. Ids: the snoop's begins with the leg's
(``<leg>.s<n>``), and so does the bridge's (``<leg>.b<n>``). Each change makes both anew, and no channel is moved from
one bridge to another: in a bridge that was used before, Asterisk lets the supervisor hear, but not be heard.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from ntpd112.core.commands import Listening
from ntpd112.core.messages import Listen
from ntpd112.pbx.ari.client import AriClient
from ntpd112.pbx.ari.errors import AriError

_ENTERS_S: Final = 1.0

AtLast = Callable[[str], Awaitable[None]]
"""Ends something that may be gone already."""


@dataclass(slots=True, eq=False)
class _Ear:
    mode: Listening | None = None
    bridge_id: str = ""
    """Where the supervisor is: beside the conversation, or in its bridge."""
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    """The snoop channel can be used."""
    snoop_id: str = ""
    """Empty in the conversation's bridge."""


class Overhear:
    """What supervisors' legs hear. ``app``: where snoop channels are at home."""

    def __init__(
        self, ari: AriClient, app: str, bridge_of: Callable[[str], str], hang_up: AtLast, destroy_bridge: AtLast
    ) -> None:
        """``bridge_of``: the bridge of a call's conversation; empty when there is none."""
        self._ari = ari
        self._app = app
        self._bridge_of = bridge_of
        self._hang_up = hang_up
        self._destroy_bridge = destroy_bridge
        self._ears: dict[str, _Ear] = {}

    def __len__(self) -> int:
        return len(self._ears)

    def snoops(self) -> frozenset[str]:
        """Return the channels that are in use, or about to be."""
        return frozenset(ear.snoop_id for ear in self._ears.values())

    def entered(self, snoop_id: str) -> None:
        """Take note that a snoop channel can be used."""
        ear = self._ears.get(snoop_id.rpartition(".s")[0])
        if ear is not None and ear.snoop_id == snoop_id:
            ear.entered.set()

    async def listen(self, action: Listen) -> None:
        """Let a leg hear, and be heard. Raises what :mod:`ntpd112.pbx.ari.errors` lists."""
        ear = self._ears.setdefault(action.leg_id, _Ear())
        if action.mode == "barge":
            await self._join(action, ear)
        elif ear.mode != action.mode:
            await self._leave(action.leg_id, ear)
            await self._snoop(action, ear)
        ear.mode = action.mode

    async def _join(self, action: Listen, ear: _Ear) -> None:
        bridge_id = self._bridge_of(action.call_id)
        if not bridge_id:
            raise AriError("listen", "the conversation has no bridge")
        if ear.bridge_id != bridge_id:
            await self._leave(action.leg_id, ear)
            await self._ari.bridges_add_channel(bridge_id=bridge_id, channel=[action.leg_id])
            ear.bridge_id = bridge_id

    async def _snoop(self, action: Listen, ear: _Ear) -> None:
        number = secrets.randbelow(10**9)
        snoop_id, bridge_id = f"{action.leg_id}.s{number}", f"{action.leg_id}.b{number}"
        ear.snoop_id, ear.bridge_id = snoop_id, bridge_id
        ear.entered.clear()
        await self._ari.channels_snoop_channel_with_id(
            channel_id=action.to,
            snoop_id=snoop_id,
            app=self._app,
            app_args="snoop",
            spy="both",
            whisper="out" if action.mode == "whisper" else "none",
        )
        await self._ari.bridges_create_with_id(bridge_id=bridge_id, type="mixing", name=action.leg_id)
        await self._is_there(ear)
        await self._ari.bridges_add_channel(bridge_id=bridge_id, channel=[action.leg_id, snoop_id])

    @staticmethod
    async def _is_there(ear: _Ear) -> None:
        try:
            async with asyncio.timeout(_ENTERS_S):
                await ear.entered.wait()
        except TimeoutError:
            raise AriError("listen", "the snoop channel did not come") from None

    async def leave(self, leg_id: str) -> None:
        """Let a leg hear nothing any more, as it is to be somewhere else."""
        ear = self._ears.pop(leg_id, None)
        if ear is not None:
            await self._leave(leg_id, ear)

    async def _leave(self, leg_id: str, ear: _Ear) -> None:
        if ear.bridge_id:
            with contextlib.suppress(AriError):  # it has hung up, or was never there
                await self._ari.bridges_remove_channel(bridge_id=ear.bridge_id, channel=[leg_id])
        await self._clear_up(ear)

    async def end(self, leg_id: str) -> None:
        """Clear up after a leg that is gone."""
        ear = self._ears.pop(leg_id, None)
        if ear is not None:
            await self._clear_up(ear)

    async def _clear_up(self, ear: _Ear) -> None:
        if ear.snoop_id:
            await self._hang_up(ear.snoop_id)
            await self._destroy_bridge(ear.bridge_id)
        ear.mode, ear.snoop_id, ear.bridge_id = None, "", ""
