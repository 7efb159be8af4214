"""The database gets its shape, keeps it, and says clearly when it cannot."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect

from ntpd112.store.engine import DatabaseLimits, database_url, open_database
from ntpd112.store.errors import (
    DatabaseLockedError,
    DatabaseNewerError,
    DatabaseUnfitError,
    DatabaseUnreachableError,
    DatabaseUrlError,
)
from ntpd112.store.migrate import alembic_config, migrate
from ntpd112.store.tables import metadata
from tests.postgres import PostgresServer
from tests.store.databases import Database, PostgresDatabase, SqliteDatabase

LIMITS = DatabaseLimits(connect_s=2, lock_s=0.1)


def _differences(connection: Connection) -> list[object]:
    options = {"compare_type": True, "compare_server_default": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


async def test_the_revisions_from_an_empty_database_make_exactly_the_tables(database: Database) -> None:
    engine = open_database(database.url)
    async with engine.connect() as connection:
        differences = await connection.run_sync(_differences)
        tables = await connection.run_sync(lambda sync: set(inspect(sync).get_table_names()))
    await engine.dispose()
    assert differences == []
    assert tables == {*metadata.tables, "alembic_version"}


async def test_the_way_back_leads_to_an_empty_database_and_forth_again(database: Database) -> None:
    def back(connection: Connection) -> set[str]:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        return set(inspect(connection).get_table_names())

    engine = open_database(database.url, foreign_keys=False)
    async with engine.execution_options(writes=True).begin() as connection:
        assert await connection.run_sync(back) == {"alembic_version"}
    await migrate(database.url)
    async with engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
    await engine.dispose()


async def test_migrating_again_changes_nothing(database: Database) -> None:
    await database.run("INSERT INTO incidents (incident_id, status, opened_at) VALUES ('i1', 'open', 1)")
    await migrate(database.url)
    assert await database.run("SELECT count(*) FROM incidents") == [(1,)]


async def test_several_programs_that_start_together_migrate_once(empty_database: Database) -> None:
    patient = DatabaseLimits(lock_s=20)
    async with asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(migrate(empty_database.url, patient))
    assert await empty_database.run("SELECT version_num FROM alembic_version") == [("0004",)]


async def test_given_a_later_version_used_the_database_when_migrating_then_it_says_so(database: Database) -> None:
    await database.run("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseNewerError, match=r"9999.*later version.*Install"):
        await migrate(database.url)
    assert await database.run("SELECT version_num FROM alembic_version") == [("9999",)]


async def test_given_a_foreign_table_of_our_name_when_migrating_then_nothing_is_touched(
    empty_database: Database,
) -> None:
    await empty_database.run("CREATE TABLE calls (somebody_elses INTEGER)")
    with pytest.raises(DatabaseUnfitError, match="database of its own"):
        await migrate(empty_database.url)
    assert await empty_database.run("SELECT * FROM calls") == []


async def test_given_a_revision_that_fails_halfway_when_migrating_then_nothing_of_it_stays(
    empty_database: Database,
) -> None:
    await empty_database.run("CREATE TABLE offers (somebody_elses INTEGER)")
    with pytest.raises(Exception, match="offers"):
        await migrate(empty_database.url)
    names = (
        "sqlite_master WHERE type = 'table' AND name"
        if isinstance(empty_database, SqliteDatabase)
        else "pg_tables WHERE tablename"
    )
    assert await empty_database.run(f"SELECT count(*) FROM {names} IN ('calls', 'incidents')") == [(0,)]  # noqa: S608


async def test_given_another_program_writes_when_migrating_sqlite_then_it_is_said_to_be_locked(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path)
    await migrate(database.url)
    await database.break_down()
    with pytest.raises(DatabaseLockedError, match="locked by another program"):
        await migrate(database.url, LIMITS)
    await database.mend()


async def test_given_another_program_migrates_when_migrating_postgresql_then_it_is_said_to_be_locked(
    postgres: PostgresServer,
) -> None:
    engine = open_database(postgres.url())
    async with engine.begin() as connection:
        await connection.exec_driver_sql("SELECT pg_advisory_xact_lock(112112)")
        with pytest.raises(DatabaseLockedError, match="locked by another program"):
            await migrate(postgres.url(), LIMITS)
    await engine.dispose()


async def test_given_no_server_there_when_migrating_then_it_is_unreachable_and_the_password_is_not_shown() -> None:
    with pytest.raises(DatabaseUnreachableError, match=r"cannot be used.*host, port") as caught:
        await migrate("postgresql://somebody:hunter2@127.0.0.1:1/records", LIMITS)
    assert "hunter2" not in str(caught.value)


async def test_given_no_such_database_when_migrating_then_it_is_unreachable(postgres: PostgresServer) -> None:
    with pytest.raises(DatabaseUnreachableError, match="nowhere"):
        await migrate(postgres.url("nowhere"), LIMITS)


async def test_given_a_database_in_another_encoding_when_migrating_then_it_is_unfit(postgres: PostgresServer) -> None:
    await PostgresDatabase(postgres, "postgres").run("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    with pytest.raises(DatabaseUnfitError, match=r"LATIN1.*UTF8"):
        await migrate(postgres.url("latin"))


async def test_given_a_folder_that_cannot_be_made_when_migrating_then_it_is_unreachable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseUnreachableError, match="cannot be made"):
        await migrate(f"sqlite:///{tmp_path}/file/records.db")


async def test_given_a_file_that_is_no_database_when_migrating_then_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "records.db").write_text("something else entirely" * 100)
    with pytest.raises(Exception, match="file is not a database"):
        await migrate(f"sqlite:///{tmp_path}/records.db")


async def test_only_the_owner_can_read_the_database_file(tmp_path: Path) -> None:
    await migrate(f"sqlite:///{tmp_path}/new/records.db")
    assert stat.S_IMODE((tmp_path / "new" / "records.db").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("url", "cure"),
    [
        ("mysql://localhost/x", "Use postgresql"),
        ("nonsense", "Write it like"),
        ("sqlite://", "file's path"),
        ("sqlite:///:memory:", "file's path"),
    ],
)
def test_an_address_that_makes_no_sense_is_refused_with_the_cure(url: str, cure: str) -> None:
    with pytest.raises(DatabaseUrlError, match=cure):
        database_url(url)
