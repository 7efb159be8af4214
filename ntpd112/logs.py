"""Where the controller's words go: every line as JSON into a rotated file, the few an admin needs to the terminal.

Numbers of callers are masked on the way out, whoever logs them; only records hold them in full. Of a defect its place
is told and never the values of variables: they may be passwords, and to write them all takes a second. Nobody but the
owner may read the files. A disk or a terminal that refuses a line costs that line, never a call.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import MutableMapping
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Final

import structlog

from ntpd112.config.numbers import mask

LIMIT_BYTES: Final = 20_000_000
KEEP: Final = 10
_FOLDER_MODE: Final = 0o700
_FILE_MODE: Final = 0o600
_WITHOUT_VALUES: Final = structlog.tracebacks.ExceptionDictTransformer(show_locals=False, max_frames=30)
_NUMBER_KEYS: Final = frozenset({"ani", "ani_raw", "caller", "caller_number", "ddi_raw", "number", "phone"})
_ID_KEYS: Final = frozenset({"call", "channel", "dial", "leg", "plan", "pid", "timestamp", "file", "logger"})
_NUMBER_IN_TEXT: Final = re.compile(r"(?<![\w./-])\+?\d{8,15}(?![\w./-])")
_INPUT: Final = re.compile(r"input_value=.*?(?=, input_type=)", re.DOTALL)
_FOR_ADMINS: Final = frozenset({"routing_reloaded", "call_ended"})
"""What the terminal shows although it is no warning: one line a call."""

Line = MutableMapping[str, Any]


def configure(file: Path) -> None:
    """Log to a file and, briefly, to standard error. Call it once, before anything logs."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.parent.chmod(_FOLDER_MODE)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        mask_numbers,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    into_file = _QuietRotation(file, maxBytes=LIMIT_BYTES, backupCount=KEEP, encoding="utf-8")
    into_file.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.ExceptionRenderer(_WITHOUT_VALUES),
                _mask_defect,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    to_admin = _QuietStream(sys.stderr)
    to_admin.addFilter(_for_admins)
    to_admin.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _short_time,
                _short_defect,
                structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=18),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [into_file, to_admin]
    root.setLevel(logging.INFO)
    for chatty in ("aiohttp", "asyncio", "alembic", "sqlalchemy", "panoramisk"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.captureWarnings(True)


def mask_numbers(_logger: object, _method: str, line: Line) -> Line:
    """Mask numbers in the fields that hold one, and whatever looks like one in any other text."""
    for key, value in line.items():
        if not isinstance(value, str) or key in _ID_KEYS:
            continue
        line[key] = mask(value) if key in _NUMBER_KEYS else _masked(value)
    return line


def _mask_defect(_logger: object, _method: str, line: Line) -> Line:
    """Mask what a defect says of itself."""
    told = line.get("exception")
    for one in told if isinstance(told, list) else ():
        one["exc_value"] = _without_values(one["exc_value"])
    return line


def _without_values(text: str) -> str:
    """Mask numbers, and what pydantic repeats of what it was given."""
    return _masked(_INPUT.sub("input_value=...", text))


def _masked(text: str) -> str:
    return _NUMBER_IN_TEXT.sub(lambda found: mask(found[0]), text)


def _short_time(_logger: object, _method: str, line: Line) -> Line:
    line["timestamp"] = str(line.get("timestamp", ""))[11:19]
    return line


def _short_defect(_logger: object, _method: str, line: Line) -> Line:
    """Say what went wrong in one line; where, the file says."""
    found = line.pop("exc_info", None)
    error = found[1] if isinstance(found, tuple) else found if isinstance(found, BaseException) else sys.exc_info()[1]
    if found and error is not None:
        line["reason"] = _without_values(f"{type(error).__name__}: {error}".removesuffix(": "))
    return line


def _for_admins(record: logging.LogRecord) -> bool:
    event = record.msg.get("event") if isinstance(record.msg, dict) else None
    return record.levelno >= logging.WARNING or event in _FOR_ADMINS


class _QuietRotation(RotatingFileHandler):
    def _open(self) -> TextIOWrapper:
        stream = super()._open()
        os.fchmod(stream.fileno(), _FILE_MODE)
        return stream

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  the base class's name
        """Lose the line: the disk is full, and the alarm about it comes from the journal."""


class _QuietStream(logging.StreamHandler[Any]):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Lose the line: the terminal is gone."""
