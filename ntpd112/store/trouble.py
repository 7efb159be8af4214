"""Tells what the database refuses for good from what it could not do just now."""

from __future__ import annotations

import msgspec
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError, StatementError

TROUBLE = (SQLAlchemyError, OSError, TimeoutError)
"""Everything a database that is down, slow, full, locked or broken can raise through SQLAlchemy and its drivers."""

# SQLSTATE classes: 22 data exception, 23 integrity constraint, 54 program limit (too large), P0 raised by a trigger.
# https://www.postgresql.org/docs/15/errcodes-appendix.html
_READ_ONLY = "25006"
"""``read_only_sql_transaction``."""
_REFUSED_CLASSES = frozenset({"22", "23", "54", "P0"})


def is_refusal(error: BaseException) -> bool:
    """Tell whether the database will never take this fact, however healthy it is.

    In doubt the answer is no: then the fact is kept and tried again.
    """
    if not isinstance(error, StatementError):
        return False
    if not isinstance(error, DBAPIError):  # raised before the driver was asked: a value no column can hold
        return isinstance(error.orig, TypeError | ValueError | OverflowError)
    if error.connection_invalidated:
        return False
    state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
    if isinstance(state, str):
        return state[:2] in _REFUSED_CLASSES
    is_refused_by_encoder = isinstance(getattr(error.orig, "__cause__", None), ValueError)  # asyncpg's own DataError
    return is_refused_by_encoder or isinstance(error, IntegrityError | DataError)


def is_read_only(error: BaseException | None) -> bool:
    """Tell whether a PostgreSQL session takes no writes at all: a standby, or one that began as read-only."""
    return getattr(error, "sqlstate", None) == _READ_ONLY


def explain(error: BaseException) -> str:
    """One line on what went wrong, without statement and values: they may hold callers' numbers."""
    cause = error.orig if isinstance(error, StatementError) and error.orig is not None else error
    lines = str(cause).strip().splitlines() or [""]
    return f"{type(cause).__name__}: {lines[0]}".removesuffix(": ")


UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError)
"""What decoding a line raises that is none of this version's facts."""
