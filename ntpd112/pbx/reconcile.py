"""What Asterisk has compared with what we know of: a pure map.

Asterisk queues no event while nobody listens, and an event may be lost or unreadable. So the truth is read now and
then, and this finds the difference. No look is trusted alone: what happened while it was taken is on its way as an
event, so only what two looks have found (``first & second``) is acted on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields

from ntpd112.pbx.ari import generated as ari
from ntpd112.pbx.hearing import CITIZEN, is_leg, is_snoop

_BRIDGE = re.compile(r"^(?P<call>.+)\.b(?P<number>\d+)$")


@dataclass(frozen=True, slots=True)
class Seen:
    """What Asterisk has."""

    states: Mapping[str, str]
    """Every channel and its state."""
    ours: frozenset[str]
    """Channels in our application."""
    bridges: Mapping[str, frozenset[str]]
    """Every bridge and who is in it."""


@dataclass(frozen=True, slots=True)
class Known:
    """What we know of, taken before the look."""

    lines: frozenset[str] = frozenset()
    """Callers somebody here is responsible for."""
    legs: Mapping[str, bool] = field(default_factory=dict)
    """Legs that have not ended, and whether they are still wanted."""
    on_their_way: frozenset[str] = frozenset()
    """Those of the legs that Asterisk may not have made yet."""
    dials: frozenset[str] = frozenset()
    """Operators' calls to us."""
    snoops: frozenset[str] = frozenset()
    """Channels by which supervisors listen."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What does not fit."""

    vanished: frozenset[str]
    """Lines, legs and dials that Asterisk does not have."""
    stranded: frozenset[str]
    """Living callers whom nobody serves and nobody speaks with."""
    superfluous: frozenset[str]
    """Legs that nobody wants, and snoops by which nobody listens."""
    empty_bridges: frozenset[str]
    """Bridges of calls that are over."""
    answered: frozenset[str]
    """Wanted legs that have been picked up and are with us."""
    rings: frozenset[str]
    """Wanted legs that ring."""

    def __bool__(self) -> bool:
        """Whether there is anything to put right."""
        return bool(self.vanished or self.stranded or self.superfluous or self.empty_bridges)

    def __and__(self, later: Difference) -> Difference:
        """Keep what both have found."""
        return Difference(*(getattr(self, each.name) & getattr(later, each.name) for each in fields(self)))


def seen(channels: Iterable[ari.Channel], ours: Iterable[str], bridges: Iterable[ari.Bridge]) -> Seen:
    """Take Asterisk's own words."""
    return Seen(
        {channel.id: channel.state for channel in channels},
        frozenset(ours),
        {bridge.id: frozenset(bridge.channels) for bridge in bridges},
    )


def compare(there: Seen, known: Known) -> Difference:
    """Find what does not fit. Who hears somebody is never touched: two humans may be speaking."""
    alive = there.states.keys()
    paired = {channel for members in there.bridges.values() if len(members) > 1 for channel in members}
    wanted = {leg for leg, is_wanted in known.legs.items() if is_wanted}
    released = known.legs.keys() - wanted
    calls = known.lines | known.dials
    return Difference(
        vanished=frozenset((known.lines | known.legs.keys() | known.dials) - known.on_their_way - alive),
        stranded=frozenset(
            channel
            for channel in (there.ours & alive) - calls - paired
            if not is_leg(channel) and not is_snoop(channel) and not channel.startswith(CITIZEN)
        ),
        superfluous=frozenset(
            channel
            for channel in alive
            if (is_leg(channel) and channel not in wanted | (paired - released))
            or (is_snoop(channel) and channel not in known.snoops)
        ),
        empty_bridges=frozenset(
            bridge for bridge, members in there.bridges.items() if not members and _is_over(bridge, known.lines)
        ),
        answered=frozenset(leg for leg in wanted & there.ours if there.states.get(leg) == "Up"),
        rings=frozenset(leg for leg in wanted if there.states.get(leg) == "Ringing"),
    )


def bridge_number(bridge_id: str, call_id: str) -> int:
    """Return which of a call's bridges this is, from 1 on; 0 when it is another's."""
    ours = _BRIDGE.match(bridge_id)
    return int(ours["number"]) if ours is not None and ours["call"] == call_id else 0


def call_of_bridge(bridge_id: str) -> str:
    """Return whose bridge this is; empty when it is none of ours."""
    ours = _BRIDGE.match(bridge_id)
    return ours["call"] if ours is not None else ""


def _is_over(bridge_id: str, lines: frozenset[str]) -> bool:
    call_id = call_of_bridge(bridge_id)
    return bool(call_id) and call_id not in lines
