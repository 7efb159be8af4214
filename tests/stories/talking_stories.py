"""Stories of conversations: hold, transfers, third parties, reloads."""

from __future__ import annotations

from ntpd112.simulate import Answer, Busy, Press
from tests.stories.telling import story
from tests.stories.waiting_stories import results
from tests.stories.world import Caller, World


async def _speaking(w: World, operator: str = "203") -> Caller:
    await w.operator(operator)
    caller = await w.citizen(steps=[Press("2", 0.4)])
    await w.speaks(caller, operator)
    return caller


@story
async def given_a_conversation_when_the_operator_holds_and_resumes_then_they_speak_again(w: World) -> None:
    caller = await _speaking(w)
    await w.operator_presses("203", "*4")
    await w.is_in(caller, "on_hold")
    await w.operator_presses("203", "*4")
    await w.speaks(caller, "203")
    await w.pause(0.5)
    await w.operator_hangs_up("203")
    assert (await w.is_over(caller)).outcome == "answered"


@story
async def given_a_conversation_when_it_is_transferred_warmly_to_an_agency_then_caller_and_agency_speak(
    w: World,
) -> None:
    await w.agency("landline", Answer(0.2))
    caller = await _speaking(w)
    await w.operator_presses("203", "*2113#")
    await w.third_speaks(caller)
    await w.operator_presses("203", "*8")
    await w.speaks(caller, "damkar")
    await w.until(lambda: w.seat("203").leg is None)
    await w.hang_up(caller)
    record = await w.is_over(caller)
    assert (record.outcome, record.operator, record.destination) == ("transferred", "203", "damkar")
    assert results(record) == [("203", "answered"), ("damkar", "answered")]


@story
async def given_a_conversation_when_a_third_party_is_added_then_all_three_hear_each_other(w: World) -> None:
    await w.agency("landline", Answer(0.2))
    caller = await _speaking(w)
    await w.operator_presses("203", "*2113#")
    await w.third_speaks(caller)
    await w.operator_presses("203", "*3")
    await w.speaks(caller, "203", "damkar")
    await w.pause(0.5)
    await w.operator_hangs_up("203")
    await w.speaks(caller, "damkar")
    await w.hang_up(caller)
    assert (await w.is_over(caller)).outcome == "transferred"


@story
async def given_a_blind_transfer_to_another_operator_then_that_one_speaks_with_the_caller(w: World) -> None:
    caller = await _speaking(w)
    await w.operator("202")
    await w.operator_presses("203", "*1202#")
    await w.speaks(caller, "202")
    await w.pause(0.5)
    await w.operator_hangs_up("202")
    record = await w.is_over(caller)
    assert (record.outcome, record.operator) == ("transferred", "203")
    assert results(record) == [("203", "answered"), ("202", "answered")]


@story
async def given_a_blind_transfer_that_fails_then_the_caller_is_first_in_line(w: World) -> None:
    await w.agency("landline", Busy())
    caller = await _speaking(w)
    await w.operator("202")
    await w.operator_presses("203", "*1113#")
    await w.speaks(caller, "202")
    await w.hang_up(caller)
    record = await w.is_over(caller)
    assert record.outcome == "answered"
    assert results(record) == [("203", "answered"), ("damkar", "busy"), ("202", "answered")]
    assert "transfer to damkar failed" in record.notes


@story
async def given_a_consultation_that_is_cancelled_then_operator_and_caller_speak_again(w: World) -> None:
    await w.agency("landline", Answer(0.2))
    caller = await _speaking(w)
    await w.operator_presses("203", "*2113#")
    await w.third_speaks(caller)
    await w.operator_presses("203", "*0")
    await w.speaks(caller, "203")
    await w.pause(0.5)
    await w.operator_hangs_up("203")
    assert (await w.is_over(caller)).outcome == "answered"


@story
async def given_a_reload_in_mid_call_then_the_call_goes_on_as_it_was_and_the_next_has_the_new_plan(w: World) -> None:
    caller = await _speaking(w)
    before = w.room.plan.version
    await w.reload(ring_s=2)
    await w.until(lambda: w.room.plan.version != before)
    await w.speaks(caller, "203")
    await w.hang_up(caller)
    assert (await w.is_over(caller)).plan_version == before
    following = await w.citizen(steps=[Press("2", 0.4)])
    await w.speaks(following, "203")
    await w.pause(0.5)
    await w.operator_hangs_up("203")
    record = await w.is_over(following)
    assert record.plan_version == w.room.plan.version
    assert record.outcome == "answered"
