"""Rings somebody whom an operator asks for, so that the operator hears it: ring-back at once, then the far side itself.

The leg is made in our application and stands in the operator's bridge before it is dialled: what the far side's network
plays before the answer (an announcement, its own ring-back) reaches the operator, and its 180 is a ring tone there.
Until any of it comes, Asterisk rings in the operator's ear. None of it is an answer: only the leg's state "Up" is.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import structlog

from ntpd112.core.messages import Ring, SetParties
from ntpd112.pbx.ari.client import AriClient
from ntpd112.pbx.ari.errors import AriError
from ntpd112.pbx.lanes import Lanes
from ntpd112.pbx.line import Line

log = structlog.get_logger(__name__)

ARGUMENT: Final = "dialled"
"""With it a leg enters our application before it is dialled."""
_ENTERS_S: Final = 2.0


@dataclass(slots=True, eq=False)
class _Asked:
    ring: Ring
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    bridge_id: str = ""
    """Where the operator hears it."""


class Consulting:
    """Makes the legs of consultations. ``app``: where they are at home; ``hang_up`` ends what may be gone already."""

    def __init__(
        self,
        ari: AriClient,
        app: str,
        lanes: Lanes,
        lines: Mapping[str, Line],
        hang_up: Callable[[str], Awaitable[None]],
    ) -> None:
        self._ari = ari
        self._app = app
        self._lanes = lanes
        self._lines = lines
        self._hang_up = hang_up
        self._asked: dict[str, _Asked] = {}
        """Legs that are to ring, or do."""

    def __len__(self) -> int:
        return len(self._asked)

    def __contains__(self, leg_id: str) -> bool:
        return leg_id in self._asked

    async def ring(self, ring: Ring, endpoint: str, variables: Mapping[str, str], originator: str | None) -> None:
        """Make the leg, and let it be dialled. Raises what :mod:`ntpd112.pbx.ari.errors` lists."""
        asked = self._asked[ring.leg_id] = _Asked(ring)
        self._lanes.add(ring.call_id, partial(self._ring_tone, asked))
        try:
            await self._ari.channels_create(
                endpoint=endpoint,
                app=self._app,
                app_args=ARGUMENT,
                channel_id=ring.leg_id,
                originator=originator,
                variables=dict(variables),
            )
            async with asyncio.timeout(_ENTERS_S):
                await asked.entered.wait()
        except TimeoutError:
            await self.over(ring.leg_id)
            await self._hang_up(ring.leg_id)
            raise AriError("create", "the leg did not enter our application") from None
        except AriError:
            await self.over(ring.leg_id)
            raise
        self._lanes.add(ring.call_id, partial(self._dial, asked))

    async def _ring_tone(self, asked: _Asked) -> None:
        """Ring in the operator's ear. Any sound ends it, so the caller has to be out of the bridge by now."""
        if asked.ring.leg_id in self._asked:
            with contextlib.suppress(AriError):  # the operator has hung up: told by an event of its own
                await self._ari.channels_ring(channel_id=asked.ring.heard_by)

    def entered(self, leg_id: str) -> None:
        """Take note that a leg can be dialled."""
        asked = self._asked.get(leg_id)
        if asked is not None:
            asked.entered.set()
        else:
            self._lanes.add(leg_id, partial(self._hang_up, leg_id))

    async def _dial(self, asked: _Asked) -> None:
        """Put the leg where the operator is, alone by now, and dial it.

        One from which the caller's number is hidden comes there when it is answered: a bridge tells whoever enters it
        whom the operator speaks with, and Asterisk would write that into the INVITE.
        """
        ring = asked.ring
        line = self._lines.get(ring.call_id)
        if ring.leg_id not in self._asked:
            return
        try:
            if (
                line is not None
                and not ring.hidden
                and ring.heard_by in line.members
                and ring.call_id not in line.members
            ):
                await self._ari.bridges_add_channel(bridge_id=line.bridge_id, channel=[ring.leg_id])
                asked.bridge_id = line.bridge_id
            await self._ari.channels_dial(channel_id=ring.leg_id, timeout=int(ring.ring_s) + 10)
        except AriError as error:
            log.warning("leg_not_dialled", leg=ring.leg_id, reason=str(error))
            await self._hang_up(ring.leg_id)

    async def rearrange(self, action: SetParties, line: Line) -> None:
        """Let an answered leg stay in the bridge, and take a ringing one out that nobody there may hear any more."""
        for asked in [asked for asked in self._asked.values() if asked.ring.call_id == action.call_id]:
            leg_id, bridge_id = asked.ring.leg_id, asked.bridge_id
            if leg_id in action.legs:
                if bridge_id and bridge_id == line.bridge_id:
                    line.members.add(leg_id)
                await self.over(leg_id)
            elif bridge_id and (action.caller or asked.ring.heard_by not in action.legs):
                asked.bridge_id = ""
                with contextlib.suppress(AriError):  # it is gone, or the bridge is
                    await self._ari.bridges_remove_channel(bridge_id=bridge_id, channel=[leg_id])

    def cancelled(self, leg_id: str) -> None:
        """Leave the bridge to the leg's own end, which is on its way."""
        if leg_id in self._asked:
            self._asked[leg_id].bridge_id = ""

    async def over(self, leg_id: str) -> None:
        """End the ring tone in the operator's ear: the leg was answered, or is gone."""
        asked = self._asked.pop(leg_id, None)
        if asked is not None:
            with contextlib.suppress(AriError):
                await self._ari.channels_ring_stop(channel_id=asked.ring.heard_by)
