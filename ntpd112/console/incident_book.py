"""What was said about incidents lately, as the controller decided it: known here before the database has it.

The records are written half a second after; and a database that is down has none of it. Whoever reads an incident gets
the records' facts with these behind them.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from msgspec import Struct

from ntpd112.core.messages import Action, SaveIncident
from ntpd112.core.records import (
    CallClassified,
    IncidentCallLinked,
    IncidentFact,
    IncidentFieldSet,
    IncidentNoted,
    IncidentOpened,
)
from ntpd112.store.fold import Standing, fold

_KEPT: Final = 2000
"""Incidents; some days of a large city."""


class Form(Struct, frozen=True):
    """An incident as it stands. Instants in POSIX seconds."""

    standing: Standing
    fields: dict[str, str]
    notes: tuple[IncidentNoted, ...]
    calls: dict[str, CallClassified | None]
    """Linked calls, and what they were, once somebody said so."""


class IncidentBook:
    """Listens to what the controller decides."""

    def __init__(self) -> None:
        self._facts: OrderedDict[str, list[IncidentFact]] = OrderedDict()

    def hear(self, _now: float, action: Action) -> None:
        """Keep what was said, the latest incidents last."""
        if isinstance(action, SaveIncident):
            self._facts.setdefault(action.fact.incident_id, []).append(action.fact)
            self._facts.move_to_end(action.fact.incident_id)
            while len(self._facts) > _KEPT:
                self._facts.popitem(last=False)

    def known(self, incident_id: str) -> list[IncidentFact]:
        """Return what was said of an incident since we listen, in order."""
        return self._facts.get(incident_id, [])

    def form(self, incident_id: str, recorded: list[IncidentFact]) -> Form | None:
        """Return an incident: what is recorded, then what is not recorded yet; None when nobody knows it."""
        recorded_already = set(recorded)
        facts = [*recorded, *(fact for fact in self.known(incident_id) if fact not in recorded_already)]
        return form_of(facts) if facts else None


def form_of(facts: list[IncidentFact]) -> Form:
    """Fold facts into an incident, the latest word counting."""
    calls: dict[str, CallClassified | None] = {}
    for fact in facts:
        match fact:
            case IncidentOpened(call_id=call_id) | IncidentCallLinked(call_id=call_id):
                calls.setdefault(call_id, None)
            case CallClassified(call_id=call_id):
                calls[call_id] = fact
            case _:
                pass
    return Form(
        fold(facts, facts[0].at),
        {fact.field: fact.text for fact in facts if isinstance(fact, IncidentFieldSet)},
        tuple(fact for fact in facts if isinstance(fact, IncidentNoted)),
        calls,
    )
