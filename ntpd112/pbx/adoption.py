"""What a controller finds at Asterisk when it begins, put together with what the room remembers: a pure map.

Callers, legs and bridges carry the ids of calls, so the other controller's work can be taken up where it stands. A
caller of whom the room knows nothing arrived when nobody listened, and is a new call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ntpd112.core.call import Call, Leg
from ntpd112.core.messages import ServiceResumed
from ntpd112.core.room import Room
from ntpd112.pbx.ari import generated as ari
from ntpd112.pbx.hearing import is_leg, is_snoop
from ntpd112.pbx.line import LegLine, Line
from ntpd112.pbx.reconcile import bridge_number, call_of_bridge

_UP, _DOWN = "Up", "Down"
_ASKS_FOR_MUSIC = {"on_hold", "consulting", "transferring"}


@dataclass(frozen=True)
class Found:
    """What is taken up."""

    lines: tuple[Line, ...]
    legs: dict[str, LegLine]
    resumed: ServiceResumed
    newcomers: tuple[ari.Channel, ...]
    """Callers without a call."""
    strays: tuple[str, ...]
    """What is ended: operators' calls to us, whose word is lost (they dial again), and legs that perhaps nobody dialled
    (the operator has the caller again, and asks again)."""


def find(
    room: Room,
    channels: Sequence[ari.Channel],
    ours: Sequence[str],
    bridges: Sequence[ari.Bridge],
    fell_back: Collection[str],
) -> Found:
    """Compare. ``ours``: channels in our application. ``fell_back``: calls that ended in the dialplan's own queue."""
    alive = {channel.id: channel for channel in channels}
    mine = {channel_id for channel_id in ours if channel_id in alive}
    calls = room.all_calls()
    there = {leg_id: leg for leg_id, leg in room.all_legs().items() if leg_id in alive}
    legs = {leg_id: leg for leg_id, leg in there.items() if not _may_be_undialled(leg, alive[leg_id])}
    unknown = [
        alive[channel_id]
        for channel_id in sorted(mine - calls.keys())
        if not is_leg(channel_id) and not is_snoop(channel_id)
    ]
    own: dict[str, list[ari.Bridge]] = {}
    for bridge in bridges:
        own.setdefault(call_of_bridge(bridge.id), []).append(bridge)
    paired = {channel for bridge in bridges if len(bridge.channels) > 1 for channel in bridge.channels}
    return Found(
        lines=tuple(
            _line(call, alive[call.call_id], own.get(call.call_id, ()))
            for call in calls.values()
            if call.call_id in mine
        ),
        legs={
            leg_id: LegLine(
                leg.operator,
                _phone(alive[leg_id]),
                is_dialled=leg_id in mine and alive[leg_id].state != _UP,
                on_its_way=False,
                entered=leg_id in mine and alive[leg_id].state == _UP,
                wanted=not leg.ending,
            )
            for leg_id, leg in legs.items()
        },
        resumed=ServiceResumed(
            calls=tuple(call_id for call_id in calls if call_id in mine),
            elsewhere=tuple(call_id for call_id in calls if call_id in alive.keys() - mine | set(fell_back)),
            paired=tuple(call_id for call_id in calls if call_id in paired),
            legs=tuple(legs),
            answered=tuple(leg_id for leg_id in legs if leg_id in mine and alive[leg_id].state == _UP),
        ),
        newcomers=tuple(channel for channel in unknown if channel.accountcode and channel.id not in paired),
        strays=(*(channel.id for channel in unknown if not channel.accountcode), *sorted(there.keys() - legs.keys())),
    )


def _may_be_undialled(leg: Leg, channel: ari.Channel) -> bool:
    """Tell whether a leg may have been made and never dialled: one that an operator hears is made first."""
    return leg.kind == "consult" and channel.state == _DOWN


def _phone(channel: ari.Channel) -> str:
    """Return the phone at the other end, by Asterisk's name for it: the channel is ``PJSIP/<phone>-<number>``."""
    return channel.name.partition("/")[2].rpartition("-")[0]


def _line(call: Call, channel: ari.Channel, own: Sequence[ari.Bridge]) -> Line:
    numbers = {bridge_number(bridge.id, call.call_id): bridge for bridge in own}
    line = Line(call.call_id, channel.name, bridges=max(numbers, default=0))
    if numbers:
        last = numbers[max(numbers)]
        line.bridge_id, line.members = last.id, set(last.channels)
    if call.play_id:
        line.playing[call.play_id] = asyncio.Event()
    line.is_up = channel.state == _UP
    line.filled = bool(line.bridge_id)  # perhaps, as above
    line.music = call.state not in _ASKS_FOR_MUSIC  # perhaps; to end what is not there harms nobody
    line.recording = call.recording or ""
    line.is_recorded = call.recording is not None
    line.was_to_be_recorded = True
    return line
