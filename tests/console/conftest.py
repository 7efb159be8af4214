"""Failures here shall show what was compared."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser as Engine

pytest.register_assert_rewrite("tests.console.office", "tests.stories.exchange_world", "tests.stories.world")

from ntpd112.console.build import build  # noqa: E402
from ntpd112.settings import Settings  # noqa: E402
from tests.console.chrome import chrome  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def page() -> Path:
    """The built page."""
    return build(Settings().cache_dir)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    """A real browser."""
    async with chrome(tmp_path) as running:
        yield running
