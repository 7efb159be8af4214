"""AMI refuses, breaks and freezes: calls need it not; what it would have done is told, and done later if it can be."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ntpd112.simulate import Answer, NoAnswer
from tests.exchange.desk import Desk, desk
from tests.stories.world import Caller


async def _back(world: Desk) -> None:
    assert world.controller is not None
    async with asyncio.timeout(10):
        await world.controller.exchange.ami.connected()


async def _recorded(world: Desk, caller: Caller) -> Path:
    """Return the recording of a call, once Asterisk writes it."""
    call = world.call(caller)
    assert call is not None
    await world.until(lambda: call.recording is not None)
    file = world.instance.layout.recordings / str(call.recording)
    async with asyncio.timeout(5):
        while not await asyncio.to_thread(file.exists):  # noqa: ASYNC110  a file tells nobody
            await asyncio.sleep(0.05)
    return file


async def test_given_no_ami_from_the_start_then_calls_are_served_and_the_record_says_what_is_missing(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, ami_refuses=True) as world:
        await world.operator("201")
        caller = await world.citizen()
        await world.speaks(caller, "201")
        await world.hang_up(caller)
        record = await world.is_over(caller)
        assert (record.outcome, record.operator, record.recording) == ("answered", "201", None)
        (note,) = record.notes
        assert note.startswith("recording failed: MixMonitor: not connected to AMI")
        assert "recording_failed" in world.alarms()


async def test_given_a_conversation_when_ami_breaks_then_it_goes_on_and_the_phones_are_known_again_afterwards(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as world:
        await world.operator("201")
        caller = await world.citizen()
        await world.joined(caller, "201")
        file = await _recorded(world, caller)
        await world.ami.cut()
        await world.soon("ami_lost")
        await _back(world)
        assert world.call(caller) is not None
        await world.operator_hangs_up("201")
        record = await world.is_over(caller)
        assert (record.outcome, record.notes, record.recording) == ("answered", (), f"{file.parent.name}/{file.name}")
        await world.until(lambda: world.seat("201").phone == "free")


async def test_given_a_greeting_when_ami_is_away_then_the_recording_begins_once_it_is_back(tmp_path: Path) -> None:
    async with desk(tmp_path) as world:
        world.ami.refuses = True
        await world.ami.cut()
        await world.soon("ami_lost")
        caller = await world.citizen()
        await world.soon("recording_failed")
        world.ami.refuses = False
        await _recorded(world, caller)
        await world.hang_up(caller)
        record = await world.is_over(caller)
        assert record.recording is not None
        assert [note.split(":")[0] for note in record.notes] == ["recording failed"]


async def test_given_an_ami_that_answers_nothing_any_more_then_the_caller_reaches_an_operator_all_the_same(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as world:
        await world.operator("201", NoAnswer())
        await world.phone("202", NoAnswer())
        busy = world.phones["201"].dial("202")
        await world.until(lambda: world.seat("201").phone == "in_use")
        world.ami.freeze()
        busy.hang_up()
        await busy.ended()
        await world.phone("201", Answer())
        caller = await world.citizen()
        await world.speaks(caller, "201")
        await world.soon("ami_lost")
        world.ami.thaw()
        await _back(world)
        await world.hang_up(caller)
        assert (await world.is_over(caller)).outcome == "answered"
