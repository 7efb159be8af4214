"""Brings the records' database to the shape this program wants, at every start.

The revisions stand in ``migrations/`` beside the package. One transaction, under a lock: either the whole way or not
at all, and two programs that start together do not migrate twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import msgspec
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

import ntpd112
from ntpd112.store.engine import DatabaseLimits, database_url, is_sqlite, open_database, sqlite_file
from ntpd112.store.errors import (
    DatabaseLockedError,
    DatabaseNewerError,
    DatabaseUnfitError,
    DatabaseUnreachableError,
    MigrationError,
    StoreError,
)
from ntpd112.store.lines import make_folder
from ntpd112.store.trouble import explain

MIGRATIONS = Path(ntpd112.__file__).resolve().parent.parent / "migrations"
_AGAIN_S = 5.0
_LOCK = 112_112  # an arbitrary number, the same in every program that migrates these records
_LOCKED_STATES = frozenset({"55P03", "57014", "40P01"})  # lock not available, statement timeout, deadlock
_SQLITE_LOCKED = ("database is locked", "database table is locked", "database schema is locked")


async def migrate(url: str, limits: DatabaseLimits | None = None, migration_s: float = 300.0) -> None:
    """Upgrade the database at this address to the newest revision; a database that is there already is left alone.

    Raises :class:`DatabaseUrlError` or a :class:`MigrationError` that says what to do; the database is unchanged then.
    """
    limits = limits or DatabaseLimits()
    parsed = database_url(url)
    if is_sqlite(parsed):
        await asyncio.to_thread(_make_file, sqlite_file(parsed))
    engine = open_database(url, msgspec.structs.replace(limits, statement_s=migration_s), foreign_keys=False)
    try:
        async with asyncio.timeout(migration_s):
            await _migrate(engine)
    except TimeoutError as error:
        raise DatabaseUnreachableError(
            f"The records' database at {_shown(parsed)} did not answer within {migration_s:g} s. "
            "Is it running, and is the network open to it?"
        ) from error
    except (SQLAlchemyError, OSError) as error:
        raise _translated(error, parsed) from error
    finally:
        await engine.dispose()


async def until_migrated(url: str, alarm: Callable[[str, str], None]) -> None:
    """Try until it works; calls are served and records spilled meanwhile. What is wrong is told once."""
    said = ""
    while True:
        try:
            await migrate(url)
        except StoreError as error:
            if said != str(error):
                said = str(error)
                alarm("database_not_ready", said)
            await asyncio.sleep(_AGAIN_S)
        else:
            return


def alembic_config() -> Config:
    """Alembic's configuration, without a file. Raises :class:`MigrationError` when the revisions are missing."""
    if not (MIGRATIONS / "env.py").is_file():
        raise MigrationError(
            f"The folder {MIGRATIONS} is missing. Run ntpd112 from its checkout, where migrations/ stands beside "
            "ntpd112/; `git checkout -- migrations` brings it back."
        )
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


async def _migrate(engine: AsyncEngine) -> None:
    config = alembic_config()
    async with engine.execution_options(writes=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        await connection.run_sync(_check, ScriptDirectory.from_config(config))
        await connection.run_sync(_upgrade, config)


def _upgrade(connection: Connection, config: Config) -> None:
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    if connection.dialect.name == "sqlite" and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
        raise MigrationError(f"The upgrade would leave {len(broken)} records without what they refer to; report this.")


def _check(connection: Connection, scripts: ScriptDirectory) -> None:
    """Refuse databases that are not for us to change."""
    if connection.dialect.name == "postgresql":
        encoding = connection.scalar(text("SHOW server_encoding"))
        if encoding != "UTF8":
            raise DatabaseUnfitError(
                f"The records' database is encoded in {encoding}, which cannot hold every caller's name. "
                "Create it with: CREATE DATABASE ntpd112 ENCODING 'UTF8' TEMPLATE template0"
            )
    known = {script.revision for script in scripts.walk_revisions()}
    found = set(MigrationContext.configure(connection).get_current_heads())
    if unknown := found - known:
        raise DatabaseNewerError(
            f"The records' database is at revision {', '.join(sorted(unknown))}, which this version of ntpd112 "
            f"({version('ntpd112')}) does not know: a later version has used it. Install that version again, or "
            "go back with its `alembic downgrade` first."
        )
    if not found and inspect(connection).has_table("calls"):
        raise DatabaseUnfitError(
            "The records' database holds a table 'calls' that ntpd112 did not make. Give ntpd112 a database of its own."
        )


def _translated(error: BaseException, url: URL) -> MigrationError:
    where = f"The records' database at {_shown(url)}"
    if _is_locked(error):
        return DatabaseLockedError(
            f"{where} is locked by another program ({explain(error)}). Wait until it has finished, or end it, and "
            "start again."
        )
    if is_sqlite(url) and "file is not a database" in str(error):
        return DatabaseUnfitError(
            f"{where} is damaged ({explain(error)}). Restore it from a backup, or move it away, and start again: "
            "meanwhile records are kept in the folder spill, and are written to whichever is there then."
        )
    if isinstance(error, OperationalError | InterfaceError | OSError) or _state(error)[:2] in {"08", "28", "3D", "53"}:
        cure = (
            "Check that the folder exists, may be written and has room."
            if is_sqlite(url)
            else "Check that it is running, and host, port, name, user and password."
        )
        return DatabaseUnreachableError(f"{where} cannot be used: {explain(error)}. {cure}")
    return MigrationError(f"{where} could not be upgraded and is unchanged: {explain(error)}.")


def _is_locked(error: BaseException) -> bool:
    return _state(error) in _LOCKED_STATES or (
        isinstance(error, OperationalError) and any(words in str(error.orig) for words in _SQLITE_LOCKED)
    )


def _state(error: BaseException) -> str:
    """SQLSTATE of PostgreSQL's answer, else empty."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    return str(getattr(origin, "sqlstate", None) or getattr(origin, "pgcode", None) or "")


def _make_file(file: Path) -> None:
    """Make SQLite's file such that only its owner reads it; its companions take after it."""
    try:
        make_folder(file.parent)
        file.touch(mode=0o600)
    except OSError as error:
        raise DatabaseUnreachableError(
            f"The records' database {file} cannot be made: {error.strerror}. Check that its folder may be written."
        ) from error


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=True)
