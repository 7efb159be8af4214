"""What is written of a defect: where it is, and nothing of what people have typed."""

from __future__ import annotations

import json
import logging
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog
from pydantic import BaseModel

from ntpd112.logs import configure

SECRET = "kucing-makan-ikan"  # noqa: S105  nobody's
NUMBER = "+6281234567890"


@contextmanager
def logging_to(file: Path) -> Iterator[Path]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    configure(file)
    yield file
    for handler in root.handlers:
        handler.close()
    root.handlers = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


def fail(password: str) -> None:
    kept = {"password": password}
    raise ValueError(f"{len(kept)} of {NUMBER} cannot be kept")


def test_a_defect_is_told_with_its_place_and_without_any_value(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with logging_to(tmp_path / "log" / "console.log") as file:
        for log in (structlog.get_logger("ours"), logging.getLogger("theirs")):
            try:
                fail(SECRET)
            except ValueError:
                log.exception("request_failed")
    said = capsys.readouterr().err
    text = file.read_text("utf-8")
    first, second = (json.loads(line) for line in text.splitlines())
    for line in (first, second):
        (told,) = line["exception"]
        assert told["exc_type"] == "ValueError"
        assert told["frames"][-1]["name"] == "fail"
    assert SECRET not in text + said
    assert "Traceback" not in said
    assert said.count("ValueError: 1 of") == 2
    assert NUMBER not in text + said
    assert len(said.splitlines()) == 2


class Account(BaseModel):
    password: int


def test_what_pydantic_repeats_of_what_it_was_given_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with logging_to(tmp_path / "console.log") as file:
        try:
            Account.model_validate({"password": SECRET})
        except ValueError:
            logging.getLogger("theirs").exception("not_read")
    text = file.read_text("utf-8") + capsys.readouterr().err
    assert text.count("should be a valid integer") == 2
    assert SECRET not in text


def test_nobody_else_may_read_them(tmp_path: Path) -> None:
    with logging_to(tmp_path / "log" / "console.log") as file:
        structlog.get_logger().warning("something")
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_files_of_an_earlier_version_are_closed_to_others(tmp_path: Path) -> None:
    older = tmp_path / "older" / "console.log"
    older.parent.mkdir(mode=0o755)
    older.touch(mode=0o644)
    with logging_to(older):
        assert stat.S_IMODE(older.parent.stat().st_mode) == 0o700
        assert stat.S_IMODE(older.stat().st_mode) == 0o600
