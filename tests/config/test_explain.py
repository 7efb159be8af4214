"""The explanation of a call, told by the real core."""

from __future__ import annotations

import pytest

from ntpd112.config.explain import Staff, Step, explain
from ntpd112.config.load import DEFAULT_CITY, load_city, read_city
from tests.config.test_load import MINIMAL

FILE = load_city(DEFAULT_CITY)
LINES = DEFAULT_CITY.read_text().splitlines()


def said(steps: list[Step], what: str) -> list[str]:
    return [step.text for step in steps if step.what == what]


def test_given_everybody_when_fire_is_chosen_then_those_who_can_are_rung_first() -> None:
    steps = explain(FILE, "081234567890", digits="1")
    rung = [text[:3] for text in said(steps, "ring")]
    assert rung[:4] == ["201", "204", "202", "203"]
    assert said(steps, "type") == ["fire: priority 1, skills fire"]
    assert said(steps, "caller") == ['"081234567890" is +6281234567890, a number of this country']


def test_given_nobody_when_a_call_comes_then_the_number_outside_rings_at_once() -> None:
    steps = explain(FILE, "anonymous", staff="nobody", digits="5", trunk="mobile", at="02:00")
    joined = next(step.at_s for step in steps if step.what == "queue")
    first = next(step for step in steps if step.what == "ring")
    assert first.text.startswith("112 kota tetangga")
    assert first.at_s == joined
    assert said(steps, "time") == ["02:00 Asia/Jakarta: routing is the same at every hour"]


def test_given_one_operator_who_never_answers_then_that_one_is_rung_again_and_the_caller_keeps_the_turn() -> None:
    steps = explain(FILE, "", staff=("203",))
    assert said(steps, "ring")[:2] == ["203 Dewi (medical, english)"] * 2
    assert "rona" not in {step.what for step in steps}
    assert steps[-2].what == "again"


def test_every_line_named_is_the_line_that_decides() -> None:
    for step in explain(FILE, "0812", digits="95"):
        if step.what == "key":
            assert LINES[step.line - 1].strip().startswith(f'"{step.text[0]}":')
        if step.what == "type":
            assert LINES[step.line - 1].strip() == "medical:"
        if step.what == "no answer":
            assert "ring_s" in LINES[step.line - 1]


def test_a_change_of_language_and_a_wrong_key_say_the_menu_again() -> None:
    steps = explain(FILE, "0812", digits="7", staff="nobody")
    assert [text[:5] for text in said(steps, "menu")] == ['"Keba', '"Keba']
    assert said(steps, "wrong_key") == ['"Maaf, tombol itu tidak dipakai."']
    assert [text[:5] for text in said(explain(FILE, "0812", digits="9"), "menu")][:2] == ['"Keba', '"Fire']


def test_an_unknown_number_is_answered_like_any_other() -> None:
    steps = explain(FILE, "0812", to="022112")
    assert "treated as a 112 call" in said(steps, "dialled")[0]
    assert said(steps, "ring")


@pytest.mark.parametrize("staff", ["everybody", "nobody"])
def test_a_story_ends_even_when_nobody_outside_can_be_rung(staff: Staff) -> None:
    steps = explain(read_city(MINIMAL), "0812", staff=staff)
    assert steps[-2].what == "waiting"
    assert len(steps) < 210


def test_time_never_runs_backwards_in_a_story() -> None:
    times = [step.at_s for step in explain(FILE, "0812", digits="11")]
    assert times == sorted(times)


def test_unknown_trunks_and_operators_are_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="there is no trunk x; the file has landline, mobile"):
        explain(FILE, "0812", trunk="x")
    with pytest.raises(ValueError, match="there is no operator 999"):
        explain(FILE, "0812", staff=("999",))
