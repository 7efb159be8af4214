"""Who hears whom while a supervisor listens, whispers, joins and takes over: by tones that three phones sound."""

from __future__ import annotations

import asyncio
from array import array
from pathlib import Path

import pytest

from ntpd112.core import messages as m
from ntpd112.core.commands import CommandName, Listening
from ntpd112.simulate import Address, Answer, SoftPhone
from ntpd112.simulate.tone import loudness, strength
from tests.exchange.desk import CITIZEN_HZ, NETWORK, OPERATOR_HZ, Desk, desk
from tests.exchange.middleman import Spoil
from tests.stories.world import PATIENCE_S, Caller

SUPERVISOR_HZ = 2150.0
TONES = {"caller": CITIZEN_HZ, "operator": OPERATOR_HZ, "supervisor": SUPERVISOR_HZ}
_WINDOW = 2000
"""Samples: a quarter of a second."""
_SHARE = 0.1
"""Of the power of what is heard: two voices have about half each."""
_SILENCE = 0.01

Matrix = dict[str, set[str]]
"""Who hears whom."""
APART: Matrix = {"caller": {"operator"}, "operator": {"caller"}}
LISTENS: Matrix = APART | {"supervisor": {"caller", "operator"}}
WHISPERS: Matrix = LISTENS | {"operator": {"caller", "supervisor"}}
JOINED: Matrix = WHISPERS | {"caller": {"operator", "supervisor"}}
TAKEN_OVER: Matrix = {"caller": {"supervisor"}, "supervisor": {"caller"}}


class Ears:
    """A caller who speaks with 201, and 203 the supervisor, who is not logged in."""

    def __init__(self, world: Desk, caller: Caller) -> None:
        self.world = world
        self.caller = caller

    def ask(self, command: CommandName, target: str = "201") -> None:
        """Ask for something as the supervisor."""
        assert self.world.controller is not None
        self.world.controller.engine.submit(m.OperatorCommanded("203", command, target))

    async def hear(self, expected: Matrix) -> None:
        """Wait until everybody hears whom they should and nobody else, and find it so for a while."""
        seen: Matrix = {}
        try:
            async with asyncio.timeout(PATIENCE_S):
                while (seen := self._matrix(expected)) != expected:  # noqa: ASYNC110  sound tells nobody
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"heard {seen}, not {expected}") from None
        for _ in range(4):
            await asyncio.sleep(0.25)
            assert self._matrix(expected) == expected

    def _matrix(self, who: Matrix) -> Matrix:
        return {name: _heard(self._sound(name)) for name in who}

    def _sound(self, name: str) -> array[int]:
        if name == "caller":
            latest: array[int] = self.caller.party.audio.latest(_WINDOW)
            return latest
        calls = self.world.phones["201" if name == "operator" else "203"].calls
        return calls[-1].audio.latest(_WINDOW) if calls else array("h")


def _heard(sound: array[int]) -> set[str]:
    if len(sound) < _WINDOW or loudness(sound) < _SILENCE:
        return set()
    return {name for name, hz in TONES.items() if strength(sound, hz) > _SHARE}


async def _conversation(world: Desk) -> Ears:
    """Given a caller who speaks with 201, and a supervisor at the phone 203."""
    await world.speaking_operator("201", Answer(0.1))
    password = world.instance.secrets.sip_passwords["203"]
    world.phones["203"] = await world.enter(
        SoftPhone(
            Address(f"{NETWORK}.1"), f"{NETWORK}.25", "203", password, behaviour=Answer(0.1), tone_hz=SUPERVISOR_HZ
        )
    )
    caller = await world.citizen(tone_hz=CITIZEN_HZ)
    await world.joined(caller, "201")
    ears = Ears(world, caller)
    await ears.hear(APART)
    return ears


