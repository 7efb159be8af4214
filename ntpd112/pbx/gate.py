"""What stands between a controller and Asterisk: shut while somebody else may be serving."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

Gate = Callable[[], Awaitable[bool]]
"""Returns when its owner may act: True; or that it never may again: False."""


async def always_open() -> bool:
    """Let everything pass: nobody else can serve."""
    return True
