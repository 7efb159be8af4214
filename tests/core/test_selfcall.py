"""A self-call goes the way of every call, and nobody but the machine at its end ever notices it."""

from __future__ import annotations

import msgspec

from ntpd112.core import messages as m
from ntpd112.core.plan import CallDestination
from ntpd112.core.room import Room
from ntpd112.core.selfcall import OPERATOR, TRUNK
from ntpd112.core.snapshot import Snapshot, restore, take
from ntpd112.core.switchboard import Switchboard
from ntpd112.core.view import view
from tests.core.driver import START, Board
from tests.core.plans import OPERATORS, make_plan

ARRIVED = m.CallArrived("s1", TRUNK, "selftest", "112", "112", True, None, "0001234", "pseudo", "Self-call")


def apart(board: Board) -> Room:
    return board.switchboard.selfcalls


def played(board: Board) -> list[m.Action]:
    return board.step(m.PlayEnded("s1", apart(board).calls["s1"].play_id, failed=False))


def test_it_hears_greeting_and_menu_and_is_brought_to_the_machine() -> None:
    board = Board(on_duty=())
    assert board.step(ARRIVED) == [m.Answer("s1")]
    assert [type(action) for action in board.step(m.CallAnswered("s1"))] == [m.Play]
    assert board.said() == [("greeting",)]
    played(board)
    assert board.said() == [("menu",)]
    board.step(m.DigitPressed("s1", "1"))
    (ring,) = board.all(m.Ring)
    assert (ring.operator, ring.number, ring.caller_number) == (OPERATOR, "", "0001234")
    board.step(m.LegRang(ring.leg_id))
    assert board.step(m.LegAnswered(ring.leg_id)) == [m.SetParties("s1", caller=True, legs=(ring.leg_id,))]
    assert board.step(m.CallEnded("s1", 16, 0))[0] == m.DropLeg(ring.leg_id, "s1")
    record = board.record("s1")
    assert (record.outcome, record.operator, record.trunk_kind, record.type) == (
        "answered",
        OPERATOR,
        "selftest",
        "fire",
    )
    assert (record.incident_id, record.recording, record.notes) == (None, None, ())
    board.step(m.LegEnded(ring.leg_id, 16, 0))
    assert board.ever(m.SaveIncident) + board.ever(m.RaiseAlarm) + board.ever(m.ShowPresence) == []
    assert board.switchboard.next_deadline() is None
    assert board.switchboard.seen() == {"s1"}


def test_who_says_nothing_is_brought_there_too() -> None:
    board = Board()
    board.step(ARRIVED)
    board.step(m.CallAnswered("s1"))
    board.tick(7.0)
    assert [ring.operator for ring in board.ever(m.Ring)] == [OPERATOR]


def test_no_citizen_and_no_operator_has_to_do_with_it() -> None:
    board = Board(make_plan(queue={"max_waiting": 1}), on_duty=("201",))
    board.step(ARRIVED, m.CallAnswered("s1"))
    before = msgspec.structs.replace(take(board.room), selfcalls=None)
    board.step(m.DigitPressed("s1", "4"))
    assert msgspec.structs.replace(take(board.room), selfcalls=None) == before
    assert view(board.room, START).calls == ()
    assert view(board.room, START).selfcalls == ("s1",)
    assert OPERATOR not in board.room.operators
    board.queue()
    assert board.ringing() == ["201"]
    assert list(board.room.all_calls()) == ["c1", "s1"]
    assert list(board.room.all_legs()) == ["c1.l1", "s1.l1"]


def test_a_machine_that_cannot_be_reached_is_tried_again_and_nobody_outside_is() -> None:
    board = Board(on_duty=())
    board.step(ARRIVED, m.CallAnswered("s1"), m.DigitPressed("s1", "4"))
    for _ in range(40):
        for ring in board.all(m.Ring):
            board.step(m.LegEnded(ring.leg_id, 20, 480))
        board.tick(3.0)
    rings = board.ever(m.Ring)
    assert len(rings) > 20
    assert {(ring.operator, ring.number) for ring in rings} == {(OPERATOR, "")}
    assert board.ever(m.RaiseAlarm) == []


def test_a_machine_whose_phone_is_gone_is_not_replaced_by_anybody() -> None:
    board = Board()
    board.phone(OPERATOR, "unreachable")
    board.step(ARRIVED, m.CallAnswered("s1"), m.DigitPressed("s1", "4"))
    board.tick(300.0)
    assert board.ever(m.Ring) == []


def test_a_new_plan_holds_for_it_too() -> None:
    board = Board()
    board.reload(make_plan(OPERATORS[:1], version="next"))
    room = apart(board)
    assert (room.plan.version, list(room.operators), list(room.plan.operators)) == ("next", [OPERATOR], [OPERATOR])
    assert room.operators[OPERATOR].on_duty
    steps = [step for queue in room.plan.queues.values() for step in queue.overflow]
    assert steps
    assert not any(isinstance(step.target, CallDestination) for step in steps)
    assert set(room.plan.operators[OPERATOR].skills) == {"fire", "medical", "english"}


def test_a_room_that_is_restored_goes_on_with_it() -> None:
    board = Board()
    board.step(ARRIVED, m.CallAnswered("s1"), m.DigitPressed("s1", "4"))
    kept = msgspec.json.decode(msgspec.json.encode(take(board.room)), type=Snapshot)
    other = Switchboard(restore(kept))
    assert other.step(board.now, m.LegAnswered("s1.l1")) == board.step(m.LegAnswered("s1.l1")) != []


def test_a_room_kept_by_a_version_without_self_calls_has_their_room_from_now_on() -> None:
    kept = msgspec.structs.replace(take(Board().room), selfcalls=None)
    room = restore(kept)
    assert (room.all_calls(), room.all_legs()) == ({}, {})
    assert list(Switchboard(room).selfcalls.operators) == [OPERATOR]


def test_the_next_deadline_is_the_earlier_one_of_both_rooms() -> None:
    board = Board()
    board.arrive()
    citizens = board.switchboard.next_deadline()
    board.now += 1.0
    board.step(ARRIVED)
    assert board.switchboard.next_deadline() == citizens
    board.step(m.CallEnded("c1", 16, 0))
    later = board.switchboard.next_deadline()
    assert citizens is not None
    assert later == citizens + 1.0
