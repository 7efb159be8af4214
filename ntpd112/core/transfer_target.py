"""Who can be asked in a call, or be given it: colleagues who can be rung now, and destinations of the city's file."""

from __future__ import annotations

from typing import Literal

from ntpd112.core.plan import Plan
from ntpd112.core.room import Room

Unfit = Literal["no_such_target", "target_busy", "target_off_duty", "target_unreachable"]


def destination_named(plan: Plan, target: str) -> str | None:
    """Return the destination of this name or number."""
    return next((name for name, one in plan.destinations.items() if target in {name, one.number}), None)


def unfit(room: Room, plan: Plan, target: str) -> Unfit | None:
    """Say why this one cannot be rung now; ``target``: an extension, or a destination's name or number."""
    operator = room.operators.get(target)
    if operator is None:
        return "no_such_target" if destination_named(plan, target) is None else None
    if operator.leg is not None:
        return "target_busy"
    if operator.presence == "logged_out":
        return "target_off_duty"
    return None if operator.reachable else "target_unreachable"