async def test_given_a_supervisor_who_listens_whispers_joins_and_takes_over_then_each_hears_whom_they_should(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as world:
        ears = await _conversation(world)
        ears.ask("listen")
        await ears.hear(LISTENS)
        ears.ask("whisper")
        await ears.hear(WHISPERS)
        ears.ask("listen")
        await ears.hear(LISTENS)
        ears.ask("barge")
        await ears.hear(JOINED)
        ears.ask("whisper")
        await ears.hear(WHISPERS)
        ears.ask("barge")
        await ears.hear(JOINED)
        ears.ask("take_over")
        await ears.hear(TAKEN_OVER)
        world.phones["203"].calls[-1].hang_up()
        record = await world.is_over(ears.caller)
        assert (record.operator, record.outcome, record.side) == ("201", "answered", "operator")
        assert record.notes == ("203 listens to 201", "203 whispers to 201", "203 joins 201", "203 took over")
        assert {(one.target, one.kind) for one in record.offers} == {("201", "operator"), ("203", "take_over")}


async def test_given_a_listener_when_they_leave_then_the_conversation_goes_on(tmp_path: Path) -> None:
    async with desk(tmp_path) as world:
        ears = await _conversation(world)
        ways: dict[Listening, Matrix] = {"listen": LISTENS, "whisper": WHISPERS, "barge": JOINED}
        for command, matrix in ways.items():
            ears.ask(command)
            await ears.hear(matrix)
            if command == "whisper":
                ears.ask("leave")
            else:
                world.phones["203"].calls[-1].hang_up()
            await world.until(lambda: world.seat("203").leg is None)
            await ears.hear(APART)
        await world.hang_up(ears.caller)
        assert (await world.is_over(ears.caller)).side == "caller"


async def test_given_a_supervisor_who_has_joined_then_hold_is_hold_and_the_caller_stays_when_the_operator_goes(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as world:
        ears = await _conversation(world)
        ears.ask("barge")
        await ears.hear(JOINED)
        assert world.controller is not None
        world.controller.engine.submit(m.OperatorCommanded("201", "hold", ""))
        await ears.hear({"operator": {"supervisor"}, "supervisor": {"operator"}})
        world.controller.engine.submit(m.OperatorCommanded("201", "hold", ""))
        await ears.hear(JOINED)
        await world.operator_hangs_up("201")
        await ears.hear(TAKEN_OVER)
        await world.hang_up(ears.caller)
        assert (await world.is_over(ears.caller)).side == "caller"


@pytest.mark.parametrize(("mode", "matrix"), [("whisper", WHISPERS), ("barge", JOINED)])
async def test_given_a_listener_when_the_controller_dies_then_the_next_one_lets_them_hear_on(
    mode: Listening, matrix: Matrix, tmp_path: Path
) -> None:
    async with desk(tmp_path) as world:
        ears = await _conversation(world)
        ears.ask(mode)
        await ears.hear(matrix)
        await world.crash()
        await ears.hear(matrix)
        await world.restart()
        await asyncio.sleep(2.0)  # the lookout has nothing to put right, or has done it
        await ears.hear(matrix)
        assert world.alarms() == set()
        ears.ask("listen")
        await ears.hear(LISTENS)
        await world.operator_hangs_up("201")
        record = await world.is_over(ears.caller)
        assert record.side == "operator"
        assert {one.result for one in record.offers} == {"answered"}


@pytest.mark.parametrize("how", ["500", "lose the answer", "hang"])
async def test_given_commands_that_go_wrong_then_a_supervisor_listens_or_is_let_go_and_nobody_else_notices(
    how: Spoil, tmp_path: Path
) -> None:
    commands: dict[str, CommandName] = {
        r"POST channels/.*\.l1/snoop/.*": "listen",
        r"POST bridges/.*\.l\d+\.b\d+": "listen",
        r"POST bridges/.*\.l\d+\.b\d+/addChannel": "whisper",
        r"POST bridges/.*\.b1/addChannel": "barge",
    }
    async with desk(tmp_path) as world:
        ears = await _conversation(world)
        for command, mode in commands.items():
            spoiled = world.ari.spoil(command, how)
            ears.ask(mode)
            await world.until(lambda: world.seat("203").activity(0) == "talking")
            async with asyncio.timeout(PATIENCE_S):
                while not spoiled.happened:  # noqa: ASYNC110  the middleman tells nobody
                    await asyncio.sleep(0.05)
            await ears.hear({"caller": {"operator"}} if mode != "barge" else {})
            ears.ask("leave")
            await world.until(lambda: world.seat("203").leg is None)
            await ears.hear(APART)
        await world.hang_up(ears.caller)
        assert (await world.is_over(ears.caller)).side == "caller"
        assert world.alarms() <= {"listening_failed"}
