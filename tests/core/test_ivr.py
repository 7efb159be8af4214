"""What a key means, how often the menu is said, and whom a caller's choices ask for."""

from __future__ import annotations

from ntpd112.core import ivr
from ntpd112.core.call import Call
from ntpd112.core.plan import AskOperator, ChooseLanguage, ChooseType
from tests.core.driver import Board


def caller() -> Call:
    board = Board()
    board.ask()
    return board.call()


def test_a_key_means_what_the_menu_says() -> None:
    call = caller()
    assert ivr.meaning(call, "1") == ChooseType("fire")
    assert ivr.meaning(call, "0") == AskOperator()
    assert ivr.meaning(call, "9") == ChooseLanguage("en")


def test_a_key_that_is_not_in_the_menu_means_nothing() -> None:
    assert ivr.meaning(caller(), "#") is None


def test_a_language_key_means_nothing_after_three_changes_while_other_keys_still_do() -> None:
    call = caller()
    call.menu_languages = 2
    assert ivr.meaning(call, "9") == ChooseLanguage("en")
    call.menu_languages = 3
    assert ivr.meaning(call, "9") is None
    assert ivr.meaning(call, "5") == ChooseType("medical")


def test_the_menu_is_said_once_more_and_then_no_more() -> None:
    call = caller()
    assert call.menu_said == 1
    assert ivr.may_repeat(call)
    call.menu_said = 2
    assert not ivr.may_repeat(call)


def test_nothing_chosen_asks_for_no_skills() -> None:
    assert ivr.wanted_skills(caller()) == frozenset()


def test_type_and_foreign_language_together_ask_for_their_skills() -> None:
    call = caller()
    call.type, call.language = "medical", "en"
    assert ivr.wanted_skills(call) == {"medical", "english"}


def test_the_language_of_the_city_asks_for_no_skill() -> None:
    call = caller()
    call.type = "fire"
    assert ivr.wanted_skills(call) == {"fire"}
