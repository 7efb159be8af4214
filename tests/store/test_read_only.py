"""A PostgreSQL whose sessions turn read-only, as after a failover: it is written to as soon as it takes writes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ntpd112.core.records import IncidentNoted
from ntpd112.store.engine import open_database
from ntpd112.store.migrate import migrate
from ntpd112.store.queries import Records
from ntpd112.store.transaction import close_database, in_transaction
from ntpd112.store.writer import RecordWriter
from tests.postgres import PostgresServer, postgres_server
from tests.store.conftest import LIMITS
from tests.store.databases import PostgresDatabase, create_database
from tests.store.records import noted
from tests.store.writing import QUICK, Alarms, at_work, until_spilled

_names = count()
MANNERS = {
    "of the database": (
        "ALTER DATABASE {name} SET default_transaction_read_only = on",
        "ALTER DATABASE {name} RESET ALL",
    ),
    "of the user": ("ALTER ROLE ntpd112 SET default_transaction_read_only = on", "ALTER ROLE ntpd112 RESET ALL"),
    "of the user there": (
        "ALTER ROLE ntpd112 IN DATABASE {name} SET default_transaction_read_only = on",
        "ALTER ROLE ntpd112 IN DATABASE {name} RESET ALL",
    ),
}


async def _texts(engine: AsyncEngine) -> list[str]:
    facts = await Records(engine, limit_s=20).incident_facts("i1")
    return [fact.text for fact in facts if isinstance(fact, IncidentNoted)]


async def _as_writer(database: PostgresDatabase, statement: str) -> None:
    """Run a statement in a session that writes, whatever the default."""
    engine = open_database(database.url, LIMITS)
    async with engine.connect() as connection:
        await connection.execute(text("SET TRANSACTION READ WRITE"))
        await connection.execute(text(statement))
        await connection.commit()
    await close_database(engine)


@pytest.mark.parametrize("manner", MANNERS)
async def test_given_sessions_that_began_read_only_when_the_default_is_mended_then_every_fact_arrives_once(
    postgres: PostgresServer, tmp_path: Path, manner: str
) -> None:
    database = await create_database(postgres, f"read_only_{next(_names)}")
    await migrate(database.url)
    off, on = (statement.format(name=database.name) for statement in MANNERS[manner])
    engine = open_database(database.url, LIMITS)
    try:
        await _as_writer(database, off)
        # Sessions of the records' pages, which only read: nothing tells them that the time of writing is back.
        async with engine.connect() as one, engine.connect() as two, engine.connect() as three:
            for connection in (one, two, three):
                assert (await connection.execute(text("SHOW transaction_read_only"))).scalar_one() == "on"
        alarms = Alarms()
        writer = RecordWriter(engine, tmp_path / "spill", alarms, QUICK)
        async with at_work(writer):
            writer.put(noted("0"))
            told = await alarms.heard("records_database_down")
            await until_spilled(writer)
            await _as_writer(database, on)
            await alarms.heard("records_database_back")
            writer.put(noted("1"))
        assert await _texts(engine) == ["0", "1"]
        assert "read-only transaction" in told
        async with engine.connect() as connection:
            assert (await connection.execute(text("SHOW transaction_read_only"))).scalar_one() == "off"
    finally:
        await _as_writer(database, on)
        await close_database(engine)


class Address:
    """An address that leads to one server, and after a failover to another; open connections stay where they are."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self.port = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        listening = await asyncio.start_server(self._pass_on, "127.0.0.1", 0)
        self.port = listening.sockets[0].getsockname()[1]
        async with listening:
            yield

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        with contextlib.suppress(OSError):
            await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()


async def test_after_a_failover_no_session_stays_with_the_old_primary(postgres: PostgresServer, tmp_path: Path) -> None:
    name = f"failover_{next(_names)}"
    with postgres_server() as other:
        old, new = await create_database(postgres, name), await create_database(other, name)
        for database in (old, new):
            await migrate(database.url)
        address = Address(postgres)
        async with address.open():
            engine = open_database(f"postgresql://ntpd112@127.0.0.1:{address.port}/{name}", LIMITS)
            alarms = Alarms()
            writer = RecordWriter(engine, tmp_path / "spill", alarms, QUICK)
            async with at_work(writer):
                writer.put(noted("before"))
                await writer.until(lambda status: status.safe == 1 and status.spilled == 0)
                address.server = other
                await _demoted(engine)
                writer.put(noted("after"))
                await writer.until(lambda status: status.safe == 2 and status.spilled == 0)
            texts = await _texts(engine)
            await close_database(engine)
    assert texts == ["after"]


async def _demoted(engine: AsyncEngine) -> None:
    """Make every open session one that a demoted primary would give: it reads and does not write."""
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(LIMITS.pool_size):
            connection = await stack.enter_async_context(engine.connect())
            await connection.execute(text("SET default_transaction_read_only = on"))
            await connection.commit()


async def test_whoever_writes_past_the_writer_finds_a_session_that_takes_it_the_next_time(
    postgres: PostgresServer,
) -> None:
    database = await create_database(postgres, f"read_only_{next(_names)}")
    await migrate(database.url)
    engine = open_database(database.url, LIMITS)
    async with engine.connect() as connection:
        await connection.execute(text("SET default_transaction_read_only = on"))
        await connection.commit()

    def write(connection: AsyncConnection) -> Awaitable[object]:
        return connection.execute(text("CREATE TABLE written (x int)"))

    with pytest.raises(DBAPIError, match="read-only"):
        await in_transaction(engine, write, 20)
    await in_transaction(engine, write, 20)
    assert await database.run("SELECT count(*) FROM written") == [(0,)]
    await close_database(engine)
