"""The list of alarms: one line for each kind and operator, with its start, its number and who acknowledged it.

Pure. Alarms are heard of however often. Those that have an end have a word of their own for it, or can be seen to be
over by how the controller says it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from ntpd112.web.control import Alarm, Condition, Health

Severity = Literal["high", "warning", "note"]
"""``high``: callers may not reach anybody, or records may be lost. ``note``: something is well again, or only odd."""

SEVERITY: Final[Mapping[str, Severity]] = {
    "ami_lost": "high",
    "ami_refused": "high",
    "ari_lost": "high",
    "asterisk_old": "note",
    "call_given_back": "warning",
    "call_not_claimed": "warning",
    "call_stuck": "warning",
    "caller_repeats": "warning",
    "caller_stranded": "warning",
    "calls_refused": "high",
    "clock_jumped": "warning",
    "database_not_ready": "warning",
    "destination_refused": "high",
    "destination_unreachable": "high",
    "disk_has_room": "note",
    "disk_nearly_full": "high",
    "firewall_not_loaded": "warning",
    "human_cut_off": "warning",
    "intrusion": "warning",
    "invite_refused": "high",
    "join_failed": "warning",
    "journal": "high",
    "journal_not_offered": "warning",
    "last_operator_no_answer": "high",
    "leg_stuck": "warning",
    "listening_failed": "warning",
    "music_left_out": "note",
    "nobody_on_duty": "high",
    "one_way_audio": "warning",
    "opened_with_trouble": "warning",
    "overflow_loop": "warning",
    "phone_forwards": "warning",
    "phone_left_softly": "warning",
    "phone_transfer_refused": "note",
    "prompt_failed": "warning",
    "question_not_played": "warning",
    "record_rejected": "high",
    "recording_failed": "warning",
    "records_database_back": "note",
    "records_database_down": "warning",
    "records_lost": "high",
    "records_spill_failed": "high",
    "registration_lost": "high",
    "room_has_place": "note",
    "room_nearly_full": "high",
    "self_call_failed": "high",
    "self_call_noted": "note",
    "self_call_works": "note",
    "sip_overloaded": "high",
    "strangers_voice": "warning",
    "wrong_password": "warning",
}
"""Every kind that is raised (checked by a test); one that is not here is a warning."""

ENDS: Final[Mapping[str, str]] = {
    "disk_has_room": "disk_nearly_full",
    "records_database_back": "records_database_down",
    "room_has_place": "room_nearly_full",
    "self_call_works": "self_call_failed",
}
"""What is good news of what."""

_WELL: Final[Mapping[str, Callable[[Health], bool]]] = {
    "ari_lost": lambda health: health.ari,
    "ami_lost": lambda health: health.ami,
    "ami_refused": lambda health: health.ami,
    "records_database_down": lambda health: health.database,
}
"""Alarms that are over when the controller says that all is well there."""

LASTING: Final = frozenset({*ENDS.values(), *_WELL, "journal", "registration_lost", "firewall_not_loaded"})
"""What goes on until it is mended; all others happen, and are over then."""
_KEPT_S: Final = 24 * 3600.0
_MOST: Final = 100
_ORDER: Final[Mapping[Severity, int]] = {"high": 0, "warning": 1, "note": 2}


class AlarmShown(Struct, frozen=True):
    """One line. Instants in POSIX seconds."""

    alarm: str
    """Its id: kind, and operator where there is one."""
    kind: str
    severity: Severity
    text: str
    """As it was told last, in English, with the cure."""
    operator: str
    call: str
    since: float
    latest: float
    count: int
    ended_at: float | None
    """When it was over; None: it may go on."""
    seen_by: str
    """Who acknowledged it; empty: nobody did since it came last."""


class AlarmBoard:
    """Keeps them. ``on_change``: called after every change."""

    def __init__(self) -> None:
        self.on_change: set[Callable[[], None]] = set()
        self.is_known = False
        """Whether the controller tells of its alarms just now."""
        self._lines: dict[str, AlarmShown] = {}
        self._told_until = 0.0
        self._told_then: set[Alarm] = set()

    def shown(self) -> tuple[AlarmShown, ...]:
        """Return what nobody has seen to first, then by severity, the latest first."""
        return tuple(
            sorted(self._lines.values(), key=lambda one: (bool(one.seen_by), _ORDER[one.severity], -one.latest))
        )

    def hear(self, condition: Condition | None) -> None:
        """Take how the controller says it is; None: it says nothing."""
        before, was_known = dict(self._lines), self.is_known
        self.is_known = condition is not None
        if condition is not None:
            for alarm in self._new(condition.alarms):
                self._take(alarm)
            latest = max((alarm.at for alarm in condition.alarms), default=0.0)
            for kind, is_well in _WELL.items():
                if is_well(condition.health):
                    self._end(kind, latest)
            self._forget(max((line.latest for line in self._lines.values()), default=0.0) - _KEPT_S)
        if (before, was_known) != (self._lines, self.is_known):
            self._changed()

    def acknowledge(self, alarm: str, by: str) -> bool:
        """Say that somebody sees to it; False when there is no such alarm."""
        line = self._lines.get(alarm)
        if line is None:
            return False
        self._lines[alarm] = replace(line, seen_by=by)
        self._changed()
        return True

    def _new(self, alarms: Iterable[Alarm]) -> list[Alarm]:
        """Return those that were not told before; the controller tells its last ones again and again."""
        new = [alarm for alarm in alarms if alarm.at >= self._told_until and alarm not in self._told_then]
        if new:
            self._told_until = max(alarm.at for alarm in new)
            self._told_then = {alarm for alarm in alarms if alarm.at == self._told_until}
        return new

    def _take(self, alarm: Alarm) -> None:
        if alarm.kind in ENDS:
            self._end(ENDS[alarm.kind], alarm.at)
        key = f"{alarm.kind}.{alarm.operator}" if alarm.operator else alarm.kind
        known = self._lines.get(key)
        goes_on = known is not None and known.ended_at is None
        self._lines[key] = AlarmShown(
            key,
            alarm.kind,
            SEVERITY.get(alarm.kind, "warning"),
            alarm.text,
            alarm.operator,
            alarm.call_id,
            known.since if known is not None and goes_on else alarm.at,
            alarm.at,
            known.count + 1 if known is not None and goes_on else 1,
            None,
            "",
        )

    def _end(self, kind: str, at: float) -> None:
        for key, line in self._lines.items():
            if line.kind == kind and line.ended_at is None:
                self._lines[key] = replace(line, ended_at=max(at, line.latest))

    def _forget(self, before: float) -> None:
        kept = [(key, line) for key, line in self._lines.items() if line.latest >= before]
        self._lines = dict(sorted(kept, key=lambda item: item[1].latest)[-_MOST:])

    def _changed(self) -> None:
        for told in self.on_change:
            told()
