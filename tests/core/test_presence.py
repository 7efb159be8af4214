"""Operators' own doing: presence, feature codes, codes pressed in mid-call, and what is seen of their phones."""

from __future__ import annotations

import pytest

from ntpd112.core import messages as m
from ntpd112.core.plan import FeatureCodes
from ntpd112.core.presence import code_meaning
from tests.core.driver import Board
from tests.core.plans import make_plan

PATIENT = {"overflow": ()}
NOBODY: tuple[str, ...] = ()


def room(*on_duty: str) -> Board:
    return Board(make_plan(queue=PATIENT), on_duty=on_duty)


# presence


def test_a_change_of_presence_is_shown_to_the_exchange() -> None:
    board = room()
    assert board.set_presence("on_break", "201", reason="sholat") == [m.ShowPresence("201", "on_break", "sholat")]
    assert (board.operator("201").presence, board.operator("201").reason) == ("on_break", "sholat")


def test_an_unknown_operator_or_one_who_was_removed_has_no_presence() -> None:
    board = room("201")
    board.talk()
    board.reload(make_plan(("202",)))
    assert board.set_presence("available", "201", "999") == []
    assert board.operator("201").presence == "logged_out"


def test_logging_in_counts_calls_anew() -> None:
    board = room("201")
    board.talk()
    board.hang_up()
    board.gone("201")
    board.set_presence("on_break", "201")
    assert board.operator("201").calls == 1
    board.set_presence("logged_out", "201")
    board.set_presence("available", "201")
    assert board.operator("201").calls == 0


@pytest.mark.parametrize("presence", ["on_break", "logged_out"])
def test_an_operator_who_leaves_while_ringing_is_rung_no_longer_and_the_next_is(presence: m.Presence) -> None:
    board = room("201", "202")
    board.queue()
    board.set_presence(presence, "201")
    assert board.all(m.CancelRing) == [m.CancelRing("c1.l1", "c1", "withdrawn")]
    assert board.ringing() == ["202"]
    assert board.gone("201") == []
    assert board.operator("201").presence == presence


def test_who_says_available_while_ringing_goes_on_ringing() -> None:
    board = room("201")
    board.queue()
    assert board.set_presence("available", "201") == [m.ShowPresence("201", "available", "")]
    assert board.ringing() == ["201"]


@pytest.mark.parametrize("presence", ["on_break", "logged_out"])
def test_an_operator_who_leaves_while_talking_keeps_the_call(presence: m.Presence) -> None:
    board = room("201")
    board.talk()
    board.set_presence(presence, "201")
    assert board.call().state == "talking"


def test_a_consultation_goes_on_ringing_whatever_the_presence() -> None:
    board = room("201", "202")
    board.talk()
    board.command("201", "warm", "202")
    assert board.set_presence("on_break", "202") == [m.ShowPresence("202", "on_break", "")]
    assert board.leg("202").kind == "consult"


def test_ready_ends_the_wrap_up_and_the_place_in_the_idle_line_counts_from_then() -> None:
    board = room("201", "202")
    board.talk("c1")
    board.hang_up("c1")
    board.gone("201")
    board.tick(5.0)
    board.set_presence("available", "201")
    board.set_presence("on_break", "202")
    board.tick(5.0)
    board.set_presence("available", "202")
    board.tick(60.0)
    board.queue("c2")
    assert board.ringing("c2") == ["201"]


def test_ready_ends_a_pause() -> None:
    board = room("201", "202")
    board.queue("c1")
    board.leave("201", 21, 603)
    board.set_presence("available", "201")
    board.queue("c2")
    assert board.ringing("c2") == ["201"]


def test_saying_available_again_does_not_cost_the_place_in_the_idle_line() -> None:
    board = room("201", "202")
    board.tick(10.0)
    board.set_presence("available", "201")
    board.queue()
    assert board.ringing() == ["201"]


def test_the_end_of_the_wrap_up_begins_the_idle_time() -> None:
    board = room("201", "202")
    board.talk("c1")
    board.hang_up("c1")
    board.gone("201")
    board.tick(30.0)
    assert board.operator("201").idle_since == board.now
    board.queue("c2")
    assert board.ringing("c2") == ["202"]


# phones


def test_a_phone_in_use_is_not_rung_until_it_is_free() -> None:
    board = room("201")
    board.phone("201", "in_use")
    board.queue()
    assert board.ringing() == []
    board.phone("201", "free")
    assert board.ringing() == ["201"]


def test_what_the_exchange_sees_of_a_phone_with_our_own_leg_is_no_news() -> None:
    board = room("201")
    board.queue()
    for state in ("ringing", "in_use"):
        assert board.phone("201", state) == []
    assert board.operator("201").phone == "free"


def test_a_phone_that_is_lost_while_it_rings_gives_the_caller_to_the_next() -> None:
    board = room("201", "202")
    board.queue()
    board.phone("201", "unreachable")
    assert board.all(m.CancelRing) == [m.CancelRing("c1.l1", "c1", "unreachable")]
    assert board.ringing() == ["202"]
    assert not board.operator("201").on_duty


def test_a_phone_that_is_lost_in_mid_call_does_not_end_the_call() -> None:
    board = room("201")
    board.talk()
    assert board.phone("201", "unreachable") == []
    assert board.call().state == "talking"


