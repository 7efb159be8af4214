"""One running room for the tests of a module, and rooms that a test may break."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.networks import network
from tests.operation.room import Room
from tests.stories.city import city_text


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A room that is open; tests leave it so."""
    running = Room(tmp_path_factory.mktemp("room") / "state", network(60))
    try:
        running.up()
        yield running
    finally:
        running.clear_up()


@pytest.fixture(scope="module")
def story_room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """An open room in the city of the stories, whose trunks a test can use."""
    running = Room(tmp_path_factory.mktemp("story") / "state", network(80))
    running.more["NTPD112_LIFEBOAT_AFTER_S"] = "20"  # on a busy machine it would be faster than a standby
    running.folder.mkdir()
    (running.folder / "city.yaml").write_text(city_text(running.network), encoding="utf-8")
    try:
        running.up()
        yield running
    finally:
        running.clear_up()


@pytest.fixture
def own_room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A room that does not run yet."""
    closed = Room(tmp_path_factory.mktemp("own") / "state", network(70))
    try:
        yield closed
    finally:
        closed.clear_up()
