"""Shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.disk import Disk

# Failures in what tests share shall show what was compared, too; said here, before any of them is imported.
pytest.register_assert_rewrite("tests.console", "tests.exchange", "tests.far.centre", "tests.stories")

settings.register_profile("quick", max_examples=25, stateful_step_count=50, deadline=None)
settings.register_profile("thorough", max_examples=400, stateful_step_count=80, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

_LINES_OF_A_RERUN = 40


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    """The disk of the test's folder, which may lose power."""
    return Disk(tmp_path, monkeypatch)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why a test was tried again: what fails now and then is a fault to be found."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.section(f"tried again: {report.nodeid}", sep="_")
        terminalreporter.write_line("\n".join(report.longreprtext.splitlines()[-_LINES_OF_A_RERUN:]))
        for title, said in report.sections:
            terminalreporter.write_line("\n".join([title, *said.splitlines()[-_LINES_OF_A_RERUN:]]))
