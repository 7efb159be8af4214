"""A room that was kept and restored is the same room: beside the properties, one of everything by hand."""

from __future__ import annotations

import msgspec
import pytest

from ntpd112.core import messages as m
from ntpd112.core.snapshot import Snapshot, restore, take
from ntpd112.core.switchboard import Switchboard
from tests.core.driver import Board
from tests.core.plans import make_plan


def through_data(board: Board) -> Switchboard:
    """Return a switchboard made again from what a journal would hold."""
    return Switchboard(restore(msgspec.json.decode(msgspec.json.encode(take(board.room)), type=Snapshot)))


def full_room() -> Board:
    """Return a room in which everything is in use."""
    board = Board(make_plan(queue={"skill_wait_s": 30.0}), on_duty=("201", "202"))
    board.talk("t1")
    board.reload(make_plan(queue={"strategy": "ring_all", "skill_wait_s": 30.0}, version="next"))
    board.queue("a1")
    board.queue("a2", "1")
    board.ask("m1")
    board.tick(8.0)
    board.ask("m2")
    room = board.room
    assert room.ring_all
    assert room.overdue_menus
    assert [required for _, required in room.line.places()] == [frozenset({"fire"})]
    return board


def test_the_next_hour_is_the_same() -> None:
    board = full_room()
    other = through_data(board)
    for second in range(3600):
        event = m.TimePassed() if second % 7 else m.PhoneStateChanged("203", "free" if second % 2 else "in_use")
        board.now += 1.0
        assert board.step(event) == other.step(board.now, event)
    assert board.switchboard.next_deadline() == other.next_deadline()


def test_what_happens_later_does_not_change_what_was_kept() -> None:
    board = full_room()
    kept = take(board.room)
    before = msgspec.json.encode(kept)
    board.hang_up("t1")
    board.tick(100.0)
    assert msgspec.json.encode(kept) == before


def test_a_call_keeps_the_plan_that_it_arrived_under() -> None:
    board = full_room()
    room = through_data(board).room
    assert room.plan.version == "next"
    assert (room.calls["t1"].plan.version, room.calls["a1"].plan.version) == ("test", "next")
    assert room.calls["a1"].queue is room.calls["a1"].plan.queues["main"]


def test_who_ended_is_remembered_and_does_not_come_again() -> None:
    board = Board()
    board.greet()
    board.hang_up()
    other = through_data(board)
    arrived = m.CallArrived("c1", "mobile", "mobile", "112", "112", True, None, "", "missing", "")
    assert other.step(board.now, arrived) == []


def test_a_field_that_another_version_added_is_passed_over() -> None:
    board = full_room()
    kept = msgspec.to_builtins(take(board.room))
    for call in kept["calls"]:
        call["colour"] = "red"
    assert restore(msgspec.convert(kept, Snapshot)).calls.keys() == full_room().room.calls.keys()


def test_data_of_an_incompatible_version_are_refused() -> None:
    kept = msgspec.to_builtins(take(full_room().room))
    kept["calls"][0]["state"] = "dreaming"
    with pytest.raises(msgspec.ValidationError, match="dreaming"):
        restore(msgspec.convert(kept, Snapshot))
