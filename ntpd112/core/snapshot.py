"""The whole room as plain data, and back: what a journal file begins with, so that whoever comes next goes on from it.

A restored room decides exactly as the one it was taken from. Fields of calls, legs and operators are taken as they are
declared, so a new one cannot be forgotten; what points to another object is kept as that object's name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Any, TypeVar, get_type_hints

import msgspec
from msgspec import Struct

from ntpd112.core.call import Call, Leg, LostLine, Refused
from ntpd112.core.messages import Event, PhoneState
from ntpd112.core.operator import Operator
from ntpd112.core.plan import Plan
from ntpd112.core.room import Room

Kept = dict[str, Any]
"""One object's fields, as plain data."""
Item = TypeVar("Item", Call, Leg, Operator)
Name = Callable[[Any], Any]


class Snapshot(Struct, frozen=True):
    """A room between two steps."""

    now: float
    plan: int
    """Which of ``plans`` is in force."""
    plans: tuple[Plan, ...]
    """Every plan that a live call arrived under, and the one in force."""
    turns: int
    offers: int
    stopping: bool
    legs: tuple[Kept, ...]
    calls: tuple[Kept, ...]
    operators: tuple[Kept, ...]
    available: tuple[str, ...]
    on_duty: tuple[str, ...]
    line: tuple[tuple[str, tuple[str, ...]], ...]
    """Calls in line, and the skills that each stands there for."""
    ring_all: tuple[str, ...]
    overdue_menus: tuple[str, ...]
    timers: tuple[tuple[str, str, float], ...]
    ended: tuple[str, ...]
    lost: tuple[tuple[str, LostLine], ...] = ()
    refused: tuple[tuple[tuple[str, int, str], Refused], ...] = ()
    selfcalls: Snapshot | None = None
    """The room of the self-calls."""
    phones: dict[str, PhoneState] = {}
    phones_reported: bool = False


class RoomKept(Event, frozen=True):
    """The first word of a journal that goes on where another ends. Not for :meth:`Switchboard.step`."""

    room: Snapshot


def take(room: Room) -> Snapshot:
    """Keep a room. Later steps do not change what was kept."""
    plans = list({id(plan): plan for plan in (room.plan, *(call.plan for call in room.calls.values()))}.values())
    places = {id(plan): place for place, plan in enumerate(plans)}
    call_names: dict[str, Name] = {
        "plan": lambda plan: places[id(plan)],
        "queue": lambda queue: queue.name,
        "ringing": list,
        "listeners": list,
        "main": _leg_id,
        "third": _leg_id,
    }
    return Snapshot(
        now=room.now,
        plan=places[id(room.plan)],
        plans=tuple(plans),
        turns=room.turns,
        offers=room.offers,
        stopping=room.stopping,
        legs=_kept(room.legs.values(), {}),
        calls=_kept(room.calls.values(), call_names),
        operators=_kept(room.operators.values(), {"leg": _leg_id}),
        available=tuple(operator.operator for operator in room.roster.ordered("longest_idle")),
        on_duty=tuple(sorted(room.on_duty)),
        line=tuple((call.call_id, tuple(sorted(required))) for call, required in room.line.places()),
        ring_all=tuple(room.ring_all),
        overdue_menus=tuple(room.overdue_menus),
        timers=tuple(room.timers.entries()),
        ended=tuple(room.ended),
        lost=tuple(room.lost.items()),
        refused=tuple(room.refused.items()),
        selfcalls=take(room.selfcalls) if room.selfcalls is not None else None,
        phones=dict(room.phones),
        phones_reported=room.phones_reported,
    )


def restore(kept: Snapshot) -> Room:
    """Make the room again. Raises :class:`msgspec.ValidationError` on data of another version."""
    room = Room(kept.plans[kept.plan])
    room.now, room.turns, room.offers, room.stopping = kept.now, kept.turns, kept.offers, kept.stopping
    for each in kept.legs:
        leg = _made(Leg, each, {})
        room.legs[leg.leg_id] = leg
    for each in kept.calls:
        plan = kept.plans[each["plan"]]
        call = _made(Call, each, {"plan": _always(plan), "queue": plan.queues.__getitem__, **_legs_of(room)})
        room.calls[call.call_id] = call
    _restore_operators(room, kept)
    for call_id, required in kept.line:
        room.line.put_back(room.calls[call_id], frozenset(required))
    room.ring_all.update((call_id, room.calls[call_id]) for call_id in kept.ring_all)
    room.overdue_menus.update((call_id, room.calls[call_id]) for call_id in kept.overdue_menus)
    for timer in kept.timers:
        room.timers.set(*timer)
    room.ended.update(dict.fromkeys(kept.ended))
    room.lost.update(kept.lost)
    room.phones, room.phones_reported = dict(kept.phones), kept.phones_reported
    room.refused.update(kept.refused)
    room.selfcalls = restore(kept.selfcalls) if kept.selfcalls is not None else None
    return room


def _restore_operators(room: Room, kept: Snapshot) -> None:
    room.operators.clear()
    for each in kept.operators:
        operator = _made(Operator, each, {"leg": _legs_of(room)["main"]})
        room.operators[operator.operator] = operator
    for name in kept.available:
        room.roster.admit(room.operators[name])
    room.on_duty.update(kept.on_duty)


def _leg_id(leg: Leg | None) -> str | None:
    return leg.leg_id if leg is not None else None


def _legs_of(room: Room) -> dict[str, Name]:
    def leg(leg_id: str | None) -> Leg | None:
        return room.legs[leg_id] if leg_id is not None else None

    def legs(ids: Iterable[str]) -> dict[str, Leg]:
        return {leg_id: room.legs[leg_id] for leg_id in ids}

    return {"main": leg, "third": leg, "ringing": legs, "listeners": legs}


def _always(value: Plan) -> Name:
    return lambda _: value


def _kept(items: Iterable[Item], names: dict[str, Name]) -> tuple[Kept, ...]:
    return tuple(msgspec.to_builtins(_fields_of(item, names), order="deterministic") for item in items)


def _fields_of(item: Item, names: dict[str, Name]) -> Kept:
    """Return an object's fields; those that are as they were at its birth are left out."""
    kept = {}
    for field in fields(item):
        if not field.init:
            continue  # it follows from the others
        value = getattr(item, field.name)
        if field.name in names:
            kept[field.name] = names[field.name](value)
        elif value != field.default:
            kept[field.name] = value
    return kept


def _made(kind: type[Item], kept: Kept, objects: dict[str, Name]) -> Item:
    hints = _HINTS[kind]
    return kind(
        **{
            name: objects[name](value) if name in objects else msgspec.convert(value, hints[name])
            for name, value in kept.items()
            if name in hints
        }
    )


_HINTS: dict[type, dict[str, Any]] = {kind: get_type_hints(kind) for kind in (Call, Leg, Operator)}