def test_a_phone_that_registers_again_is_rung_at_once() -> None:
    board = room("201", "202")
    board.queue("c1")
    board.leave("201", 20, 404)
    board.phone("201", "unreachable")
    board.queue("c2")
    assert board.ringing("c2") == []
    board.phone("201", "free")
    assert board.ringing("c2") == ["201"]


def test_the_phone_of_an_unknown_operator_is_nobodys() -> None:
    assert room().phone("999", "free") == []


# feature codes


@pytest.mark.parametrize(
    ("before", "digits", "presence", "reason", "prompt"),
    [
        ("logged_out", "*11", "available", "", "logged_in"),
        ("on_break", "*11", "available", "", "logged_in"),
        ("on_break", "*13", "available", "", "ready"),
        ("available", "*12", "logged_out", "", "logged_out"),
        ("available", "*14", "on_break", "istirahat", "on_break"),
        ("available", "*142", "on_break", "sholat", "on_break"),
    ],
)
def test_a_feature_code_changes_the_presence_and_says_so(
    before: m.Presence, digits: str, presence: m.Presence, reason: str, prompt: str
) -> None:
    board = room()
    board.set_presence(before, "201")
    assert board.dial("201", digits) == [
        m.ShowPresence("201", presence, reason),
        m.Confirm("d1", "201", (prompt,)),
    ]


@pytest.mark.parametrize("digits", ["*99", "*149", "*1", "", "*110"])
def test_a_code_that_does_not_exist_is_said_to_be_unknown(digits: str) -> None:
    board = room("201")
    assert board.dial("201", digits) == [m.Confirm("d1", "201", ("code_unknown",))]


@pytest.mark.parametrize("digits", ["*13", "*14", "*141"])
def test_ready_and_break_need_a_log_in(digits: str) -> None:
    board = room()
    assert board.dial("201", digits) == [m.Confirm("d1", "201", ("not_logged_in",))]
    assert board.operator("201").presence == "logged_out"


def test_a_code_from_a_phone_that_is_no_operators_or_no_longer_one_is_unknown() -> None:
    board = room("201")
    board.talk()
    board.reload(make_plan(("202",)))
    assert board.dial("999", "*11") == [m.Confirm("d1", "999", ("code_unknown",))]
    assert board.dial("201", "*11") == [m.Confirm("d1", "201", ("code_unknown",))]
    assert board.operator("201").presence == "logged_out"


def test_a_city_without_reasons_for_breaks_has_breaks_all_the_same() -> None:
    assert code_meaning(FeatureCodes(), "*14") == ("on_break", "break", "on_break")


# codes in mid-call


@pytest.mark.parametrize(
    ("keys", "state"),
    [
        ("*4", "on_hold"),
        ("*1113#", "transferring"),
        ("*2202#", "consulting"),
        ("12*4", "on_hold"),
        ("*2*4", "on_hold"),
        ("*4*4", "talking"),
        ("*2#", "talking"),
        ("*1999#", "talking"),
        ("*3*8*0", "talking"),
        ("4", "talking"),
        ("*7", "talking"),
    ],
)
def test_codes_pressed_in_mid_call_are_commands(keys: str, state: str) -> None:
    board = room("201", "202")
    board.talk()
    board.keys("201", keys)
    assert board.call().state == state


def test_mute_conference_and_cancel_are_pressed_too() -> None:
    board = room("201", "202")
    board.talk()
    assert board.keys("201", "*5") == [m.MuteLeg("c1.l1", "c1", True)]
    board.keys("201", "*2202#")
    board.pick_up("202")
    board.keys("201", "*3")
    assert board.call().state == "conference"
    board.keys("201", "*0")
    assert board.call().state == "talking"


def test_complete_is_pressed_too() -> None:
    board = room("201", "202")
    board.talk()
    board.keys("201", "*2202#")
    board.keys("201", "*8")
    assert board.call().state == "transferring"


def test_a_code_half_pressed_is_forgotten_after_five_seconds() -> None:
    board = room("201", "202")
    board.talk()
    board.keys("201", "*220")
    board.tick(5.0)
    board.keys("201", "2#")
    assert board.call().state == "consulting"
    board.keys("201", "*0*2")
    board.tick(5.1)
    board.keys("201", "202#")
    assert board.call().state == "talking"


def test_keys_pressed_for_ever_take_no_room() -> None:
    board = room("201")
    board.talk()
    board.keys("201", "1" * 1000)
    assert len(board.leg("201").keys) == 24


def test_keys_of_a_phone_that_rings_or_of_a_number_outside_are_no_commands() -> None:
    board = room("201")
    board.queue()
    assert board.keys("201", "*4") == []
    board.pick_up("201")
    board.command("201", "blind", "damkar")
    board.pick_up("damkar")
    assert board.keys("damkar", "*4") == []


def test_a_leg_that_was_told_to_end_is_not_told_again_by_presence_or_phone() -> None:
    board = room("201")
    board.queue()
    board.hang_up()
    assert board.set_presence("on_break", "201") == [m.ShowPresence("201", "on_break", "")]
    assert board.phone("201", "unreachable") == []
