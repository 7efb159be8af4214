"""Alembic's entry to the records' tables.

``ntpd112.store.migrate`` passes its connection; on the command line (to write a new revision) the database is the
instance's own: ``alembic revision --autogenerate -m "..."``.
"""

from __future__ import annotations

import asyncio

from alembic import context
from sqlalchemy import Connection

from ntpd112.settings import Settings
from ntpd112.store.engine import open_database
from ntpd112.store.tables import metadata


def run(connection: Connection) -> None:
    """Migrate through this connection, inside its transaction if it has one."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        compare_server_default=True,
        render_as_batch=True,  # SQLite changes a table by copying it
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_by_hand() -> None:
    """Migrate the instance's database."""
    engine = open_database(Settings().database, foreign_keys=False)
    try:
        async with engine.execution_options(writes=True).begin() as connection:
            await connection.run_sync(run)
    finally:
        await engine.dispose()


if context.is_offline_mode():
    raise SystemExit("Migrations run against a database only, since SQLite's are made of what is found there.")
given = context.config.attributes.get("connection")
if given is None:
    asyncio.run(run_by_hand())
else:
    run(given)
