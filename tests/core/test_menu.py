"""The greeting and the menu: whatever is pressed, or nothing, leads to a human."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from ntpd112.core import messages as m
from ntpd112.core.plan import QueuePolicy
from tests.core.driver import START, Board
from tests.core.plans import make_plan


def ringing_within(seconds: float) -> Board:
    plan = make_plan()
    return Board(replace(plan, menu=replace(plan.menu, ring_within_s=seconds)))


# greeting and menu


def test_after_the_greeting_comes_the_menu() -> None:
    board = Board()
    board.greet()
    assert board.played() == [m.Play("c1", "c1.p2", ("menu",), "id")]
    assert board.call().state == "menu"


def test_the_end_of_an_older_prompt_or_of_none_changes_nothing() -> None:
    board = Board()
    board.ask()
    assert board.step(m.PlayEnded("c1", "c1.p1", False), m.PlayEnded("c1", "", False), m.PlayEnded("x", "", True)) == []
    assert board.call().state == "menu"


def test_a_key_during_the_greeting_ends_it_and_leads_to_the_queue() -> None:
    board = Board()
    board.greet()
    actions = board.press("5")
    assert actions[0] == m.StopPlay("c1", "c1.p1")
    assert board.said() == [("connecting",)]
    call = board.call()
    assert (call.type, call.priority, call.state) == ("medical", 0, "ringing")
    assert call.skills == {"medical"}


def test_a_key_after_the_menu_leads_to_the_queue_without_a_prompt_to_stop() -> None:
    board = Board()
    board.ask()
    board.played()
    board.press("4")
    assert board.all(m.StopPlay) == []
    assert board.call().type == "ambulance"


def test_a_type_leads_to_its_own_queue() -> None:
    plan = make_plan()
    types = {**plan.types, "fire": replace(plan.types["fire"], queue="fire")}
    board = Board(replace(plan, types=types, queues={**plan.queues, "fire": QueuePolicy("fire")}))
    board.queue(key="1")
    assert board.call().queue.name == "fire"


def test_the_operator_key_leads_to_the_queue_with_nothing_chosen() -> None:
    board = Board()
    board.queue(key="0")
    call = board.call()
    assert (call.type, call.priority, call.skills) == (None, 3, frozenset())


def test_silence_after_the_menu_repeats_it_once_and_then_leads_to_a_human() -> None:
    board = ringing_within(30)
    board.ask()
    board.played()
    assert board.tick(4.0) == [m.Play("c1", "c1.p3", ("menu",), "id")]
    board.played()
    board.tick(4.0)
    assert board.ringing() == ["201"]
    assert board.said() == [("connecting",)]


def test_a_wrong_key_is_said_to_be_wrong_once_and_then_leads_to_a_human() -> None:
    board = Board()
    board.ask()
    assert board.press("7") == [m.Play("c1", "c1.p3", ("wrong_key", "menu"), "id")]
    board.press("#")
    assert board.ringing() == ["201"]
    assert board.call().notes == ["key 7 means nothing", "key # means nothing"]


def test_a_wrong_key_and_silence_share_the_one_repeat() -> None:
    board = ringing_within(30)
    board.ask()
    board.press("7")
    board.played()
    board.tick(4.0)
    assert board.call().state == "ringing"


def test_a_city_without_a_repeat_says_the_menu_once() -> None:
    plan = make_plan()
    board = Board(replace(plan, menu=replace(plan.menu, repeats=0)))
    board.ask()
    board.press("7")
    assert board.call().state == "ringing"


def test_a_prompt_of_the_greeting_that_breaks_is_followed_by_the_menu_and_an_alarm() -> None:
    board = Board()
    board.greet()
    assert board.played(failed=True) == [
        m.RaiseAlarm("prompt_failed", "a prompt of the greeting could not be played", "c1", ""),
        m.Play("c1", "c1.p2", ("menu",), "id"),
    ]


def test_a_menu_that_breaks_leads_to_a_human() -> None:
    board = Board()
    board.ask()
    board.played(failed=True)
    assert board.alarms() == ["prompt_failed"]
    assert board.ringing() == ["201"]
    assert board.call().notes == ["a prompt could not be played"]


def test_a_prompt_whose_end_is_never_told_counts_as_broken() -> None:
    board = Board(on_duty=())
    board.queue()
    board.tick(29.9)
    assert board.alarms() == []
    board.tick(0.1)
    assert "prompt_failed" in board.alarms()
    assert board.all(m.StartMusic) == [m.StartMusic("c1")]


# languages


def test_the_language_key_repeats_the_menu_in_that_language() -> None:
    board = Board()
    board.ask()
    assert board.press("9") == [m.Play("c1", "c1.p3", ("menu",), "en")]
    assert board.call().skills == {"english"}


def test_the_language_key_does_not_use_up_the_repeat() -> None:
    board = ringing_within(60)
    board.ask()
    board.press("9")
    board.played()
    board.tick(4.0)
    assert board.said() == [("menu",)]
    board.played()
    board.tick(4.0)
    assert board.call().state == "ringing"


def test_the_language_key_during_the_greeting_goes_straight_to_the_menu() -> None:
    board = Board()
    board.greet()
    assert board.press("9") == [m.Play("c1", "c1.p2", ("menu",), "en")]
    assert board.call().state == "menu"


def test_a_caller_who_keeps_changing_the_language_gets_a_human() -> None:
    board = Board()
    board.ask()
    board.press("999")
    assert board.call().state == "menu"
    board.press("99")
    assert board.call().state == "ringing"


def test_type_and_language_add_up() -> None:
    board = Board()
    board.ask()
    board.press("95")
    assert board.call().skills == {"medical", "english"}
    assert board.ringing() == ["202"]


# ring_within_s


def test_with_an_operator_free_a_phone_rings_in_time_while_the_menu_goes_on() -> None:
    board = Board()
    board.ask()
    assert board.tick(6.9) == []
    board.tick(0.1)
    assert board.ringing() == ["201"]
    assert board.said() == []
    assert board.call().queued_at == START + 7


def test_a_key_pressed_after_the_phone_began_to_ring_still_counts() -> None:
    board = Board()
    board.ask()
    board.tick(7.0)
    board.press("5")
    call = board.call()
    assert (call.type, call.priority, call.digits) == ("medical", 0, "5")
    assert board.ringing() == ["201"]


def test_with_nobody_free_the_caller_stays_in_the_menu_beyond_its_limit() -> None:
    board = Board(on_duty=())
    board.ask()
    board.tick(7.0)
    assert board.call().state == "menu"
    assert list(board.room.overdue_menus) == ["c1"]


def test_a_caller_beyond_the_limit_of_the_menu_gets_the_first_operator_who_is_free() -> None:
    board = Board(on_duty=())
    board.ask()
    board.tick(7.0)
    board.set_presence("available", "203")
    assert board.ringing() == ["203"]
    assert not board.room.overdue_menus


def test_callers_in_the_queue_come_before_callers_in_the_menu() -> None:
    board = Board(make_plan(queue={"overflow": ()}), on_duty=())
    board.ask("c1")
    board.tick(7.0)
    board.queue("c2", "0")
    board.set_presence("available", "203")
    assert board.ringing("c2") == ["203"]
    assert board.call("c1").state == "menu"


def test_a_caller_beyond_the_limit_is_not_kept_waiting_by_one_who_waits_for_a_skill() -> None:
    board = Board(on_duty=("201",))
    board.talk("c1")
    board.ask("c2")
    board.tick(7.0)
    board.queue("c3", "1")
    assert board.line() == ["c3"]
    board.set_presence("available", "203")
    assert board.ringing("c2") == ["203"]
    assert board.line() == ["c3"]


def test_who_leaves_the_menu_by_key_is_no_longer_beyond_its_limit() -> None:
    board = Board(on_duty=())
    board.ask()
    board.tick(7.0)
    board.press("0")
    assert not board.room.overdue_menus
    assert board.line() == ["c1"]


def test_who_hangs_up_in_the_menu_is_forgotten_there() -> None:
    board = Board(on_duty=())
    board.ask()
    board.tick(7.0)
    board.hang_up()
    assert not board.room.overdue_menus
    assert board.switchboard.next_deadline() is None


# keys at any time


def test_keys_of_an_unknown_call_change_nothing() -> None:
    assert Board().press("1", "unknown") == []


def test_a_type_chosen_while_waiting_moves_a_caller_forward() -> None:
    board = Board(on_duty=())
    board.queue("c1", "0")
    board.queue("c2", "0")
    board.press("5", "c2")
    assert board.line() == ["c2", "c1"]


def test_a_type_chosen_while_waiting_never_moves_a_caller_back() -> None:
    plan = make_plan()
    types = {**plan.types, "fire": replace(plan.types["fire"], priority=9)}
    board = Board(replace(plan, types=types), on_duty=())
    board.queue("c1", "0")
    board.queue("c2", "0")
    board.press("1", "c1")
    assert (board.call("c1").type, board.call("c1").priority) == ("fire", 3)
    assert board.line() == ["c1", "c2"]


def test_a_type_is_chosen_once() -> None:
    board = Board(on_duty=())
    board.queue(key="4")
    board.press("5")
    assert (board.call().type, board.call().priority) == ("ambulance", 2)


def test_a_language_chosen_while_waiting_is_spoken_from_then_on_and_asks_for_its_skill() -> None:
    board = Board(on_duty=())
    board.queue(key="0")
    board.press("9")
    board.played()
    board.tick(30.0)
    assert [(play.prompts, play.language) for play in board.all(m.Play)] == [(("still_waiting",), "en")]
    board.set_presence("available", "201", "202")
    assert board.call().skills == {"english"}


def test_other_keys_while_waiting_are_only_recorded() -> None:
    board = Board(on_duty=())
    board.queue(key="0")
    assert board.press("07#") == []
    assert board.call().digits == "007#"


@pytest.mark.parametrize("state", ["talking", "leaving"])
def test_keys_pressed_later_are_only_recorded(state: str) -> None:
    board = Board()
    operator = board.talk()
    if state == "leaving":
        board.leave(operator)
    assert board.press("911") == []
    assert (board.call().state, board.call().digits, board.call().answers) == (state, "4911", "911")


def test_of_many_answers_the_last_are_kept() -> None:
    board = Board()
    board.talk()
    board.press("1" * 80 + "45")
    assert board.call().answers == "1" * 18 + "45"


def test_a_flood_of_keys_is_cut_and_noted() -> None:
    board = Board(on_duty=())
    board.queue(key="0")
    board.press("8" * 1000)
    assert board.call().digits == "0" + "8" * 63
    assert board.call().notes == ["nobody on duty", "overflow: neighbour", "more than 64 keys pressed"]
