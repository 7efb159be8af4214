"""The two databases every test of the store runs on, and the ways to break them for real."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import create_async_engine

from ntpd112.store.engine import database_url
from tests.postgres import PostgresServer


class SqliteDatabase:
    """A file."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "records.db"
        self.url = f"sqlite:///{self.file}"
        self._holder: sqlite3.Connection | None = None

    async def run(self, statement: str) -> list[tuple[object, ...]]:
        """Run one statement past the program."""
        with closing(sqlite3.connect(self.file, isolation_level=None)) as connection:
            return list(connection.execute(statement))

    async def break_down(self) -> None:
        """Another program holds the write lock: every write fails with "database is locked"."""
        if self._holder is None:
            self._holder = sqlite3.connect(self.file, isolation_level=None, check_same_thread=False)
            await asyncio.to_thread(self._holder.execute, "BEGIN IMMEDIATE")

    async def mend(self) -> None:
        """The lock is released."""
        if self._holder is not None:
            self._holder.close()
            self._holder = None

    async def refuse_callers_named(self, name: str) -> None:
        """From now on the database refuses such a call for good."""
        await self.run(
            f"CREATE TRIGGER refuse BEFORE INSERT ON calls WHEN NEW.caller_name = '{name}' "
            "BEGIN SELECT RAISE(ABORT, 'refused by a rule of this database'); END"
        )


class PostgresDatabase:
    """One database of the session's server."""

    def __init__(self, server: PostgresServer, name: str) -> None:
        self.server = server
        self.name = name
        self.url = server.url(name)

    async def run(self, statement: str) -> list[tuple[object, ...]]:
        """Run one statement past the program."""
        return await _run(self.url, statement)

    async def break_down(self) -> None:
        """All connections are cut, and new ones refused."""
        await _run(self.server.url(), f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS false")
        cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.name}'"  # noqa: S608
        await _run(self.server.url(), cut)

    async def mend(self) -> None:
        """Connections are let in again."""
        await _run(self.server.url(), f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS true")

    async def refuse_callers_named(self, name: str) -> None:
        """From now on the database refuses such a call for good."""
        await self.run(f"ALTER TABLE calls ADD CONSTRAINT refuse CHECK (caller_name <> '{name}')")


Database = SqliteDatabase | PostgresDatabase


async def create_database(server: PostgresServer, name: str) -> PostgresDatabase:
    """A new, empty database."""
    await _run(server.url(), f"CREATE DATABASE {name} TEMPLATE template0")
    return PostgresDatabase(server, name)


async def _run(url: str, statement: str) -> list[tuple[object, ...]]:
    engine = create_async_engine(database_url(url), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        result = await connection.exec_driver_sql(statement)
        return [tuple(row) for row in result] if result.returns_rows else []
