"""What becomes of a ring: for the caller, who keeps the turn, and for the operator, who is told apart."""

from __future__ import annotations

import pytest

from ntpd112.core import messages as m
from tests.core.driver import START, Board
from tests.core.plans import make_plan

PATIENT = {"overflow": ()}


def room(*on_duty: str) -> Board:
    return Board(make_plan(queue=PATIENT), on_duty=on_duty)


def test_the_first_phone_that_rings_stands_on_the_record() -> None:
    board = room("201", "202")
    board.queue()
    board.tick(1.0)
    board.rings("201")
    board.rings("201")
    board.leave("201", cause=17)
    board.tick(1.0)
    board.rings("202")
    board.hang_up()
    assert board.record().first_rang_at == START + 1
    assert board.record().stage == "ringing"


def test_a_phone_that_rings_after_it_was_picked_up_or_let_go_changes_nothing() -> None:
    board = room("201")
    board.talk()
    assert board.rings("201") == []
    assert board.leg("201").rang_at is None
    board.hang_up()
    assert board.step(m.LegRang("c1.l1")) == []
    assert board.room.legs["c1.l1"].rang_at is None


def test_events_of_unknown_legs_change_nothing() -> None:
    board = room("201")
    assert board.step(m.LegRang("x"), m.LegAnswered("x"), m.LegEnded("x", 16, 0), m.LegDigit("x", "1")) == []


def test_a_leg_that_is_picked_up_twice_or_after_it_was_let_go_changes_nothing() -> None:
    board = room("201")
    board.talk()
    assert board.step(m.LegAnswered("c1.l1")) == []
    board.queue("c2")
    board.hang_up("c1")
    assert board.step(m.LegAnswered("c1.l1")) == []


# nobody answers


def test_an_operator_who_does_not_answer_goes_on_break_and_the_next_is_rung_at_once() -> None:
    board = room("201", "202")
    board.queue()
    board.rings("201")
    board.tick(15.0)
    assert board.all(m.CancelRing) == [m.CancelRing("c1.l1", "c1", "no_answer")]
    assert board.ringing() == ["202"]
    assert board.gone("201") == [m.ShowPresence("201", "on_break", "rona")]


def test_the_caller_keeps_the_turn_through_a_ring_without_answer() -> None:
    board = room("201")
    board.queue("c1")
    board.queue("c2")
    board.rings("201")
    board.tick(15.0)
    assert board.line() == ["c1", "c2"]
    assert board.call("c1").state == "waiting"


def test_the_last_operator_on_duty_stays_on_duty_with_an_alarm_and_is_rung_again_soon() -> None:
    board = room("201")
    board.queue()
    board.rings("201")
    board.tick(15.0)
    board.gone("201")
    assert board.all(m.RaiseAlarm) == [
        m.RaiseAlarm("last_operator_no_answer", "the last operator available does not answer", "c1", "201")
    ]
    board.tick(1.9)
    assert board.ringing() == []
    board.tick(0.1)
    assert board.ringing() == ["201"]


def test_the_last_of_many_who_do_not_answer_stays_on_duty() -> None:
    board = Board(make_plan(queue={**PATIENT, "strategy": "ring_all"}))
    board.queue()
    for operator in ("201", "202", "203"):
        board.rings(operator)
    board.tick(15.0)
    for operator in ("201", "202", "203"):
        board.gone(operator)
    assert [board.operator(name).presence for name in ("201", "202", "203")] == ["on_break", "on_break", "available"]


def test_who_could_not_be_reached_is_no_company_for_the_last_who_does_not_answer() -> None:
    board = room("201", "202")
    board.queue()
    board.leave("201", cause=20)
    board.rings("202")
    board.tick(15.0)
    board.gone("202")
    assert board.operator("202").presence == "available"
    board.tick(2.0)
    assert board.ringing() == ["202"]


