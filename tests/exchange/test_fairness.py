"""Nobody takes every place: neither one number nor one trunk; what is refused is refused visibly."""

from __future__ import annotations

from pathlib import Path

import pytest

from ntpd112 import app
from ntpd112.core.fairness import BEHIND
from ntpd112.core.fairness import REFUSED as TOO_MANY
from ntpd112.ledgers import CROWDED, REFUSED, REPEATED
from ntpd112.simulate import Answer, Citizen, Identity
from tests.exchange.desk import NETWORK, Desk, desk, hears_an_operator
from tests.stories.city import city_text

REPEATS = "0215550111"


async def _all_arrive(world: Desk, calls: int) -> None:
    await world.until(lambda: len(world.room.calls) == calls)


async def _refused_with(citizen: Citizen) -> int:
    result = await citizen.ended()
    assert result.ended_by == "refused"
    return result.final_status


async def test_given_one_number_that_calls_and_calls_then_others_get_in_on_its_trunk_and_on_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "_LEDGERS_EVERY_S", 0.5)
    async with desk(tmp_path, broadcast_claim_ms=5000, most_calls=10) as world:
        waiting = []
        for number in range(5):
            waiting.append(await world.dials(REPEATS))
            await _all_arrive(world, number + 1)
        assert await _refused_with(await world.dials(REPEATS)) == 486, "half of the places is the most a number gets"
        without = Identity(ani="anonymous")
        for number, identity in enumerate((Identity(ani="0215550122"), without, without, without), start=6):
            waiting.append(await world.dials(identity=identity))
            await _all_arrive(world, number)
        assert await _refused_with(await world.dials("0215550133")) == 503, "the last tenth is the other trunk's"
        waiting.append(await world.dials("081234567890", host=12))
        await _all_arrive(world, 10)
        assert await _refused_with(await world.dials("081234567891", host=12)) == 503, "now the room is full"
        await world.soon("caller_repeats", within_s=40)
        await world.soon("calls_refused", within_s=40)
        causes = [record.cause for record in await world.records(3)]
        assert sorted(causes) == sorted([REPEATED, CROWDED, REFUSED])
        for citizen in waiting:
            citizen.hang_up()


async def test_given_a_city_that_limits_no_number_then_one_may_have_more_than_half_of_the_places(
    tmp_path: Path,
) -> None:
    city = city_text(NETWORK) + "per_caller: {max: 0}\n"
    async with desk(tmp_path, broadcast_claim_ms=5000, most_calls=4, city=city) as world:
        waiting = []
        for number in range(3):
            waiting.append(await world.dials(REPEATS))
            await _all_arrive(world, number + 1)
        assert await _refused_with(await world.dials(REPEATS)) == 503, "the trunk's share is left"
        for citizen in waiting:
            citizen.hang_up()


async def test_given_a_number_with_many_calls_then_its_further_ones_wait_behind_everybody(tmp_path: Path) -> None:
    city = city_text(NETWORK) + "per_caller: {max: 2, then: wait}\n"
    async with desk(tmp_path, broadcast_claim_ms=5000, city=city) as world:
        repeated = []
        for number in range(3):
            repeated.append(await world.citizen(ani=REPEATS))
            await _all_arrive(world, number + 1)
        other = await world.citizen(ani="0215550122")
        assert [call.behind for call in world.room.calls.values()] == [False, False, True, False]
        await world.until(lambda: len(world.room.line) == 4)
        assert [call.call_id for call in world.room.line.ordered()] == [
            caller.call_id for caller in (*repeated[:2], other, repeated[2])
        ]
        await world.hang_up(repeated[0])
        await world.is_over(repeated[0])
        assert [call.call_id for call in world.room.line.ordered()] == [
            caller.call_id for caller in (*repeated[1:], other)
        ]
        await world.speaking_operator("201", Answer(0.1))
        await hears_an_operator(repeated[1].party)
        await world.operator_hangs_up("201")
        for caller in (repeated[2], other):
            await world.hang_up(caller)
        assert BEHIND in (await world.is_over(repeated[2])).notes


async def test_given_a_city_that_refuses_them_then_further_calls_of_a_number_are_busy(tmp_path: Path) -> None:
    city = city_text(NETWORK) + "per_caller: {max: 1, then: refuse}\n"
    async with desk(tmp_path, broadcast_claim_ms=5000, city=city) as world:
        first = await world.citizen(ani=REPEATS)
        assert await _refused_with(await world.dials(REPEATS)) == 486
        await world.soon("caller_repeats")
        other = await world.citizen(ani="0215550122")
        assert world.controller is not None
        await world.controller.migrated.wait()
        (record,) = await world.records(1)
        assert (record.outcome, record.cause, record.side) == ("failed", TOO_MANY, "us")
        assert world.call(other) is not None
        for caller in (first, other):
            await world.hang_up(caller)
