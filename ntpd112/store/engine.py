"""Opens the records' database: SQLite for one machine, PostgreSQL for several."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, ExceptionContext, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ntpd112.store.errors import DatabaseUrlError
from ntpd112.store.trouble import is_read_only

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}


class DatabaseLimits(Struct, frozen=True):
    """How long the database may take, in seconds, before it counts as down."""

    connect_s: float = 5.0
    statement_s: float = 10.0
    """One statement (PostgreSQL)."""
    lock_s: float = 5.0
    """Waiting for a lock of somebody else (``busy_timeout`` on SQLite)."""
    pool_size: int = 4


def database_url(url: str) -> URL:
    """Understand a database's address, adding the driver. Raises :class:`DatabaseUrlError`."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise DatabaseUrlError(
            "The database's address cannot be understood. Write it like postgresql://user:password@host/name "
            "or sqlite:////folder/ntpd112.db."
        ) from error
    driver = _DRIVERS.get(parsed.drivername)
    if driver is None:
        raise DatabaseUrlError(
            f"The database's address begins with {parsed.drivername!r}, which is not supported. "
            "Use postgresql:// or sqlite:///."
        )
    parsed = parsed.set(drivername=driver)
    file = parsed.database or ""
    if is_sqlite(parsed) and (not file or ":memory:" in file or file.startswith("file:")):
        raise DatabaseUrlError(
            "The database's address names no file, so records would vanish with the program. "
            "Write sqlite:/// and the file's path."
        )
    return parsed


def is_sqlite(url: URL) -> bool:
    """Whether this is a file on this machine rather than a server."""
    return url.get_backend_name() == "sqlite"


def sqlite_file(url: URL) -> Path:
    """The file behind an SQLite address."""
    return Path(url.database or "")


def open_database(url: str, limits: DatabaseLimits | None = None, *, foreign_keys: bool = True) -> AsyncEngine:
    """Make the engine; nothing is connected yet. Raises :class:`DatabaseUrlError`.

    Whoever opened it closes it, with :func:`ntpd112.store.transaction.close_database`.

    ``foreign_keys=False`` is for migrations: SQLite changes a table by replacing it, which its references forbid.
    """
    parsed, limits = database_url(url), limits or DatabaseLimits()
    return _open_sqlite(parsed, limits, foreign_keys) if is_sqlite(parsed) else _open_postgres(parsed, limits)


def _open_sqlite(url: URL, limits: DatabaseLimits, foreign_keys: bool) -> AsyncEngine:
    engine = create_async_engine(
        url,
        connect_args={"timeout": limits.lock_s},
        pool_size=limits.pool_size,
        pool_timeout=limits.connect_s,
        hide_parameters=True,
    )

    # sqlite3 would begin transactions by itself, but not for DDL and SELECT; we begin them all (SQLAlchemy's manual,
    # "Transactions with SQLite and the sqlite3 driver"). synchronous=FULL: in WAL mode, NORMAL may forget the last
    # commits at a power failure, and records are evidence; one fsync a batch is cheap.
    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", f"foreign_keys={int(foreign_keys)}"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    # A transaction that will write takes the write lock at its beginning: one that reads first and then writes is
    # refused at once when another wrote in between, however long the busy_timeout.
    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _open_postgres(url: URL, limits: DatabaseLimits) -> AsyncEngine:
    engine = create_async_engine(
        url,
        connect_args={
            "timeout": limits.connect_s,
            "command_timeout": limits.statement_s + 1,  # the server's own limit first: it keeps the connection
            "server_settings": {
                "application_name": "ntpd112",
                "statement_timeout": _ms(limits.statement_s),
                "lock_timeout": _ms(limits.lock_s),
                "idle_in_transaction_session_timeout": _ms(2 * limits.statement_s),
                "jit": "off",
            },
        },
        pool_size=limits.pool_size,
        pool_timeout=limits.connect_s,
        pool_pre_ping=True,
        hide_parameters=True,
    )

    # A session keeps the read-only default that it began with, and a failover leaves open sessions to the old primary:
    # both answer every question and refuse every fact until they are closed. New sessions find the server as it is now.
    @event.listens_for(engine.sync_engine, "handle_error")
    def leave_read_only(context: ExceptionContext) -> None:
        if is_read_only(context.original_exception):
            context.is_disconnect = True  # closes this session, and makes the pool replace all others

    return engine


def _ms(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))
