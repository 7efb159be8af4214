"""A story is an async function of a world; this keeps the list of all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tests.stories.world import World

Story = Callable[[World], Awaitable[None]]
STORIES: dict[str, Story] = {}


def story(tell: Story) -> Story:
    """Put a story on the list, under its function's name."""
    name = tell.__name__
    assert name not in STORIES, f"two stories are called {name}"
    STORIES[name] = tell
    return tell
