"""One transaction under a time limit, on either database.

SQLite's work is done in a thread, which a cancelled task cannot stop: the driver's BEGIN would still run, nobody would
know of it, and the file stayed locked for as long as the program lives (measured with SQLAlchemy 2.1.9 and aiosqlite
0.22.1; https://github.com/omnilib/aiosqlite/issues/259 is the same at connecting). So there the transaction is
never cancelled: it runs to its end by itself, which a lock cannot delay for longer than ``DatabaseLimits.lock_s``.
PostgreSQL's driver ends the statement and closes the connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

Result = TypeVar("Result")
_unfinished: set[asyncio.Future[Any]] = set()
"""Keeps SQLite's transactions alive whose askers have gone."""


async def in_transaction(
    engine: AsyncEngine, work: Callable[[AsyncConnection], Awaitable[Result]], limit_s: float
) -> Result:
    """Do the work and commit. Raises TimeoutError, OSError or SQLAlchemy's errors.

    After a timeout or a cancellation it is not known whether the work was committed.
    """
    if engine.dialect.name == "sqlite":
        return await _to_its_end(_run(engine, work), limit_s)
    async with asyncio.timeout(limit_s):
        return await _run(engine, work)


async def close_database(engine: AsyncEngine, limit_s: float = 5.0) -> None:
    """Close the connections, after the transactions whose askers have gone."""
    if _unfinished:
        await asyncio.wait(_unfinished, timeout=limit_s)
    await engine.dispose()


async def _run(engine: AsyncEngine, work: Callable[[AsyncConnection], Awaitable[Result]]) -> Result:
    async with engine.begin() as connection:
        return await work(connection)


async def _to_its_end(work: Awaitable[Result], limit_s: float) -> Result:
    task = asyncio.ensure_future(work)
    _unfinished.add(task)
    task.add_done_callback(_finish)
    try:
        async with asyncio.timeout(limit_s):
            return await asyncio.shield(task)
    finally:
        if not task.done():  # rather late than with a transaction behind one's back, but not for ever
            await asyncio.wait([task], timeout=limit_s)


def _finish(task: asyncio.Future[Any]) -> None:
    _unfinished.discard(task)
    if not task.cancelled():
        task.exception()  # whoever asked has heard of it, or has gone
