"""Records of calls that went to the dialplan's own queue are completed once, and no others are touched."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncEngine

from ntpd112.core.records import CallRecord
from ntpd112.store.completion import COMPLETED, Ending, complete
from ntpd112.store.queries import Records
from tests.store.records import NOON, a_call
from tests.store.writing import write_all


def given_back(call_id: str) -> CallRecord:
    return a_call(
        call_id,
        outcome="overflowed",
        stage="fallback",
        operator=None,
        connected_at=None,
        ended_at=NOON + 20.5,
        side="us",
        offers=(),
        notes=("one",),
    )


async def test_given_calls_given_back_when_their_ends_are_known_then_the_records_tell_them(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    spoke, left, outside, other = given_back("spoke"), given_back("left"), given_back("outside"), a_call("other")
    await write_all(engine, tmp_path, spoke, left, outside, other)
    endings = [
        Ending("spoke", "answered", "203", NOON + 20, NOON + 60),
        Ending("left", "abandoned", None, None, NOON + 40),
        Ending("outside", "overflowed", None, None, NOON + 40),
        Ending("other", "abandoned", None, None, NOON + 40),
        Ending("unknown", "abandoned", None, None, NOON + 40),
    ]
    assert await complete(engine, endings) == {"spoke", "left", "outside"}
    assert await complete(engine, endings[:2]) == set()
    records = Records(engine)
    notes = ("one", COMPLETED)
    assert await records.call("spoke") == replace(
        spoke, outcome="answered", operator="203", connected_at=NOON + 20.5, ended_at=NOON + 60, notes=notes
    )
    assert await records.call("left") == replace(
        left, outcome="abandoned", side="caller", ended_at=NOON + 40, notes=notes
    )
    assert await records.call("outside") == replace(outside, ended_at=NOON + 40, notes=notes)
    assert await records.call("other") == other


async def test_a_record_told_again_after_its_completion_is_no_conflict(engine: AsyncEngine, tmp_path: Path) -> None:
    await write_all(engine, tmp_path / "first", given_back("1"))
    await complete(engine, [Ending("1", "answered", "203", NOON + 30, NOON + 60)])
    await write_all(engine, tmp_path / "second", given_back("1"))
    found = await Records(engine).call("1")
    assert found is not None
    assert (found.outcome, found.operator) == ("answered", "203")
