"""Stories of what answers outside: mailboxes, and humans who press the key. A mailbox has no call and ends none."""

from __future__ import annotations

from ntpd112.core.call import Leg
from ntpd112.simulate import Answer, NoAnswer, Press
from tests.stories.telling import story
from tests.stories.waiting_stories import results
from tests.stories.world import Caller, World

MAILBOX = Answer(after_s=0.2, talk_s=2.0)
AT_ONCE = Answer(after_s=0.0, talk_s=2.0)
LONG = Answer(after_s=0.2)


async def _at_the_mailbox(w: World, mailbox: Answer) -> Caller:
    """Nobody is logged in, the neighbour does not answer, and the supervisor's mobile does."""
    await w.agency("landline", NoAnswer())
    await w.agency("mobile", mailbox)
    caller = await w.citizen(steps=[Press("1", 0.4)])
    await w.until(lambda: asked_outside(w, caller, "supervisor") is not None)
    return caller


def asked_outside(w: World, caller: Caller, target: str) -> Leg | None:
    """Return the leg of a destination that has answered, and is asked whether it is a human."""
    call = w.call(caller)
    legs = [] if call is None else [*call.ringing.values(), call.main, call.third]
    return next((leg for leg in legs if leg is not None and leg.target == target and leg.is_unconfirmed), None)


@story
async def given_a_mailbox_outside_when_it_hangs_up_then_the_caller_waits_on_and_an_operator_gets_them(
    w: World,
) -> None:
    caller = await _at_the_mailbox(w, MAILBOX)
    turn = (await w.is_in(caller, "ringing")).turn
    await w.until(lambda: asked_outside(w, caller, "supervisor") is None)
    await w.operator("201")
    await w.speaks(caller, "201")
    call = w.call(caller)
    assert call is not None
    assert call.turn == turn
    await w.operator_hangs_up("201")
    record = await w.is_over(caller)
    assert (record.outcome, record.operator, record.destination) == ("answered", "201", None)
    assert ("supervisor", "not_confirmed") in results(record)


@story
async def given_a_mailbox_that_answers_at_once_and_speaks_on_then_it_is_let_go_and_the_next_is_rung(w: World) -> None:
    caller = await _at_the_mailbox(w, Answer(after_s=0.0))
    await w.until(lambda: asked_outside(w, caller, "supervisor") is None)
    await w.agency_is_rung_again(caller, "neighbour")
    await w.hang_up(caller)
    record = await w.is_over(caller)
    assert (record.outcome, record.connected_at, record.destination) == ("abandoned", None, None)
    assert results(record)[:2] == [("neighbour", "no_answer"), ("supervisor", "not_confirmed")]


@story
async def given_a_mailbox_that_speaks_when_an_operator_logs_in_then_they_have_the_caller_at_once(w: World) -> None:
    caller = await _at_the_mailbox(w, LONG)
    await w.operator("201", Answer(0.1))
    await w.speaks(caller, "201")
    await w.hang_up(caller)
    record = await w.is_over(caller)
    assert record.outcome == "answered"
    assert results(record)[1:] == [("supervisor", "answered_elsewhere"), ("201", "answered")]


@story
async def given_a_human_outside_who_presses_wrong_keys_first_then_the_right_one_takes_the_call(w: World) -> None:
    caller = await _at_the_mailbox(w, Answer(0.2, presses=Press("28#1", 0.6)))
    await w.speaks(caller, "supervisor")
    await w.hang_up(caller)
    record = await w.is_over(caller)
    assert (record.outcome, record.destination) == ("overflowed", "supervisor")
    assert record.connected_at is not None


@story
async def given_a_human_outside_whose_keys_come_by_sip_info_then_they_take_the_call(w: World) -> None:
    caller = await _at_the_mailbox(w, Answer(0.2, presses=Press("1", 0.6, "info")))
    await w.speaks(caller, "supervisor")
    await w.hang_up(caller)
    assert (await w.is_over(caller)).outcome == "overflowed"


@story
async def given_a_party_outside_that_hangs_up_a_moment_after_the_key_then_the_caller_is_first_in_line(
    w: World,
) -> None:
    caller = await _at_the_mailbox(w, Answer(0.2, talk_s=2.0, presses=Press("1", 0.5)))
    await w.speaks(caller, "supervisor")
    await w.is_in(caller, "waiting", "ringing")
    await w.operator("201")
    await w.speaks(caller, "201")
    await w.hang_up(caller)
    record = await w.is_over(caller)
    assert (record.outcome, record.operator, record.destination) == ("answered", "201", None)
    assert ("supervisor", "quick_end") in results(record)


