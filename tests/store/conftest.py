from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ntpd112.store.engine import DatabaseLimits, open_database
from ntpd112.store.migrate import migrate
from ntpd112.store.transaction import close_database
from tests.postgres import PostgresServer, postgres_server
from tests.store.databases import Database, SqliteDatabase, create_database

LIMITS = DatabaseLimits(connect_s=5, statement_s=5, lock_s=0.05)
_numbers = count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A database without tables."""
    if request.param == "sqlite":
        file = SqliteDatabase(tmp_path)
        yield file
        await file.mend()
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        yield await create_database(server, f"test_{next(_numbers)}")


@pytest.fixture
async def database(empty_database: Database) -> Database:
    """A database with this program's tables."""
    await migrate(empty_database.url)
    return empty_database


@pytest.fixture
async def engine(database: Database) -> AsyncIterator[AsyncEngine]:
    engine = open_database(database.url, LIMITS)
    yield engine
    await close_database(engine)
