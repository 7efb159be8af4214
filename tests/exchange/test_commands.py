"""Every kind of command goes wrong in every way: each caller hears an operator, and nothing is left behind."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import get_args

import pytest

from ntpd112.simulate import Answer, Press
from ntpd112.simulate.citizen import Citizen
from ntpd112.simulate.sipp import SimulationError
from tests.exchange.desk import NETWORK, Desk, desk, hears_an_operator
from tests.exchange.middleman import Spoil, Spoiled
from tests.stories.city import city_text
from tests.stories.exchange_world import HARMLESS

COMMANDS = {
    "claim": "POST events/claim/CALL",
    "answer": "POST channels/CALL/answer",
    "play": "POST channels/CALL/play/.*",
    "stop play": "DELETE playbacks/CALL.*",
    "ring": r"POST channels/CALL\.l\d+",
    "make bridge": r"POST bridges/CALL\.b\d+",
    "join": r"POST bridges/CALL\.b\d+/addChannel",
    "clear bridge": r"DELETE bridges/CALL\.b\d+",
    "end": "DELETE channels/CALL",
    # Who calls last has to wait for an operator:
    "music": "POST channels/CALL/moh",
    "stop music": "DELETE channels/CALL/moh",
}
WAYS: tuple[Spoil, ...] = get_args(Spoil)
_WITHIN_S = 40.0


def _city() -> str:
    text = city_text(NETWORK).replace("wrap_up_s: 1", "wrap_up_s: 0")
    return text.replace("queues:", "pauses: {decline_s: 1, unreachable_s: 1}\nqueues:", 1)


def _ani(number: int) -> str:
    return f"0215552{number:03d}"


async def _goes_wrong(citizen: Citizen, spoiled: Spoiled) -> str:
    """Return what a citizen met otherwise than it should be, although a command went wrong once."""
    try:
        await hears_an_operator(citizen, within_s=_WITHIN_S)
        result = await citizen.ended(_WITHIN_S)
    except (TimeoutError, SimulationError) as error:
        return f"{spoiled}: {error!r}"
    return "" if result.ended_by == "centre" else f"{spoiled}: {result}"


@pytest.mark.parametrize("how", WAYS)
async def test_given_commands_that_go_wrong_then_each_caller_hears_an_operator(how: Spoil, tmp_path: Path) -> None:
    async with desk(tmp_path, city=_city(), broadcast_claim_ms=3000) as world:
        world.harmless = (*HARMLESS, "not claimed within")
        _name_calls_by_number(world)
        for operator in ("201", "202", "203"):
            await world.speaking_operator(operator, Answer(after_s=0, talk_s=5.0 if how == "hang" else 3.0))
        async with asyncio.TaskGroup() as calls:
            stories = []
            for number, command in enumerate(COMMANDS.values()):
                spoiled = world.ari.spoil(command.replace("CALL", f"<{_ani(number)}>"), how)
                citizen = await world.dials(_ani(number), steps=[Press("2", 0.2)])
                stories.append(calls.create_task(_goes_wrong(citizen, spoiled)))
        assert "\n".join(wrong for story in stories if (wrong := story.result())) == ""
        await world.until(lambda: not world.room.calls)
        await world.settled()
        assert [spoiled for spoiled in world.ari.spoiled if not spoiled.happened] == []
        # Who was not claimed has a record too, from Asterisk's own ledger, a little later.
        found = await world.records(len(COMMANDS))
        assert sorted(record.ani_raw for record in found) == [_ani(number) for number in range(len(COMMANDS))]
        assert {record.outcome for record in found} <= {"answered", "overflowed"}


def _name_calls_by_number(world: Desk) -> None:
    """Let rules speak of ``<number>`` instead of a call's id, which Asterisk chooses."""

    def look(event: str) -> str:
        if '"CallBroadcast"' in event:
            channel = json.loads(event)["channel"]
            number, call_id = channel["caller"]["number"], re.escape(channel["id"])
            for spoiled in world.ari.spoiled:
                spoiled.command = spoiled.command.replace(f"<{number}>", call_id)
        return event

    world.ari.replace = look
