"""Looks at the truth: after every gap in the events, and now and then, and puts right what does not fit.

A caller must neither wait for somebody who is not there nor be forgotten, whatever event got lost, whatever answer of
Asterisk was wrong, and whoever served the call before us.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import structlog

from ntpd112.core import messages as m
from ntpd112.pbx.ari.client import AriClient
from ntpd112.pbx.ari.errors import NotFoundError
from ntpd112.pbx.hands import APP, Alarm, Hands, Submit
from ntpd112.pbx.hearing import call_of_play
from ntpd112.pbx.lanes import Lanes
from ntpd112.pbx.line import Line
from ntpd112.pbx.reconcile import Difference, Known, compare, seen

log = structlog.get_logger(__name__)

_SETTLE_S = 0.3
"""What happened during a look is told by an event within this time."""


class Lookout:
    """Compares Asterisk with what the exchange remembers."""

    def __init__(
        self,
        ari: AriClient,
        lanes: Lanes,
        hands: Hands,
        lines: dict[str, Line],
        dials: set[str],
        submit: Submit,
        gone: Callable[[str], None],
        alarm: Alarm,
    ) -> None:
        """``gone``: hears of channels that vanished without a word."""
        self._ari = ari
        self._lanes = lanes
        self._hands = hands
        self._lines = lines
        self._dials = dials
        self._submit = submit
        self._gone = gone
        self._alarm = alarm

    async def look(self, first: Difference, *, gap: bool) -> None:
        """Put right what does not fit: now, and in the ``first`` look. ``gap``: events have been lost.

        Raises what :mod:`ntpd112.pbx.ari.errors` lists.
        """
        if not gap and not first:
            return
        plays = [play_id for line in self._lines.values() for play_id in line.playing]
        dials = sorted(self._dials)
        await asyncio.sleep(_SETTLE_S)
        found = first & await self.read()
        self._close_vanished(found.vanished, gap=gap)
        self._tell_legs(found)
        for channel_id in sorted(found.stranded):
            self._rescue(channel_id)
        for leg_id in sorted(found.superfluous):
            log.warning("leg_superfluous", leg=leg_id)
            self._lanes.add(leg_id, partial(self._hands.hang_up, leg_id))
        for bridge_id in sorted(found.empty_bridges):
            self._lanes.add(bridge_id, partial(self._hands.destroy_bridge, bridge_id))
        if gap:
            await self._end_plays([*plays, *(f"{dial_id}.p1" for dial_id in dials)])

    async def read(self) -> Difference:
        """Read Asterisk's state and compare. Raises what :mod:`ntpd112.pbx.ari.errors` lists."""
        known = Known(
            lines=frozenset(call_id for call_id, line in self._lines.items() if not line.released),
            legs={leg_id: leg.wanted for leg_id, leg in self._hands.legs.items()},
            on_their_way=frozenset(leg_id for leg_id, leg in self._hands.legs.items() if leg.on_its_way),
            dials=frozenset(self._dials),
            snoops=self._hands.overhear.snoops(),
        )
        return compare(
            seen(
                await self._ari.channels_list(),
                (await self._ari.applications_get(application_name=APP)).channel_ids,
                await self._ari.bridges_list(),
            ),
            known,
        )

    def _close_vanished(self, vanished: frozenset[str], *, gap: bool) -> None:
        if vanished or gap:
            calls, legs = self._lines.keys() - vanished, self._hands.legs.keys() - vanished
            self._submit(m.LineSynced(tuple(sorted(calls)), tuple(sorted(legs))))
        for channel_id in sorted(vanished):
            log.warning("vanished", channel=channel_id)
            self._gone(channel_id)

    def _tell_legs(self, found: Difference) -> None:
        """Tell what the core has missed of the legs; what it knows changes nothing there."""
        for leg_id in sorted(found.rings):
            self._submit(m.LegRang(leg_id))
        for leg_id in sorted(found.answered):
            leg = self._hands.legs.get(leg_id)
            if leg is not None and not leg.entered:
                leg.entered = True
                self._submit(m.LegAnswered(leg_id, late=True))

    async def _end_plays(self, play_ids: list[str]) -> None:
        for play_id in play_ids:
            try:
                await self._ari.playbacks_get(playback_id=play_id)
            except NotFoundError:
                owner = call_of_play(play_id)
                line = self._lines.get(owner)
                if line is not None and play_id in line.playing:
                    line.finished(play_id)
                    self._submit(m.PlayEnded(owner, play_id, failed=False))
                elif owner in self._dials:
                    self._lanes.add(owner, partial(self._hands.hang_up, owner))

    def _rescue(self, channel_id: str) -> None:
        """Bring a caller on whom nobody has an eye to the operators, or to the end that a human wanted."""
        line = self._lines.get(channel_id)
        if line is not None and line.ended:
            log.warning("ended_again", call=channel_id)
            self._lanes.add(channel_id, partial(self._hands.hang_up, channel_id))
        else:
            self._alarm("caller_stranded", "nobody served this caller, who goes to the fallback now", channel_id)
            self._lanes.add(channel_id, partial(self._hands.rescue, channel_id))
