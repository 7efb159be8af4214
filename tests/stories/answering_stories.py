"""Stories of callers and the menu."""

from __future__ import annotations

from ntpd112.simulate import Answer, HangUp, Identity, NoAnswer, Press
from ntpd112.simulate.citizen import DtmfMethod
from tests.stories.telling import story
from tests.stories.world import Caller, World

DIGIT_TYPES = {"1": "fire", "2": "crime", "3": "accident", "4": "ambulance", "5": "medical", "0": None}


@story
async def given_an_operator_when_a_landline_caller_presses_a_key_then_they_speak(w: World) -> None:
    await w.operator("201")
    caller = await w.citizen("landline", [Press("1", 0.4)], ani="0215550101")
    await w.speaks(caller, "201")
    await w.pause(0.5)
    await w.operator_hangs_up("201")
    record = await w.is_over(caller)
    assert (record.outcome, record.stage, record.side, record.cause) == (
        "answered",
        "talking",
        "operator",
        "201 hung up",
    )
    assert (record.trunk, record.trunk_kind, record.ddi) == ("landline", "landline", "112")
    assert (record.ani, record.ani_raw, record.ani_kind) == ("+62215550101", "0215550101", "national")
    assert (record.type, record.digits, record.operator, record.language) == ("fire", "1", "201", "id")
    assert record.incident_id == f"i-{caller.call_id}"
    assert record.recording is not None
    assert record.notes == ()
    (offer,) = record.offers
    assert (offer.kind, offer.target, offer.result) == ("operator", "201", "answered")
    assert record.answered_at is not None
    assert record.queued_at is not None
    assert record.first_rang_at is not None
    assert record.connected_at is not None
    assert record.arrived_at <= record.answered_at < record.queued_at <= record.first_rang_at < record.connected_at
    assert record.connected_at < record.ended_at


@story
async def given_an_operator_when_a_mobile_caller_is_answered_then_the_caller_may_hang_up(w: World) -> None:
    await w.operator("203")
    caller = await w.citizen("mobile", [Press("2", 0.4)], ani="081234567890")
    await w.speaks(caller, "203")
    await w.hang_up(caller)
    record = await w.is_over(caller)
    assert (record.outcome, record.side, record.type) == ("answered", "caller", "crime")
    assert (record.trunk_kind, record.ani) == ("mobile", "+6281234567890")


async def _every_digit(w: World, method: DtmfMethod) -> None:
    """Nobody is logged in, so every caller stays in the queue and can be looked at."""
    callers: dict[str, Caller] = {}
    for digit in DIGIT_TYPES:
        steps = [Press(digit, 0.4, method)]
        callers[digit] = await w.citizen(steps=steps, inband_only=method == "inband", ani=f"021555010{digit}")
    for digit, caller in callers.items():
        call = await w.is_in(caller, "waiting", "ringing")
        assert (digit, call.type, call.digits) == (digit, DIGIT_TYPES[digit], digit)
        await w.hang_up(caller)
        record = await w.is_over(caller)
        assert (record.type, record.digits, record.outcome) == (DIGIT_TYPES[digit], digit, "abandoned")


@story
async def given_telephone_events_when_each_key_is_pressed_then_it_is_understood(w: World) -> None:
    await _every_digit(w, "rfc4733")


@story
async def given_sip_info_relay_when_each_key_is_pressed_then_it_is_understood(w: World) -> None:
    await _every_digit(w, "info")


@story
async def given_sip_info_dtmf_when_each_key_is_pressed_then_it_is_understood(w: World) -> None:
    await _every_digit(w, "info-dtmf")


@story
async def given_tones_in_the_audio_when_each_key_is_pressed_then_it_is_understood(w: World) -> None:
    await _every_digit(w, "inband")


@story
async def given_an_operator_when_the_caller_presses_nothing_then_a_phone_rings_all_the_same(w: World) -> None:
    await w.operator("201")
    caller = await w.citizen()
    await w.speaks(caller, "201")
    await w.hang_up(caller)
    record = await w.is_over(caller)
    assert (record.type, record.digits, record.outcome) == (None, "", "answered")
    assert record.first_rang_at is not None
    assert record.first_rang_at - record.arrived_at <= w.room.plan.menu.ring_within_s


@story
async def given_a_wrong_key_twice_when_the_menu_was_repeated_once_then_an_operator_is_rung(w: World) -> None:
    await w.operator("201")
    caller = await w.citizen(steps=[Press("7", 0.4), Press("8", 1.2)])
    await w.speaks(caller, "201")
    await w.hang_up(caller)
    record = await w.is_over(caller)
    assert (record.outcome, record.type, record.digits) == ("answered", None, "78")
    assert record.notes == ("key 7 means nothing", "key 8 means nothing")


