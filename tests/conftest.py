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


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    """The disk of the test's folder, which may lose power."""
    return Disk(tmp_path, monkeypatch)
