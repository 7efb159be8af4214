"""What is written of a defect: where it is, and nothing of what people have typed."""

from __future__ import annotations

import json
import logging
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from pydantic import BaseModel

from ntpd112.logs import configure

SECRET = "kucing-makan-ikan"
NUMBER = "+6281234567890"


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    file = tmp_path / "log" / "console.log"
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


def test_a_defect_is_told_with_its_place_and_without_any_value(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
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


def test_what_pydantic_repeats_of_what_it_was_given_is_left_out(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        Account.model_validate({"password": SECRET})
    except ValueError:
        logging.getLogger("theirs").exception("not_read")
    text = file.read_text("utf-8") + capsys.readouterr().err
    assert "should be a valid integer" in text
    assert SECRET not in text


def test_nobody_else_may_read_them(file: Path) -> None:
    structlog.get_logger().warning("something")
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_files_of_an_earlier_version_are_closed_to_others(tmp_path: Path, file: Path) -> None:
    older = tmp_path / "older" / "console.log"
    older.parent.mkdir(mode=0o755)
    older.touch(mode=0o644)
    configure(older)
    assert stat.S_IMODE(older.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(older.stat().st_mode) == 0o600
    assert file.is_file()
