"""What the dialplan hands over with a call: ``in:<trunk>:<dialled>`` and any number of ``:<key>=<value>``.

``dialplan/trunk.conf.j2`` collects the parts in ``NTPD_MORE``. Each value is percent-encoded there (``URIENCODE``), as
callers and their networks choose its bytes: a colon would end it, and a byte that is no UTF-8 would cost the whole
event (Asterisk then sends none). A part without ``=``, or with an unknown key, is no reason not to take the call.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

MORE = "NTPD_MORE"
"""The channel's variable with the further parts, each with a colon before it."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A call that the dialplan has offered to the controller."""

    trunk: str
    dialled: str
    more: Mapping[str, str] = field(default_factory=dict)
    """Further facts by name, in readable text (:func:`readable`)."""


def offered(arguments: Sequence[str]) -> Offered | None:
    """Read the arguments of a call's StasisStart; None when these are of another line. Never raises."""
    match ":".join(arguments).split(":"):
        case ["in", trunk, dialled, *parts]:
            return Offered(trunk, dialled, more(parts))
        case ["in", *trunk]:
            return Offered("".join(trunk), "")
        case _:
            return None


def more(parts: Iterable[str]) -> dict[str, str]:
    """Read the parts ``key=value``; the first of a key counts. Never raises."""
    found: dict[str, str] = {}
    for part in parts:
        key, equals, value = part.partition("=")
        if equals and key:
            found.setdefault(key, readable(value))
    return found


def readable(value: str) -> str:
    """Return a percent-encoded text as people can read it; what nobody can read stays encoded, byte by byte.

    ``kebakaran%20%FF%0D`` becomes ``kebakaran %FF%0D``: letters of any script are shown, and control characters and
    bytes that are no UTF-8 are written as a SIP address writes them. The text is one line in every record.
    """
    if _is_plain(value):
        return value
    text = unquote_to_bytes(value).decode("utf-8", "surrogateescape")
    return re.sub(r"[^\x20-\x7e]", lambda found: _shown(found[0]), text)


def _is_plain(value: str) -> bool:
    return "%" not in value and value.isascii() and value.isprintable()


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogateescape"))
