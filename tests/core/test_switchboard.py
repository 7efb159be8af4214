"""Every event in, every action out, at instants that never run backwards."""

from __future__ import annotations

from ntpd112.core import messages as m
from ntpd112.core.switchboard import Switchboard
from tests.core.driver import START, Board
from tests.core.plans import make_plan


def test_an_empty_room_owes_nothing() -> None:
    board = Switchboard(make_plan())
    assert board.step(START, m.TimePassed()) == []
    assert board.next_deadline() is None


def test_a_deadline_that_has_come_is_kept_with_whatever_event_comes_first() -> None:
    board = Board()
    board.arrive()
    assert board.switchboard.next_deadline() == START + 3
    board.now += 3
    board.phone("201", "in_use")
    assert board.all(m.GiveBack) == [m.GiveBack("c1")]


def test_the_clock_never_runs_backwards() -> None:
    board = Board()
    board.arrive()
    board.now -= 500
    board.step(m.CallAnswered("c1"))
    assert board.call().answered_at == START


def test_after_a_lost_connection_what_is_gone_is_closed_and_what_lives_goes_on() -> None:
    board = Board()
    board.talk("c1")
    board.talk("c2")
    board.queue("c3")
    assert board.step(m.LineSynced(("c1", "c2", "c3"), ("c1.l1", "c2.l1", "c3.l1"))) == []
    board.step(m.LineSynced(("c1", "c2", "c3"), ("c2.l1",)))
    assert board.alarms() == ["human_cut_off"]
    assert (board.line(), board.call("c2").state) == (["c1", "c3"], "talking")
    assert list(board.room.legs) == ["c2.l1"]


def test_the_legs_of_a_call_that_is_gone_are_ended() -> None:
    board = Board()
    board.talk()
    board.step(m.LineSynced((), ("c1.l1",)))
    assert board.all(m.DropLeg) == [m.DropLeg("c1.l1", "c1")]
    assert board.tick(5.0) == [m.RaiseAlarm("leg_stuck", "leg c1.l1 did not end", "c1", "201")]


def test_the_actions_of_a_step_are_taken_once() -> None:
    board = Board()
    board.arrive()
    assert board.step(m.TimePassed()) == []
