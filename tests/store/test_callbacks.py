"""Whom to call back, and who has been."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from ntpd112.core.records import CALL_BACK
from ntpd112.store.callbacks import Callbacks
from tests.store.records import NOON, a_call
from tests.store.writing import write_all


async def test_given_lost_calls_then_those_are_due_who_reached_nobody_since_and_were_not_called(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    lost = {"outcome": "failed", "connected_at": None, "offers": (), "notes": ("ended out of sight", CALL_BACK)}
    due = a_call("due", ani="+621", **lost)
    early = a_call("early", ani="+622", arrived_at=NOON - 1, **lost)
    in_talk = a_call("in_talk", ani="+623", arrived_at=NOON + 1, connected_at=NOON + 5, notes=(CALL_BACK,), offers=())
    came_through = a_call("came_through", ani="+624", **lost)
    again = a_call("again", ani="+624", arrived_at=NOON + 60, connected_at=NOON + 70, offers=())
    seen_to = a_call("seen_to", ani="+625", **lost)
    gave_up = a_call("gave_up", ani="+626", arrived_at=NOON + 2, outcome="abandoned", connected_at=None, offers=())
    await write_all(engine, tmp_path, due, early, in_talk, came_through, again, seen_to, gave_up)
    callbacks = Callbacks(engine)
    assert await callbacks.settle("seen_to", NOON + 100, "Sari", "all is well")
    assert not await callbacks.settle("seen_to", NOON + 101, "Budi", "")
    assert await callbacks.due(NOON) == [due, in_talk]
    assert await callbacks.due(NOON - 1) == [early, due, in_talk]
    assert await callbacks.due(NOON, abandoned=True) == [due, in_talk, gave_up]
