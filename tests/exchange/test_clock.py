"""The machine's clock is wrong, or is set: callers keep turns and waits, and records have the time that it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ntpd112 import clock
from ntpd112.core.records import CallRecord
from ntpd112.simulate import Answer
from tests.exchange.desk import Desk, desk

YEARS_S = 10 * 365 * 86_400.0
HOUR_S = 3600.0
Set = Callable[[float], None]


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Set:
    """Set the clock of the controllers so far from the machine's.

    Not Asterisk's: on a real machine it is the same one, and a controller's signs of life bear its time.
    """

    def to(away_s: float) -> None:
        monkeypatch.setattr(clock, "wall", lambda: time.time() + away_s)

    return to


def is_of(record: CallRecord, away_s: float) -> bool:
    """Whether a record is dated by a clock that is so far from the machine's."""
    now = time.time() + away_s
    return now - 120 < record.arrived_at <= record.ended_at < now + 2


async def _a_call(world: Desk, ani: str) -> CallRecord:
    caller = await world.citizen(ani=ani)
    await world.press(caller, "4")
    await world.joined(caller, "201")
    await world.hang_up(caller)
    return await world.is_over(caller)


async def test_given_a_start_ten_years_ahead_when_the_clock_is_right_again_then_so_is_every_later_record(
    tmp_path: Path, set_clock: Set
) -> None:
    set_clock(YEARS_S)
    async with desk(tmp_path) as world:
        await world.operator("201", Answer())
        assert is_of(await _a_call(world, "0215550101"), YEARS_S)
        await world.crash()
        set_clock(0)
        await world.restart()
        assert "clock_jumped" in world.alarms()
        assert is_of(await _a_call(world, "0215550102"), 0)
        await world.crash()
        await world.restart()
        assert "clock_jumped" not in world.alarms()
        assert is_of(await _a_call(world, "0215550103"), 0)


@pytest.mark.parametrize(("first", "then"), [(0.0, -HOUR_S), (0.0, HOUR_S), (YEARS_S, 0.0), (-YEARS_S, 0.0)])
async def test_given_callers_in_every_stage_when_the_clock_is_set_then_only_the_dates_change(
    tmp_path: Path, set_clock: Set, first: float, then: float
) -> None:
    set_clock(first)
    async with desk(tmp_path) as world:
        await world.operator("201", Answer())
        talking = await world.citizen(ani="0215550101")
        await world.press(talking, "4")
        await world.joined(talking, "201")
        waiting = [await world.citizen(ani=f"021555020{number}") for number in range(2)]
        for caller in waiting:
            await world.press(caller, "4")
            await world.is_in(caller, "waiting")
        before = [(call.call_id, call.turn, call.state) for call in world.room.calls.values()]
        since = {call.call_id: world.room.now - call.arrived_at for call in world.room.calls.values()}
        set_clock(then)
        await world.soon("clock_jumped")
        await world.until(lambda: abs(world.room.now - time.time() - then) < 5)
        assert [(call.call_id, call.turn, call.state) for call in world.room.calls.values()] == before
        for call in world.room.calls.values():
            assert since[call.call_id] <= world.room.now - call.arrived_at < since[call.call_id] + 30
        await world.hang_up(talking)
        for caller in waiting:
            await world.joined(caller, "201")
            await world.hang_up(caller)
        records = [await world.is_over(caller) for caller in (talking, *waiting)]
        assert [record.outcome for record in records] == ["answered"] * 3
        assert all(is_of(record, then) for record in records)
        assert all(record.connected_at and record.connected_at <= record.ended_at for record in records)
        assert is_of(await _a_call(world, "0215550301"), then)


async def test_given_a_clock_set_while_no_controller_serves_then_waiting_callers_keep_turn_and_wait(
    tmp_path: Path, set_clock: Set
) -> None:
    set_clock(YEARS_S)
    async with desk(tmp_path) as world:
        caller = await world.citizen(ani="0215550101")
        await world.press(caller, "4")
        await world.is_in(caller, "waiting")
        (call,) = world.room.calls.values()
        turn = call.turn
        await world.crash()
        set_clock(0)
        await world.restart()
        (call,) = world.room.calls.values()
        assert call.turn == turn
        assert abs(call.arrived_at - time.time()) < 120
        await world.operator("201", Answer())
        await world.joined(caller, "201")
        await world.hang_up(caller)
        assert is_of(await world.is_over(caller), 0)
