"""Inserting rows such that doing it again changes nothing, on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

Row = dict[str, Any]


def dialect_insert(connection: AsyncConnection, table: Table) -> Any:
    """``INSERT`` with ``ON CONFLICT``: both databases have it, each in its own construct."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


async def insert_new(connection: AsyncConnection, table: Table, rows: Sequence[Row], key: str) -> set[str]:
    """Insert what is not there yet; returns the keys of the new rows."""
    statement = dialect_insert(connection, table).on_conflict_do_nothing(index_elements=[table.c[key]])
    return set((await connection.execute(statement.returning(table.c[key]), list(rows))).scalars())


async def insert(connection: AsyncConnection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows that are known to be new."""
    if rows:
        await connection.execute(table.insert(), list(rows))


async def upsert_latest(connection: AsyncConnection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows of a table with a ``seq``, or replace those that are there with a lower one.

    Of several rows with the same key, the last one counts: give them in the order of their ``seq``.
    """
    keys = [column.name for column in table.primary_key.columns]
    latest = {tuple(row[key] for key in keys): row for row in rows}
    if not latest:
        return
    statement = dialect_insert(connection, table)
    new = statement.excluded
    values = {column.name: new[column.name] for column in table.columns if column.name not in keys}
    statement = statement.on_conflict_do_update(index_elements=keys, set_=values, where=new.seq > table.c.seq)
    await connection.execute(statement, list(latest.values()))
