"""The part of `make chaos` that fits into every test run: nobody is lost, nobody stuck, no record missing."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.chaos.drill import drill
from tests.chaos.faults import FAULTS
from tests.chaos.full_room import full_room, open_full_room
from tests.chaos.ground import open_ground
from tests.chaos.kills import kills
from tests.chaos.ring_all import open_ring_all_room, ring_all
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
        told = asyncio.run(kills(ground.room, 10, 112, lambda _: None))
    assert told.failures == []
    assert told.kills.total() == 10
    assert told.callers > 10


def test_given_two_operators_who_answer_at_once_then_one_gets_the_caller_and_the_other_hears_why(
    tmp_path: Path,
) -> None:
    with open_ring_all_room(tmp_path, network(90)) as room:
        told = asyncio.run(ring_all([room], 10, lambda _: None))
    assert told.failures == []
    assert (told.rounds, told.winners.total()) == (10, 10)
    assert told.picked_up > 0


def test_given_many_who_wait_when_both_controllers_are_killed_then_each_keeps_the_turn(tmp_path: Path) -> None:
    with open_full_room(tmp_path, network(90)) as room:
        told = asyncio.run(full_room(room, 40, patience_s=25.0))
    assert told.failures == []
    assert told.start_to_serving_s > 0