@story
async def given_a_caller_who_chose_english_then_the_operator_who_speaks_it_is_rung_first(w: World) -> None:
    await w.operator("201")
    await w.operator("203")
    await w.operator("202")
    caller = await w.citizen(steps=[Press("9", 0.4), Press("4", 1.4)])
    await w.speaks(caller, "202")
    await w.hang_up(caller)
    record = await w.is_over(caller)
    assert (record.language, record.type, record.operator) == ("en", "ambulance", "202")


@story
async def given_a_caller_who_hangs_up_in_the_greeting_then_it_is_an_abandoned_call(w: World) -> None:
    await w.operator("201")
    caller = await w.citizen(steps=[HangUp(0.25)])
    record = await w.is_over(caller)
    assert (record.outcome, record.stage, record.side) == ("abandoned", "greeting", "caller")
    assert record.queued_at is None
    assert record.offers == ()


@story
async def given_a_caller_who_hangs_up_in_the_menu_then_it_is_an_abandoned_call(w: World) -> None:
    caller = await w.citizen()
    await w.is_in(caller, "menu")
    await w.hang_up(caller)
    record = await w.is_over(caller)
    assert (record.outcome, record.stage, record.side) == ("abandoned", "menu", "caller")


@story
async def given_a_caller_who_hangs_up_in_the_queue_then_it_is_an_abandoned_call(w: World) -> None:
    caller = await w.citizen(steps=[Press("1", 0.4)])
    await w.is_in(caller, "waiting")
    await w.pause(0.5)
    await w.hang_up(caller)
    record = await w.is_over(caller)
    assert (record.outcome, record.stage, record.side) == ("abandoned", "waiting", "caller")
    assert record.queued_at is not None


@story
async def given_a_caller_who_hangs_up_while_a_phone_rings_then_the_phone_stops_and_its_operator_is_free(
    w: World,
) -> None:
    await w.operator("201", NoAnswer())
    caller = await w.citizen(steps=[Press("1", 0.4)])
    await w.rings("201")
    await w.hang_up(caller)
    record = await w.is_over(caller)
    assert (record.outcome, record.stage, record.side) == ("abandoned", "ringing", "caller")
    assert [(offer.target, offer.result) for offer in record.offers] == [("201", "caller_gone")]
    await w.until(lambda: w.seat("201").available(w.room.now))


@story
async def given_a_withheld_number_then_it_is_a_normal_call(w: World) -> None:
    await w.operator("201")
    caller = await w.citizen(identity=Identity(privacy=True), steps=[Press("5", 0.4)])
    await w.speaks(caller, "201")
    await w.hang_up(caller)
    record = await w.is_over(caller)
    assert (record.outcome, record.ani, record.ani_kind) == ("answered", None, "withheld")


@story
async def given_a_number_asserted_by_the_provider_then_it_counts_and_not_the_one_in_from(w: World) -> None:
    caller = await w.citizen(identity=Identity(ani="0219999999", asserted="081234567891"), steps=[HangUp(0.3)])
    record = await w.is_over(caller)
    assert (record.ani, record.ani_raw) == ("+6281234567891", "081234567891")


@story
async def given_an_invite_without_a_description_of_media_then_it_is_answered_like_any_other(w: World) -> None:
    await w.operator("201")
    caller = await w.citizen(late_offer=True, steps=[Press("1", 0.5)])
    await w.speaks(caller, "201")
    await w.hang_up(caller)
    assert (await w.is_over(caller)).outcome == "answered"


@story
async def given_a_trunk_over_tcp_then_calls_are_answered_like_any_other(w: World) -> None:
    await w.operator("201")
    caller = await w.citizen(transport="tcp", steps=[Press("1", 0.5)])
    await w.speaks(caller, "201")
    await w.hang_up(caller)
    assert (await w.is_over(caller)).outcome == "answered"


@story
async def given_the_old_numbers_in_every_spelling_then_they_are_the_same_service_and_the_record_says_which(
    w: World,
) -> None:
    for ddi, known in (
        ("0211500293", "0211500293"),
        ("+62211500293", "0211500293"),
        ("628111500293", "08111500293"),
        ("08111500293", "08111500293"),
    ):
        caller = await w.citizen("mobile", ddi=ddi, steps=[HangUp(0.2)])
        record = await w.is_over(caller)
        assert (record.ddi, record.ddi_raw, record.notes) == (known, ddi, ())


@story
async def given_a_number_that_is_none_of_ours_then_it_is_a_112_call_and_the_record_says_so(w: World) -> None:
    await w.operator("201", Answer(0.2))
    caller = await w.citizen(ddi="0217654321", steps=[Press("1", 0.4)])
    await w.speaks(caller, "201")
    await w.hang_up(caller)
    record = await w.is_over(caller)
    assert (record.outcome, record.ddi_raw) == ("answered", "0217654321")
    assert len(record.notes) == 1
    assert "none of ours" in record.notes[0]
