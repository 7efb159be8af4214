"""The state chart of the README is drawn from the table, and leaves nothing out."""

from __future__ import annotations

import runpy
import sys

import pytest

from ntpd112.core.call import ALWAYS, TRANSITIONS
from ntpd112.core.chart import state_chart


def arrows() -> dict[tuple[str, str], set[str]]:
    """Read the chart back: (source, target) -> triggers."""
    found = {}
    for line in state_chart().splitlines():
        ends, _, triggers = line.strip().partition(": ")
        source, arrow, target = ends.partition(" --> ")
        if arrow and "[*]" not in {source, target}:
            found[source, target] = set(triggers.split(", "))
    return found


def test_every_move_of_the_table_is_an_arrow_and_every_arrow_a_move() -> None:
    drawn = set()
    for (source, target), triggers in arrows().items():
        sources = [state for state, row in TRANSITIONS.items() if row.keys() >= ALWAYS.keys()]
        for state in sources if source == "call" else [source]:
            drawn |= {(state, trigger, target) for trigger in triggers}
    assert drawn == {(state, trigger, target) for state, row in TRANSITIONS.items() for trigger, target in row.items()}


def test_a_call_begins_with_its_arrival_and_ends_once() -> None:
    lines = [line.strip() for line in state_chart().splitlines()]
    assert lines[0] == "stateDiagram-v2"
    assert [line for line in lines if "[*]" in line] == ["[*] --> arriving", "ended --> [*]"]


def test_moves_to_the_same_state_share_an_arrow() -> None:
    assert arrows()["consulting", "talking"] == {"third_left", "handed_over"}


def test_the_module_prints_the_chart(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "ntpd112.core.chart")
    runpy.run_module("ntpd112.core.chart", run_name="__main__", alter_sys=True)
    assert capsys.readouterr().out == state_chart()
