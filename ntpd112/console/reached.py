"""Asks the records, or says that they cannot be read now."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

import structlog

from ntpd112.console.endpoint import Refusal
from ntpd112.store.trouble import TROUBLE, explain

log = structlog.get_logger(__name__)

T = TypeVar("T")


async def reached(question: Awaitable[T]) -> T:
    """Return what the records answer. Raises :class:`Refusal` (503) when they are away or take too long."""
    try:
        return await question
    except TROUBLE as error:
        log.warning("records_not_read", reason=explain(error))
        cure = "Calls go on; try again in a moment, or ask for a shorter time"
        raise Refusal(503, "database_away", "The records cannot be read now", cure) from None
