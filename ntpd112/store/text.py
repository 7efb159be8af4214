r"""Makes any text storable, visibly.

PostgreSQL refuses NUL and what is no valid UTF-8; a caller's name can hold both. Rather the record with a visible
stand-in than no record: NUL becomes ``␀``, a lone surrogate (how Python reads a byte that is no UTF-8) is spelt out
as ``\udc..``. Columns with an index are bounded, since PostgreSQL refuses index entries of more than 2,704 bytes: what
is longer is cut, and ends with a digest of the whole.
"""

from __future__ import annotations

import hashlib
from typing import TypeVar

import msgspec

from ntpd112.core.records import CallRecord, IncidentFact, OfferRecord

Stored = CallRecord | IncidentFact
Record = TypeVar("Record", bound=Stored | OfferRecord)

KEY_LENGTH = 300
"""Characters of an indexed text; two of them fit into one index entry even at four bytes each."""
_KEYS = frozenset({"call_id", "leg_id", "incident_id", "ani", "operator", "target", "field"})
_CALL_KEYS = ("call_id", "incident_id", "ani", "operator")
_FACT_KEYS = ("incident_id", "call_id", "operator", "field")


def clean_text(text: str) -> str:
    """Spell out what a database refuses: NUL and lone surrogates."""
    return text.replace("\0", "\u2400").encode("utf-8", "backslashreplace").decode()


def clean_key(text: str) -> str:
    """As :func:`clean_text`, and cut to :data:`KEY_LENGTH`, the cut marked by the digest of the whole."""
    text = clean_text(text)
    if len(text) <= KEY_LENGTH:
        return text
    digest = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    return f"{text[: KEY_LENGTH - 33]}…{digest}"


def clean(record: Record) -> Record:
    """Return the record with every text made storable; equal to the record when nothing had to change."""
    return msgspec.structs.replace(
        record, **{name: _clean_value(name, getattr(record, name)) for name in record.__struct_fields__}
    )


def has_long_key(record: Stored) -> bool:
    """Tell whether an indexed text is too long."""
    if isinstance(record, CallRecord):
        return _any_long(record, _CALL_KEYS) or any(_any_long(offer, ("leg_id", "target")) for offer in record.offers)
    return _any_long(record, _FACT_KEYS)


def _any_long(record: object, names: tuple[str, ...]) -> bool:
    return any(len(getattr(record, name, None) or "") > KEY_LENGTH for name in names)


def _clean_value(name: str, value: object) -> object:
    if isinstance(value, str):
        return clean_key(value) if name in _KEYS else clean_text(value)
    if isinstance(value, OfferRecord):
        return clean(value)
    if isinstance(value, tuple):
        return tuple(_clean_value(name, item) for item in value)
    return value
