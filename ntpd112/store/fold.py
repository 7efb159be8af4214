"""Where an incident stands, from what was said about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from ntpd112.core.records import (
    CallClassified,
    IncidentCallLinked,
    IncidentFact,
    IncidentFieldSet,
    IncidentNoted,
    IncidentOpened,
    IncidentStatus,
    IncidentStatusSet,
    IncidentTypeSet,
)

STANDING_KINDS = ("IncidentOpened", "IncidentTypeSet", "IncidentStatusSet")
"""The facts that change where an incident stands; links and notes only add to it."""


class Standing(Struct, frozen=True):
    """Type, status and times of one incident. Instants are POSIX seconds."""

    opened_at: float
    type: str | None = None
    status: IncidentStatus = "open"
    closed_at: float | None = None
    operator: str | None = None


def fold(facts: Iterable[IncidentFact], first_heard_at: float) -> Standing:
    """Fold the facts, in order. Any facts are legal: without its opening, an incident opened when first heard of."""
    standing = Standing(first_heard_at)
    opened = False
    for fact in facts:
        match fact:
            case IncidentOpened():
                if not opened:
                    opened = True
                    standing = replace(standing, opened_at=fact.at, operator=fact.operator)
                    standing = standing if fact.type is None else replace(standing, type=fact.type)
            case IncidentTypeSet():
                standing = replace(standing, type=fact.type)
            case IncidentStatusSet():
                closed_at = fact.at if fact.status == "closed" else None
                standing = replace(standing, status=fact.status, closed_at=closed_at)
            case IncidentCallLinked() | IncidentNoted() | IncidentFieldSet() | CallClassified():
                pass
            case _:
                assert_never(fact)
    return standing
