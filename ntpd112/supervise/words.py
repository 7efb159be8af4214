"""What a supervisor says to the admin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

Level = Literal["info", "warning", "error"]
Say = Callable[[Level, str], None]


def how_it_ended(status: int) -> str:
    """Say how a process ended, from its exit status as :mod:`subprocess` gives it."""
    return f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
