"""What was wrong at the latest start: written by whoever starts the room, told as alarms by the controller."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from ntpd112.host.files import write_atomically
from ntpd112.host.layout import Layout

_NAME: Final = "troubles.json"
_decode = msgspec.json.Decoder(tuple[str, ...]).decode


def tell(layout: Layout, troubles: Sequence[str]) -> None:
    """Leave a word for the controller. A disk that refuses it costs that word."""
    with suppress(OSError):
        write_atomically(_file(layout), msgspec.json.encode(troubles), 0o600)


def also(layout: Layout, troubles: Sequence[str]) -> None:
    """Leave a word more."""
    before = told(layout)
    if new := [each for each in troubles if each not in before]:
        tell(layout, [*before, *new])


def told(layout: Layout) -> tuple[str, ...]:
    """Return what the latest start has left."""
    try:
        return _decode(_file(layout).read_bytes())
    except (OSError, msgspec.DecodeError):
        return ()


def _file(layout: Layout) -> Path:
    return layout.state / "run" / _NAME