def test_an_operator_who_logged_out_meanwhile_is_not_sent_on_a_break() -> None:
    board = room("201", "202")
    board.talk()
    board.command("201", "warm", "202")
    board.rings("202")
    board.set_presence("logged_out", "202")
    board.tick(15.0)
    assert board.gone("202") == []
    assert board.operator("202").presence == "logged_out"


# declined, busy, unreachable


@pytest.mark.parametrize(
    ("cause", "sip_status", "result", "pause_s"),
    [(21, 603, "declined", 10.0), (17, 486, "busy", 10.0), (20, 404, "unreachable", 30.0)],
)
def test_declined_busy_and_unreachable_are_told_apart_and_pause_the_operator(
    cause: int, sip_status: int, result: str, pause_s: float
) -> None:
    board = room("201", "202")
    board.queue("c1")
    board.leave("201", cause, sip_status)
    assert board.ringing("c1") == ["202"]
    assert [offer.result for offer in board.call("c1").offers] == [result]
    assert board.operator("201").presence == "available"
    board.queue("c2")
    board.tick(pause_s - 0.1)
    assert board.ringing("c2") == []
    board.tick(0.1)
    assert board.ringing("c2") == ["201"]


def test_the_caller_keeps_the_turn_through_a_refusal() -> None:
    board = room("201")
    board.queue("c1")
    board.queue("c2")
    board.leave("201", 21, 603)
    assert board.line() == ["c1", "c2"]


def test_when_everybody_declines_the_last_is_asked_again_soon() -> None:
    board = room("201", "202")
    board.queue()
    board.leave("201", 21, 603)
    board.leave("202", 21, 603)
    board.tick(1.9)
    assert board.ringing() == []
    board.tick(0.1)
    assert board.ringing() == ["202"]


def test_who_refused_goes_to_the_end_of_the_idle_line() -> None:
    board = room("201", "202", "203")
    board.queue("c1")
    board.tick(1.0)
    board.leave("201", 17, 486)
    board.hang_up("c1")
    board.gone("202")
    board.tick(10.0)
    board.queue("c2")
    board.queue("c3")
    board.queue("c4")
    assert [board.ringing(call) for call in ("c2", "c3", "c4")] == [["202"], ["203"], ["201"]]


def test_an_operator_whose_ring_ended_for_another_reason_is_free_at_once() -> None:
    board = room("201", "202")
    board.queue("c1")
    board.hang_up("c1")
    board.gone("201")
    board.queue("c2")
    assert board.ringing("c2") == ["201"]


# after a call


def test_after_a_call_an_operator_wraps_up_and_is_then_rung_again() -> None:
    board = room("201")
    board.talk("c1")
    board.hang_up("c1")
    board.gone("201")
    board.queue("c2")
    assert board.ringing("c2") == []
    board.tick(30.0)
    assert board.ringing("c2") == ["201"]
    assert board.operator("201").calls == 1


def test_without_wrap_up_an_operator_is_rung_again_at_once() -> None:
    plan = make_plan(("201",), PATIENT)
    plan.operators["201"] = type(plan.operators["201"])("201", "Sari", (), 0.0)
    board = Board(plan, on_duty=("201",))
    board.talk("c1")
    board.queue("c2")
    board.hang_up("c1")
    board.gone("201")
    assert board.ringing("c2") == ["201"]


def test_an_operator_is_taken_until_the_exchange_confirms_the_end() -> None:
    board = room("201")
    board.queue("c1")
    board.queue("c2")
    board.hang_up("c1")
    assert board.ringing("c2") == []
    board.gone("201")
    assert board.ringing("c2") == ["201"]


@pytest.mark.parametrize(("late", "ended"), [(True, []), (False, [m.EndCall("c1")])])
def test_a_phone_that_was_picked_up_unheard_ends_no_line_at_once(late: bool, ended: list[m.Action]) -> None:
    board = Board(on_duty=("201",))
    board.queue()
    board.step(m.LegAnswered("c1.l1", late))
    board.tick(1.0)
    board.leave("201")
    assert board.all(m.EndCall) == ended
