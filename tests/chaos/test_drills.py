"""The part of `make chaos` that fits into every test run: nobody is lost, nobody stuck, no record missing."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.chaos.drill import drill
from tests.chaos.faults import FAULTS
from tests.chaos.ground import open_ground
from tests.chaos.kills import kills
from tests.networks import network


def test_given_callers_at_every_stage_when_both_controllers_hang_then_everybody_reaches_a_human(tmp_path: Path) -> None:
    (fault,) = [fault for fault in FAULTS if fault.name == "both controllers hang 6 s"]
    with open_ground(tmp_path, network(90)) as ground:
        outcome = asyncio.run(drill(ground, fault, 1))
    assert outcome.failures == []
    assert sorted(outcome.human_s) == ["greeting", "menu", "ringing", "waiting"]


def test_given_callers_who_come_all_the_time_when_things_die_at_random_then_everybody_reaches_a_human(
    tmp_path: Path,
) -> None:
    with open_ground(tmp_path, network(90)) as ground:
        told = asyncio.run(kills(ground.room, 4, 112, lambda _: None))
    assert told.failures == []
    assert told.kills.total() == 4
    assert told.callers > 4
