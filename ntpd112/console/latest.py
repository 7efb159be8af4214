"""The latest incidents, as anybody may see them: pure, and in whatever order and however often facts are heard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ntpd112.core.records import IncidentFact, IncidentFieldSet, IncidentOpened, IncidentTypeSet

SHOWN: Final = 10
_KEPT: Final = 200
"""More than are shown: an older one may still be heard of."""


@dataclass
class SeenIncident:
    """What is shown of one. ``opened_at``: POSIX seconds, None until that is heard."""

    incident_id: str
    heard_at: float
    opened_at: float | None = None
    type: str | None = None
    typed_at: float = float("-inf")
    district_said: tuple[float, str] = (float("-inf"), "")
    """When the latest was said, and what: chosen of the city's, or typed by somebody."""


class LatestIncidents:
    """Hears facts."""

    def __init__(self) -> None:
        self._seen: dict[str, SeenIncident] = {}

    def hear(self, fact: IncidentFact) -> None:
        """Take what may be shown from a fact."""
        match fact:
            case IncidentOpened():
                seen = self._of(fact)
                seen.opened_at = fact.at
                if fact.type is not None and fact.at > seen.typed_at:
                    seen.type, seen.typed_at = fact.type, fact.at
            case IncidentTypeSet():
                seen = self._of(fact)
                if fact.at >= seen.typed_at:
                    seen.type, seen.typed_at = fact.type, fact.at
            case IncidentFieldSet(field="district"):
                seen = self._of(fact)
                seen.district_said = max(seen.district_said, (fact.at, fact.text))
            case _:
                return
        self._forget_oldest()

    def shown(self) -> list[SeenIncident]:
        """Return the latest, latest first."""
        opened = [(seen.opened_at, seen.incident_id, seen) for seen in self._seen.values() if seen.opened_at]
        return [seen for *_, seen in sorted(opened, reverse=True)[:SHOWN]]

    def _of(self, fact: IncidentFact) -> SeenIncident:
        seen = self._seen.setdefault(fact.incident_id, SeenIncident(fact.incident_id, fact.at))
        seen.heard_at = max(seen.heard_at, fact.at)
        return seen

    def _forget_oldest(self) -> None:
        while len(self._seen) > _KEPT:
            del self._seen[min(self._seen.values(), key=lambda seen: seen.heard_at).incident_id]
