"""The alarms as people see them: one line for the same one, its end, and who sees to it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import ntpd112
from ntpd112.console.alarm_board import ENDS, SEVERITY, AlarmBoard, AlarmShown
from ntpd112.console.build import PAGE
from ntpd112.console.wall_answer import alarms_of
from ntpd112.web.control import Alarm, Condition, Health

WELL = Health(ari=True, ami=True, database=True, spilled=0, lost=0, in_hand=0, pid=1)


def an_alarm(kind: str = "human_cut_off", at: float = 1000.0, operator: str = "", text: str = "why") -> Alarm:
    return Alarm(at, kind, text, "", operator)


def told(*alarms: Alarm, health: Health = WELL) -> AlarmBoard:
    board = AlarmBoard()
    board.hear(Condition(health, alarms))
    return board


def line(board: AlarmBoard, alarm: str = "human_cut_off") -> AlarmShown:
    return next(one for one in board.shown() if one.alarm == alarm)


def raised() -> Iterator[str]:
    """Every kind that is raised somewhere with its name written there."""
    for path in Path(ntpd112.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            first = node.args[0]
            if "alarm" in name.lower() and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def test_every_kind_has_a_severity_and_words_in_the_page() -> None:
    kinds = set(raised())
    assert len(kinds) > 40
    assert kinds <= SEVERITY.keys()
    words = (PAGE / "src" / "i18n" / "alarms.ts").read_text("utf-8")
    assert [kind for kind in SEVERITY if words.count(f"alarm_{kind}:") != 2] == []
    assert {*ENDS, *ENDS.values()} <= SEVERITY.keys()


def test_the_same_one_is_one_line_that_counts() -> None:
    board = told(an_alarm(at=1000.0, operator="201"), an_alarm(at=1004.0, operator="201", text="last"), an_alarm())
    assert [(one.alarm, one.count) for one in board.shown()] == [("human_cut_off.201", 2), ("human_cut_off", 1)]
    first = line(board, "human_cut_off.201")
    assert (first.since, first.latest, first.text, first.ended_at) == (1000.0, 1004.0, "last", None)


def test_what_is_told_again_and_again_is_counted_once() -> None:
    board = told(an_alarm())
    board.hear(Condition(WELL, (an_alarm(),)))
    board.hear(Condition(WELL, (an_alarm(), an_alarm(at=1000.0, operator="202"))))
    assert [(one.alarm, one.count) for one in board.shown()] == [("human_cut_off", 1), ("human_cut_off.202", 1)]


def test_who_sees_to_it_stands_there_until_it_comes_again() -> None:
    board = told(an_alarm())
    assert board.acknowledge("human_cut_off", "rina")
    assert line(board).seen_by == "rina"
    assert not board.acknowledge("nothing", "rina")
    board.hear(Condition(WELL, (an_alarm(at=1005.0),)))
    assert (line(board).seen_by, line(board).count) == ("", 2)


@pytest.mark.parametrize(("good_news", "kind"), ENDS.items())
def test_good_news_ends_what_was_wrong_and_the_next_time_is_another(good_news: str, kind: str) -> None:
    ill = replace(WELL, database=False)
    board = told(an_alarm(kind, 1000.0), an_alarm(good_news, 1010.0), health=ill)
    assert line(board, kind).ended_at == 1010.0
    board.hear(Condition(ill, (an_alarm(kind, 1020.0),)))
    again = line(board, kind)
    assert (again.since, again.count, again.ended_at) == (1020.0, 1, None)


@pytest.mark.parametrize(
    ("kind", "ill"),
    [
        ("ari_lost", replace(WELL, ari=False)),
        ("ami_lost", replace(WELL, ami=False)),
        ("ami_refused", replace(WELL, ami=False)),
        ("records_database_down", replace(WELL, database=False)),
    ],
)
def test_a_controller_that_says_all_is_well_there_ends_it(kind: str, ill: Health) -> None:
    board = told(an_alarm(kind), health=ill)
    assert line(board, kind).ended_at is None
    board.hear(Condition(WELL, (an_alarm(kind),)))
    assert line(board, kind).ended_at == 1000.0


def test_a_controller_that_says_nothing_is_told_and_takes_no_alarm_away() -> None:
    board = told(an_alarm())
    changes: list[bool] = []
    board.on_change.add(lambda: changes.append(board.is_known))
    board.hear(None)
    board.hear(None)
    board.hear(Condition(WELL, (an_alarm(),)))
    board.hear(Condition(WELL, (an_alarm(),)))
    assert changes == [False, True]
    assert line(board).count == 1


def test_what_is_a_day_old_is_forgotten_when_something_new_comes() -> None:
    board = told(an_alarm("journal", 1000.0))
    board.hear(Condition(WELL, (an_alarm(at=1000.0 + 24 * 3600 + 1),)))
    assert [one.kind for one in board.shown()] == ["human_cut_off"]


def test_the_wall_is_told_what_goes_on_and_nobody_sees_to_without_any_text() -> None:
    board = told(an_alarm("journal"), an_alarm(text="+62811"), an_alarm("wrong_password"), an_alarm("self_call_noted"))
    board.acknowledge("wrong_password", "rina")
    shown = alarms_of(board.shown(), 1000.0)
    assert [(one.kind, one.severity) for one in shown] == [("journal", "high"), ("human_cut_off", "warning")]
    assert "62811" not in str(shown)
    assert [one.kind for one in alarms_of(board.shown(), 1900.0)] == ["journal"]


@given(
    st.lists(
        st.builds(
            an_alarm, st.sampled_from(sorted(SEVERITY)), st.floats(0, 1e6), st.sampled_from(["", "201"]), st.just("")
        ),
        max_size=30,
    )
)
def test_nothing_is_shown_twice_and_nothing_ended_comes_before_it_began(alarms: list[Alarm]) -> None:
    board = AlarmBoard()
    for number in range(len(alarms)):
        board.hear(Condition(WELL, tuple(sorted(alarms[: number + 1], key=lambda one: one.at))))
    shown = board.shown()
    assert len({one.alarm for one in shown}) == len(shown)
    assert all(one.ended_at is None or one.since <= one.latest <= one.ended_at for one in shown)
