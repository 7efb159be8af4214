"""How a fact travels from the calls' path to the database: one line of JSON, in memory and in the spill alike.

``seq`` gives the order. It is about the wall clock in nanoseconds and always rises within one writer, so that the facts
of a room that was taken over by another controller still sort by when they were decided.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

import msgspec
from msgspec import Struct

from ntpd112.core.records import CallRecord, IncidentFact
from ntpd112.store.text import Stored, clean, clean_text, has_long_key


class Envelope(Struct, frozen=True, omit_defaults=True):
    """One fact on its way; exactly one of ``call`` and ``fact`` is there."""

    seq: int
    call: CallRecord | None = None
    fact: IncidentFact | None = None


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Envelope)


def seal(record: Stored, seq: int) -> bytes:
    """Encode one fact, made storable.

    Raises ValueError or TypeError when it is no valid record.
    """
    try:
        line = _encode(record, seq)
    except UnicodeEncodeError:  # a lone surrogate
        return _encode(clean(record), seq)
    if b"\\u0000" in line or has_long_key(record):
        return _encode(clean(record), seq)
    return line


def stand_in(record: object, seq: int, reason: str) -> bytes:
    """Encode what is left of a record that cannot be encoded; it is set aside in its turn, as readable as possible."""
    return _encoder.encode({"seq": seq, "reason": clean_text(reason), "record": clean_text(repr(record))})


def unseal(line: bytes) -> Envelope:
    """Decode one fact. Raises :class:`msgspec.DecodeError` when it is none of this version's."""
    envelope = _decoder.decode(line)
    if (envelope.call is None) == (envelope.fact is None):
        raise msgspec.ValidationError("neither a call nor a fact of an incident")
    return envelope


def fact_body(fact: IncidentFact) -> bytes:
    """The fact alone, as stored."""
    return _encoder.encode(fact)


def fact_id(body: bytes) -> str:
    """Identity of a fact: its content. Said again (a replayed journal), it is the same fact."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()


class Sequence:
    """Rising numbers that follow the clock."""

    def __init__(self, clock_ns: Callable[[], int] = time.time_ns) -> None:
        self._clock_ns = clock_ns
        self._last = 0

    def next(self) -> int:
        """Return a number greater than all before, the clock's if possible."""
        self._last = max(self._last + 1, self._clock_ns())
        return self._last

    def pass_by(self, seq: int) -> None:
        """Go on after a number used earlier, such as the last one of the spill."""
        self._last = max(self._last, seq)


def _encode(record: Stored, seq: int) -> bytes:
    if isinstance(record, CallRecord):
        return _encoder.encode(Envelope(seq, call=record))
    return _encoder.encode(Envelope(seq, fact=record))
