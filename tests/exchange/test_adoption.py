"""The controller dies in the middle of a call and another begins: it goes on where the first one stopped."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from ntpd112.core.records import CallRecord
from ntpd112.simulate import Answer, Mute, NoAnswer
from tests.exchange.desk import CITIZEN_HZ, Desk, desk, hears_an_operator
from tests.stories.exchange_world import HARMLESS
from tests.stories.world import PATIENCE_S, Caller


async def _dies_for(world: Desk, seconds: float = 0.3) -> None:
    await world.crash()
    await asyncio.sleep(seconds)
    await world.restart()


async def _waiting(world: Desk, ani: str = "0215550101") -> Caller:
    caller = await world.citizen(ani=ani)
    await world.press(caller, "2")
    await world.is_in(caller, "waiting", "ringing")
    return caller


async def _served_to_the_end(world: Desk, caller: Caller, operator: str = "201") -> CallRecord:
    await world.speaks(caller, operator)
    await world.joined(caller, operator)
    await world.hang_up(caller)
    return await world.is_over(caller)


async def test_given_a_greeting_when_the_controller_dies_then_the_next_one_goes_on_with_the_menu(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as world:
        await world.operator("201")
        caller = await world.citizen()
        await world.is_in(caller, "greeting")
        await _dies_for(world, 1.5)  # longer than the prompt
        await world.is_in(caller, "menu")
        await world.press(caller, "1")
        record = await _served_to_the_end(world, caller)
        assert (record.outcome, record.type, record.operator, record.notes) == ("answered", "fire", "201", ())
        assert record.recording is not None


async def test_given_callers_in_line_when_the_controller_dies_then_they_keep_their_turns_and_clocks(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as world:
        first, second = await _waiting(world, "0215550101"), await _waiting(world, "0215550102")
        before = [(call.call_id, call.turn, call.arrived_at, call.queued_at) for call in world.room.calls.values()]
        await _dies_for(world)
        assert [(c.call_id, c.turn, c.arrived_at, c.queued_at) for c in world.room.calls.values()] == before
        await world.operator("203")
        await world.speaks(first, "203")
        assert (await world.is_in(second, "waiting", "ringing")).turn == 2
        await world.hang_up(first)
        assert (await world.is_over(first)).outcome == "answered"
        assert (await _served_to_the_end(world, second, "203")).outcome == "answered"


async def test_given_a_ringing_phone_when_the_controller_dies_then_it_rings_on_and_is_answered(tmp_path: Path) -> None:
    async with desk(tmp_path) as world:
        await world.operator("201", NoAnswer())
        caller = await world.citizen()
        await world.press(caller, "1")
        await world.rings("201")
        await _dies_for(world)
        await world.rings("201")
        assert len(world.phones["201"].calls) == 1
        world.phones["201"].calls[-1].answer()
        record = await _served_to_the_end(world, caller)
        assert [(offer.target, offer.result) for offer in record.offers] == [("201", "answered")]


async def test_given_a_phone_that_is_picked_up_while_nobody_serves_then_it_rings_again_without_blame(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as world:
        world.harmless = (*HARMLESS, "not active")
        await world.operator("201", NoAnswer())
        caller = await world.citizen()
        await world.press(caller, "1")
        await world.rings("201")
        await world.crash()
        world.phones["201"].calls[-1].answer()
        await world.phones["201"].calls[-1].answered()
        await world.phones["201"].calls[-1].ended()  # Asterisk has nobody to give it to
        await asyncio.sleep(3)  # longer than the phone was to ring
        await world.phone("201", Answer())
        await world.restart()
        record = await _served_to_the_end(world, caller)
        assert [(offer.target, offer.result) for offer in record.offers] == [("201", "withdrawn"), ("201", "answered")]
        assert "last_operator_no_answer" not in world.alarms()


async def test_given_a_phone_that_heard_nobody_when_it_hangs_up_just_as_the_caller_comes_then_another_rings(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as world:
        await world.operator("201", NoAnswer())
        caller = await world.citizen()
        await world.press(caller, "1")
        await world.rings("201")
        world.ari.survives = True  # Asterisk does not know yet that nobody listens, and gives the leg to the controller
        await world.crash()
        leg = world.phones["201"].calls[-1]
        leg.answer()
        await leg.answered()
        world.ari.survives = False
        await world.restart()
        await world.speaks(caller, "201")
        leg.hang_up()
        await world.operator("203")
        record = await _served_to_the_end(world, caller, "203")
        assert [(offer.target, offer.result) for offer in record.offers] == [("201", "answered"), ("203", "answered")]
        assert "phone_left_softly" in world.alarms()


async def test_given_a_conversation_when_the_controller_dies_then_it_goes_on_and_is_accounted_for(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as world:
        await world.speaking_operator("201", Answer(0.2))
        citizen = await world.dials(tone_hz=CITIZEN_HZ)
        await hears_an_operator(citizen)
        (call_id,) = world.room.calls
        caller = Caller(call_id, citizen)
        await world.crash()
        heard = len(citizen.audio.heard)
        await asyncio.sleep(1)
        await hears_an_operator(citizen)
        assert len(citizen.audio.heard) - heard > 6000  # of 8,000 samples
        await world.restart()
        assert world.seat("201").activity(world.room.now) == "talking"
        await world.operator_presses("201", "*4")
        await world.is_in(caller, "on_hold")
        await world.operator_presses("201", "*4")
        record = await _served_to_the_end(world, caller)
        assert (record.outcome, record.side, record.operator, record.notes) == ("answered", "caller", "201", ())
        assert record.recording is not None


async def test_given_a_conversation_that_ends_while_nobody_serves_then_the_record_is_written_and_the_operator_free(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as world:
        await world.operator("201")
        caller = await world.citizen()
        await world.speaks(caller, "201")
        await world.joined(caller, "201")
        await world.crash()
        await world.hang_up(caller)
        await caller.party.ended()
        await world.restart()
        record = await world.is_over(caller)
        assert (record.outcome, record.operator, record.side) == ("answered", "201", "network")
        await world.until(lambda: world.seat("201").leg is None)
        again = await world.citizen(ani="0215550103")
        assert (await _served_to_the_end(world, again)).outcome == "answered"


async def test_given_a_consultation_when_the_controller_dies_then_it_can_still_be_completed(tmp_path: Path) -> None:
    async with desk(tmp_path) as world:
        await world.agency("landline", Answer(0.2))
        await world.operator("203")
        caller = await world.citizen()
        await world.press(caller, "2")
        await world.joined(caller, "203")
        await world.operator_presses("203", "*2113#")
        await world.third_speaks(caller)
        await _dies_for(world)
        await world.is_in(caller, "consulting")
        await world.operator_presses("203", "*8")
        await world.speaks(caller, "damkar")
        await world.hang_up(caller)
        record = await world.is_over(caller)
        assert (record.outcome, record.operator, record.destination) == ("transferred", "203", "damkar")


@pytest.mark.parametrize("is_dialled", [False, True])
async def test_given_a_leg_that_was_made_and_does_not_ring_yet_when_the_controller_dies_then_the_operator_can_ask_again(
    tmp_path: Path,
    is_dialled: bool,
) -> None:
    async with desk(tmp_path) as world:
        await world.agency("landline", Mute())
        await world.operator("203")
        caller = await world.citizen()
        await world.press(caller, "2")
        await world.joined(caller, "203")
        stuck = world.ari.spoil(r"POST channels/.*\.l\d+/dial", "hang", times=0 if is_dialled else 1)
        await world.operator_presses("203", "*2113#")
        async with asyncio.timeout(PATIENCE_S):
            while not (world.agencies["landline"].calls if is_dialled else stuck.happened):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await _dies_for(world)
        await world.joined(caller, "203")
        before = len(world.agencies["landline"].calls)
        await world.operator_presses("203", "*2113#")
        async with asyncio.timeout(PATIENCE_S):
            while len(world.agencies["landline"].calls) == before:  # noqa: ASYNC110  the agency tells nobody
                await asyncio.sleep(0.05)
        await world.hang_up(caller)
        record = await world.is_over(caller)
        assert ("damkar", "withdrawn") in {(offer.target, offer.result) for offer in record.offers}
        assert record.side == "caller"


async def test_given_time_for_notes_and_a_break_when_the_controller_dies_then_operators_are_as_they_were(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as world:
        await world.operator("201")
        await world.operator("203")
        await world.dial("203", "*142")
        caller = await world.citizen()
        await _served_to_the_end(world, caller)
        await _dies_for(world, 0.0)
        assert (world.seat("203").presence, world.seat("203").reason) == ("on_break", "sholat")
        assert world.seat("201").presence == "available"
        assert world.seat("202").presence == "logged_out"
        assert world.seat("201").calls == 1
        await world.until(lambda: world.seat("201").available(world.room.now))


async def test_given_a_call_that_was_claimed_and_not_yet_heard_of_when_the_controller_dies_then_it_is_served(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as world:
        await world.operator("201")
        world.ari.replace = lambda event: None if json.loads(event)["type"] == "StasisStart" else event
        citizen = await world.dials(ddi="0211500293")
        async with asyncio.timeout(5):
            while not any(command.startswith("POST events/claim") for command in world.ari.commands):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.1)
        await world.crash()
        world.ari.replace = lambda event: event
        await world.restart()
        (call_id,) = world.room.calls
        record = await _served_to_the_end(world, Caller(call_id, citizen))
        assert (record.outcome, record.ddi, record.trunk, record.notes) == ("answered", "0211500293", "landline", ())


async def test_given_a_caller_in_the_fallback_when_the_controller_is_back_then_that_call_is_left_there(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as world:
        await world.speaking_operator("201", Answer(0.2))
        world.harmless = (*HARMLESS, "not claimed within")
        await world.crash()
        citizen = await world.dials()
        await hears_an_operator(citizen)
        await world.restart()
        await hears_an_operator(citizen)
        assert world.room.calls == {}
        citizen.hang_up()
        await citizen.ended()


async def test_given_a_damaged_journal_when_the_controller_begins_then_waiting_callers_are_served_as_new_ones(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as world:
        caller = await _waiting(world)
        await world.crash()
        for file in (world.instance.layout.state / "journal").glob("*.journal"):
            file.write_bytes(b"x" * 100)
        await world.restart()
        assert "journal" in world.alarms()
        await world.operator("201")
        record = await _served_to_the_end(world, caller)
        assert record.outcome == "answered"
