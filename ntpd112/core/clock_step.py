"""The machine's clock was set: every instant in the room moves with it, so that no wait, turn or deadline notices.

The room's time is that of the machine, and an instant is what it is worth today: a call that came ten seconds ago came
ten seconds ago whatever the clock says now. What is recorded from here on is dated by the new time. Records that were
written before are not touched.

By the names of their fields: an instant ends in ``_at``, ``_since`` or ``_until`` (STYLE). 0.0 is no instant: it stands
for never.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace as struct_replace

from ntpd112.core.call import Call, Leg
from ntpd112.core.messages import Event
from ntpd112.core.operator import Operator
from ntpd112.core.plan import Plan, QueuePolicy
from ntpd112.core.room import Room

Value = TypeVar("Value")
INSTANTS = ("_at", "_since", "_until")
_THINGS = (Call, Leg, Operator)
"""What is in the room once, and moved there; whatever points to it points to what was moved."""


class ClockStepped(Event, frozen=True):
    """The clock by which we go was set forward by so many seconds, or back. Handed in at the new time."""

    by_s: float


def move(room: Room, by_s: float) -> None:
    """Move every instant of a room."""
    room.now += by_s
    things: list[Call | Leg | Operator] = [*room.calls.values(), *room.legs.values(), *room.operators.values()]
    for thing in things:
        for field in fields(thing):
            value = getattr(thing, field.name)
            if field.init:
                setattr(thing, field.name, moved(value, by_s, field.name))
    for number, lost in room.lost.items():
        room.lost[number] = moved(lost, by_s)
    for key, refused in room.refused.items():
        room.refused[key] = moved(refused, by_s)
    room.timers.move(by_s)
    for operator in room.operators.values():
        room.roster.update(operator, room.now)


def moved(value: Value, by_s: float, name: str = "") -> Value:
    """Return a value with every instant in it moved; ``name``: of the field that holds it."""
    whole: Any = value
    if isinstance(value, float):
        whole = value + by_s if name.endswith(INSTANTS) and value else value
    elif isinstance(value, (Plan, QueuePolicy, Event, *_THINGS)):
        pass  # moved where it is, or without instants
    elif isinstance(value, Struct):
        whole = struct_replace(whole, **{each: moved(getattr(whole, each), by_s, each) for each in _names(whole)})
    elif is_dataclass(value):
        whole = replace(whole, **{each: moved(getattr(whole, each), by_s, each) for each in _names(whole)})
    elif isinstance(value, list | tuple):
        whole = type(whole)(moved(each, by_s, name) for each in whole)
    return whole  # type: ignore[no-any-return]  # of the same type, whichever


def _names(value: Any) -> tuple[str, ...]:
    return value.__struct_fields__ if isinstance(value, Struct) else tuple(field.name for field in fields(value))
