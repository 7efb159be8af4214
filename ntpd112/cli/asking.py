"""Questions to the records of an instance, whether its controller runs or not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from ntpd112.cli.context import settings
from ntpd112.cli.output import MACHINE, fail
from ntpd112.store.engine import database_url, is_sqlite, open_database, sqlite_file
from ntpd112.store.errors import StoreError
from ntpd112.store.queries import Records
from ntpd112.store.trouble import TROUBLE, explain

T = TypeVar("T")


def ask_records(question: Callable[[Records], Awaitable[T]]) -> T:
    """Ask the records, whether the controller runs or not."""
    return ask_database(lambda engine: question(Records(engine)))


def ask_database(question: Callable[[AsyncEngine], Awaitable[T]]) -> T:
    """Ask the records' database, or write to it, whether the controller runs or not."""
    chosen = settings()

    async def asked() -> T:
        engine = open_database(chosen.database)
        try:
            return await question(engine)
        finally:
            await engine.dispose()

    try:
        url = database_url(chosen.database)
        if is_sqlite(url) and not sqlite_file(url).exists():
            fail(
                f"there are no records yet in {chosen.state_dir}",
                "name the right folder: ntpd112 --state-dir FOLDER ...",
            )
        return asyncio.run(asked())
    except StoreError as error:
        fail(str(error), "", MACHINE)
    except TROUBLE as error:
        what = explain(error) if isinstance(error, Exception) else str(error)
        fail(f"the records cannot be asked: {what}", "calls go on without them; is the database running?", MACHINE)
