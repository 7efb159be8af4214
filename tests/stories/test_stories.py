"""Every story, twice: on the core with a fake clock, and on a real Asterisk with SIPp."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.networks import network
from tests.stories import answering_stories, outside_stories, talking_stories, waiting_stories
from tests.stories.core_world import CoreWorld
from tests.stories.exchange_world import exchange_world
from tests.stories.telling import STORIES

assert all((answering_stories, outside_stories, talking_stories, waiting_stories))


@pytest.mark.parametrize("name", STORIES)
async def test_on_the_core(name: str) -> None:
    world = CoreWorld()
    await STORIES[name](world)
    await world.close()


@pytest.mark.parametrize("name", STORIES)
async def test_on_the_exchange(name: str, tmp_path: Path) -> None:
    async with exchange_world(tmp_path, network(20)) as world:
        await STORIES[name](world)