@story
async def given_a_desk_that_need_not_confirm_when_it_hangs_up_at_once_then_the_next_number_is_rung(w: World) -> None:
    await w.agency("landline", Answer(0.2, talk_s=1.0))
    await w.agency("mobile", Answer(0.2, presses=Press("1")))
    caller = await w.citizen(steps=[Press("1", 0.4)])
    await w.speaks(caller, "neighbour")
    await w.speaks(caller, "supervisor")
    await w.hang_up(caller)
    record = await w.is_over(caller)
    assert (record.outcome, record.destination) == ("overflowed", "supervisor")
    assert results(record) == [("neighbour", "quick_end"), ("supervisor", "answered")]


@story
async def given_a_blind_transfer_to_a_mailbox_then_the_caller_is_first_in_line(w: World) -> None:
    await w.agency("mobile", MAILBOX)
    await w.operator("203")
    caller = await w.citizen(steps=[Press("2", 0.4)])
    await w.speaks(caller, "203")
    await w.operator_presses("203", "*108101120003#")
    await w.is_in(caller, "transferring")
    await w.operator("202")
    await w.speaks(caller, "202")
    await w.pause(0.5)
    await w.operator_hangs_up("202")
    record = await w.is_over(caller)
    assert (record.outcome, record.operator, record.destination) == ("answered", "203", None)
    assert results(record)[:2] == [("203", "answered"), ("supervisor", "not_confirmed")]


@story
async def given_a_blind_transfer_to_a_human_who_presses_the_key_then_they_have_the_caller(w: World) -> None:
    await w.agency("mobile", Answer(0.2, presses=Press("1", 0.8)))
    await w.operator("203")
    caller = await w.citizen(steps=[Press("2", 0.4)])
    await w.speaks(caller, "203")
    await w.operator_presses("203", "*108101120003#")
    await w.speaks(caller, "supervisor")
    await w.until(lambda: w.seat("203").leg is None)
    await w.hang_up(caller)
    record = await w.is_over(caller)
    assert (record.outcome, record.destination) == ("transferred", "supervisor")


@story
async def given_a_consultation_with_a_mailbox_when_the_operator_hands_over_then_the_caller_does_not_get_it(
    w: World,
) -> None:
    await w.agency("landline", LONG)
    await w.operator("203")
    caller = await w.citizen(steps=[Press("2", 0.4)])
    await w.speaks(caller, "203")
    await w.operator_presses("203", "*2110#")
    await w.until(lambda: asked_outside(w, caller, "polisi") is not None)
    await w.operator_presses("203", "*8")
    await w.is_in(caller, "transferring")
    await w.operator("202")
    await w.speaks(caller, "202")
    await w.pause(0.5)
    await w.operator_hangs_up("202")
    record = await w.is_over(caller)
    assert (record.outcome, record.destination) == ("answered", None)
    assert results(record)[:2] == [("203", "answered"), ("polisi", "not_confirmed")]


@story
async def given_a_consultation_with_a_human_when_they_press_the_key_after_the_hand_over_then_they_speak(
    w: World,
) -> None:
    await w.agency("landline", Answer(0.2, presses=Press("1", 3.0)))
    await w.operator("203")
    caller = await w.citizen(steps=[Press("2", 0.4)])
    await w.speaks(caller, "203")
    await w.operator_presses("203", "*2110#")
    await w.until(lambda: asked_outside(w, caller, "polisi") is not None)
    await w.operator_hangs_up("203")
    await w.speaks(caller, "polisi")
    await w.hang_up(caller)
    record = await w.is_over(caller)
    assert (record.outcome, record.destination) == ("transferred", "polisi")


@story
async def given_a_consultation_with_a_human_who_has_pressed_the_key_then_the_caller_is_given_to_them_at_once(
    w: World,
) -> None:
    await w.agency("landline", Answer(0.2, presses=Press("1", 0.5)))
    await w.operator("203")
    caller = await w.citizen(steps=[Press("2", 0.4)])
    await w.speaks(caller, "203")
    await w.operator_presses("203", "*2110#")
    await w.third_speaks(caller)
    await w.operator_presses("203", "*8")
    await w.speaks(caller, "polisi")
    await w.hang_up(caller)
    assert (await w.is_over(caller)).outcome == "transferred"
