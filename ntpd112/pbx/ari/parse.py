"""Turns what the event socket says into models, cheaply: only wanted types are read in full."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec
import structlog
from pydantic import ValidationError

from ntpd112.pbx.ari.generated import EVENTS, Event

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A wanted event came and could not be read: something happened that we do not know. Read Asterisk's state anew."""

    type: str
    """Empty when not even that could be read."""
    why: str


@dataclass(slots=True)
class EventCounts:
    """What came in over an event socket since the start."""

    read: int = 0
    unwanted: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    """Types that Asterisk's description does not name: the Asterisk in use is newer than the client."""
    unreadable: Counter[str] = field(default_factory=Counter)


class _Head(msgspec.Struct):
    type: str


class EventParser:
    """Reads one message at a time and counts. Raises nothing, whatever the message."""

    def __init__(self, wanted: Iterable[type[Event]]) -> None:
        self._wanted = {kind.__name__: kind for kind in wanted}
        self._head = msgspec.json.Decoder(_Head)
        self.counts = EventCounts()

    def parse(self, message: bytes | str) -> Event | Unreadable | None:
        """Read a message; None when it is of no interest."""
        try:
            name = self._head.decode(message).type
        except msgspec.MsgspecError as error:
            return self._unreadable("", str(error))
        kind = self._wanted.get(name)
        if kind is None:
            self._count_other(name)
            return None
        try:
            event = kind.model_validate_json(message)
        except ValidationError as error:
            return self._unreadable(name, str(error))
        self.counts.read += 1
        return event

    def _count_other(self, name: str) -> None:
        if name in EVENTS:
            self.counts.unwanted += 1
            return
        if name not in self.counts.unknown:
            log.warning("ari_event_unknown", type=name, cure="regenerate ntpd112/pbx/ari/generated.py")
        self.counts.unknown[name] += 1

    def _unreadable(self, name: str, why: str) -> Unreadable:
        if name not in self.counts.unreadable:
            log.error("ari_event_unreadable", type=name, why=why)
        self.counts.unreadable[name] += 1
        return Unreadable(name, why)
