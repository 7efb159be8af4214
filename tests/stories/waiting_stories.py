"""Stories of the queue: turns, rings that fail, and what else is tried."""

from __future__ import annotations

from ntpd112.core.records import CallRecord
from ntpd112.simulate import Answer, Busy, Decline, NoAnswer, Press
from tests.stories.telling import story
from tests.stories.world import World


def results(record: CallRecord) -> list[tuple[str, str]]:
    """Every ring in order: who, and what became of it."""
    return [(offer.target, offer.result) for offer in record.offers]


@story
async def given_an_operator_who_does_not_answer_then_the_next_is_rung_and_the_first_is_on_break(w: World) -> None:
    await w.operator("201", NoAnswer())
    await w.operator("203")
    caller = await w.citizen(steps=[Press("1", 0.4)])
    await w.speaks(caller, "203")
    assert (w.seat("201").presence, w.seat("201").reason) == ("on_break", "rona")
    await w.hang_up(caller)
    record = await w.is_over(caller)
    assert results(record) == [("201", "no_answer"), ("203", "answered")]
    assert record.outcome == "answered"


@story
async def given_the_last_operator_who_does_not_answer_then_they_are_rung_again(w: World) -> None:
    await w.operator("201", NoAnswer())
    caller = await w.citizen(steps=[Press("1", 0.4)])
    await w.rings("201")
    await w.phone("201", Answer(0.2))
    await w.speaks(caller, "201", within_s=20)
    assert w.seat("201").presence == "available"
    await w.hang_up(caller)
    assert results(await w.is_over(caller)) == [("201", "no_answer"), ("201", "answered")]


@story
async def given_an_operator_who_declines_then_the_next_is_rung_and_the_first_stays_available(w: World) -> None:
    await w.operator("201", Decline(0.3))
    await w.operator("203")
    caller = await w.citizen(steps=[Press("1", 0.4)])
    await w.speaks(caller, "203")
    assert w.seat("201").presence == "available"
    await w.hang_up(caller)
    assert results(await w.is_over(caller)) == [("201", "declined"), ("203", "answered")]


@story
async def given_a_phone_that_is_busy_then_the_record_says_busy(w: World) -> None:
    await w.operator("201", Busy())
    await w.operator("203")
    caller = await w.citizen(steps=[Press("1", 0.4)])
    await w.speaks(caller, "203")
    await w.hang_up(caller)
    assert results(await w.is_over(caller)) == [("201", "busy"), ("203", "answered")]


@story
async def given_all_operators_busy_when_one_is_free_again_then_the_first_caller_in_line_has_them(w: World) -> None:
    await w.operator("203")
    first = await w.citizen(steps=[Press("2", 0.4)], ani="0215550001")
    await w.speaks(first, "203")
    second = await w.citizen(steps=[Press("2", 0.4)], ani="0215550002")
    await w.is_in(second, "waiting")
    third = await w.citizen(steps=[Press("2", 0.4)], ani="0215550003")
    await w.is_in(third, "waiting")
    await w.hang_up(first)
    await w.speaks(second, "203")
    assert (await w.is_in(third, "waiting")).turn == 3
    await w.hang_up(second)
    await w.speaks(third, "203")
    await w.hang_up(third)
    for caller in (first, second, third):
        assert (await w.is_over(caller)).outcome == "answered"


@story
async def given_callers_in_line_when_a_more_urgent_one_comes_then_that_one_is_next(w: World) -> None:
    await w.operator("203")
    first = await w.citizen(steps=[Press("2", 0.4)], ani="0215550001")
    await w.speaks(first, "203")
    crime = await w.citizen(steps=[Press("2", 0.4)], ani="0215550002")
    await w.is_in(crime, "waiting")
    medical = await w.citizen(steps=[Press("5", 0.4)], ani="0215550003")
    await w.is_in(medical, "waiting")
    await w.hang_up(first)
    await w.speaks(medical, "203")
    await w.hang_up(medical)
    await w.speaks(crime, "203")
    await w.hang_up(crime)
    assert (await w.is_over(crime)).outcome == "answered"


@story
async def given_nobody_logged_in_then_the_neighbour_centre_is_rung_at_once(w: World) -> None:
    await w.agency("landline", Answer(0.2))
    caller = await w.citizen(steps=[Press("1", 0.4)])
    await w.speaks(caller, "neighbour")
    await w.hang_up(caller)
    record = await w.is_over(caller)
    assert (record.outcome, record.destination, record.operator) == ("overflowed", "neighbour", None)
    assert results(record) == [("neighbour", "answered")]
    assert "nobody on duty" in record.notes


@story
async def given_nobody_logged_in_when_the_neighbour_does_not_answer_then_the_next_number_is_rung(w: World) -> None:
    await w.agency("landline", NoAnswer())
    await w.agency("mobile", Answer(0.2, presses=Press("1")))
    caller = await w.citizen(steps=[Press("1", 0.4)])
    await w.speaks(caller, "supervisor")
    await w.hang_up(caller)
    record = await w.is_over(caller)
    assert (record.outcome, record.destination) == ("overflowed", "supervisor")
    assert results(record) == [("neighbour", "no_answer"), ("supervisor", "answered")]


@story
async def given_a_caller_without_anybody_when_an_operator_logs_in_then_they_speak(w: World) -> None:
    caller = await w.citizen(steps=[Press("1", 0.4)])
    await w.is_in(caller, "waiting", "ringing")
    await w.operator("201")
    await w.speaks(caller, "201")
    await w.pause(0.5)
    await w.operator_hangs_up("201")
    record = await w.is_over(caller)
    assert (record.outcome, record.operator) == ("answered", "201")


@story
async def given_everybody_is_asked_after_a_wait_when_one_answers_then_the_others_stop_ringing(w: World) -> None:
    for operator in ("201", "202", "203"):
        await w.operator(operator, NoAnswer())
    await w.dial("202", "*141")
    await w.dial("203", "*141")
    caller = await w.citizen(steps=[Press("2", 0.4)])
    call = await w.is_in(caller, "ringing")
    await w.until(lambda: call.ring_all, within_s=20)
    await w.phone("203", Answer(0.5))
    await w.dial("202", "*13")
    await w.dial("203", "*13")
    await w.speaks(caller, "203")
    await w.until(lambda: w.seat("202").leg is None and w.seat("201").leg is None)
    await w.hang_up(caller)
    record = await w.is_over(caller)
    assert ("203", "answered") in results(record)
    assert ("202", "answered_elsewhere") in results(record)


@story
async def given_an_operator_who_takes_a_break_while_the_phone_rings_then_the_caller_keeps_the_turn(w: World) -> None:
    await w.operator("201", NoAnswer())
    caller = await w.citizen(steps=[Press("1", 0.4)])
    await w.rings("201")
    turn = (await w.is_in(caller, "ringing")).turn
    await w.operator("203")
    await w.dial("201", "*142")
    await w.speaks(caller, "203")
    call = w.call(caller)
    assert call is not None
    assert call.turn == turn
    assert (w.seat("201").presence, w.seat("201").reason) == ("on_break", "sholat")
    await w.hang_up(caller)
    assert results(await w.is_over(caller)) == [("201", "withdrawn"), ("203", "answered")]
