"""The table of legal moves is the whole truth of a call's states."""

from __future__ import annotations

from typing import get_args

import pytest

from ntpd112.core.call import IN_MENU, IN_QUEUE, STAGE_OF, TRANSITIONS, WITH_HUMAN, Call, State, Trigger
from ntpd112.core.messages import CallArrived
from tests.core.plans import make_plan

STATES: tuple[State, ...] = get_args(State)
TRIGGERS: tuple[Trigger, ...] = get_args(Trigger)


def call_in(state: State) -> Call:
    plan = make_plan()
    arrived = CallArrived("c1", "mobile", "mobile", "112", "112", True, None, "", "missing", "")
    return Call(arrived, 1000.0, 1, plan, "id", plan.queues["main"], 3, state=state, stage="menu")


@pytest.mark.parametrize("state", STATES)
def test_a_trigger_moves_a_call_as_the_table_says_and_otherwise_changes_nothing(state: State) -> None:
    for trigger in TRIGGERS:
        call = call_in(state)
        target = TRANSITIONS[state].get(trigger)
        assert call.move(trigger) == (target is not None)
        assert call.state == (target or state)
        assert call.stage == ("menu" if target in {None, "leaving", "ended"} else STAGE_OF[call.state])


def test_every_state_has_a_row_and_a_stage() -> None:
    assert TRANSITIONS.keys() == STAGE_OF.keys() == set(STATES)


def test_every_state_but_the_first_can_be_reached() -> None:
    reached = {target for row in TRANSITIONS.values() for target in row.values()}
    assert reached == set(STATES) - {"arriving"}


def test_every_trigger_is_in_use() -> None:
    assert {trigger for row in TRANSITIONS.values() for trigger in row} == set(TRIGGERS)


def test_a_call_can_end_and_be_given_back_from_wherever_it_is() -> None:
    alive: list[State] = [state for state in STATES if state not in {"leaving", "ended"}]
    for state in alive:
        assert TRANSITIONS[state]["gone"] == "ended"
        assert TRANSITIONS[state]["given_back"] == "leaving"


def test_nothing_happens_to_a_call_that_has_ended() -> None:
    assert TRANSITIONS["ended"] == {}


def test_whoever_speaks_with_a_human_comes_back_to_the_queue_when_cut_off() -> None:
    states: list[State] = [*WITH_HUMAN, "transferring"]
    for state in states:
        assert TRANSITIONS[state]["cut_off"] == "waiting"


def test_the_groups_of_states_do_not_overlap() -> None:
    assert not IN_MENU & IN_QUEUE
    assert not IN_QUEUE & WITH_HUMAN
    assert not IN_MENU & WITH_HUMAN


def test_a_note_is_kept_once() -> None:
    call = call_in("waiting")
    call.note("nobody on duty")
    call.note("nobody on duty")
    assert call.notes == ["nobody on duty"]


def test_a_record_cannot_be_flooded_with_notes() -> None:
    call = call_in("waiting")
    for number in range(1000):
        call.note(f"note {number}")
    assert call.notes == [*(f"note {number}" for number in range(99)), "more notes were left out"]
