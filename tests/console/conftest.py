"""A built page, and a real browser to look at it with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser as Engine

from ntpd112.console.build import build
from ntpd112.settings import Settings
from tests.console.chrome import chrome
from tests.console.office import NETWORK, Place, console, give_accounts, settings_of_console


@pytest.fixture(scope="session", autouse=True)
def page() -> Path:
    """The built page."""
    return build(Settings().cache_dir)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    """A real browser."""
    async with chrome(tmp_path) as running:
        yield running


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    """A console without a room."""
    settings = settings_of_console(Settings(state_dir=tmp_path), NETWORK)
    give_accounts(tmp_path)
    async with console(settings) as made:
        yield Place(settings, made)
