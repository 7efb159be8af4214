"""A clock that is set moves every instant of the room with it: what is decided is the same, at another time of day."""

from __future__ import annotations

from typing import get_type_hints

import msgspec
import pytest

from ntpd112.core import messages as m
from ntpd112.core.call import Call, Contact, Leg, LostLine
from ntpd112.core.clock_step import INSTANTS, ClockStepped, move, moved
from ntpd112.core.operator import Operator
from ntpd112.core.records import OfferRecord, Refusal
from ntpd112.core.snapshot import Snapshot, restore, take
from ntpd112.core.switchboard import Switchboard
from ntpd112.core.trace_events import InvitesRefused
from tests.core.driver import Board
from tests.core.plans import make_plan
from tests.core.test_snapshot import full_room

YEARS = float(1 << 28)
"""Exact in binary, so that what is compared is exactly the same."""
STEPS = [-512.0, 3600.0, YEARS]
HOLDERS = (Call, Leg, Operator, Contact, LostLine, OfferRecord)


def twin(board: Board) -> Switchboard:
    return Switchboard(restore(msgspec.json.decode(msgspec.json.encode(take(board.room)), type=Snapshot)))


def everything() -> Board:
    """Return a room in which everything is in use, and something was lost, paused and offered before."""
    board = full_room()
    board.step(m.CallArrived("n1", "mobile", "mobile", "112", "112", True, "+62811", "0811", "national", ""))
    board.step(m.CallAnswered("n1"))
    board.step(m.CallEnded("n1", 38, 0))
    assert board.room.lost
    board.step(m.LegEnded(next(iter(board.room.calls["a1"].ringing)), 19, 480))
    assert board.room.calls["a1"].offers
    board.step(InvitesRefused(Refusal("mobile", "10.0.0.1", 488, "no codec in common", "112", "a@10.0.0.1"), 1))
    return board


@pytest.mark.parametrize("by_s", STEPS)
def test_after_a_step_of_the_clock_the_next_hour_is_the_same_at_another_time_of_day(by_s: float) -> None:
    board = everything()
    other = twin(board)
    assert [type(action) for action in other.step(board.now + by_s, ClockStepped(by_s))] == []
    for second in range(3600):
        event: m.Event = (
            m.TimePassed() if second % 7 else m.PhoneStateChanged("203", "free" if second % 2 else "in_use")
        )
        if second == 30:
            event = m.CallArrived("n2", "mobile", "mobile", "112", "112", True, "+62811", "0811", "national", "")
        if second % 600 == 599 and board.room.calls:
            event = m.CallEnded(min(board.room.calls), 16, 0)
        board.now += 1.0
        assert moved_actions(board.step(event), by_s) == other.step(board.now + by_s, event)
    deadline = board.switchboard.next_deadline()
    assert other.next_deadline() == (deadline + by_s if deadline is not None else None)
    assert not board.room.calls or take(other.room).now == board.room.now + by_s


def moved_actions(actions: list[m.Action], by_s: float) -> list[m.Action]:
    """Return what the same decisions look like at the other time."""
    return [
        m.SaveCall(moved(action.record, by_s))
        if isinstance(action, m.SaveCall)
        else m.SaveIncident(msgspec.structs.replace(action.fact, at=action.fact.at + by_s))
        if isinstance(action, m.SaveIncident)
        else action
        for action in actions
    ]


def test_a_call_that_began_before_is_recorded_by_the_new_time_and_lasted_as_long() -> None:
    board = Board()
    board.talk("c1")
    board.tick(10.0)
    arrived_at = board.room.calls["c1"].arrived_at
    by_s = -YEARS / 4096
    board.switchboard.step(board.now + by_s, ClockStepped(by_s))
    board.now += by_s
    (saved,) = [action for action in board.hang_up("c1") if isinstance(action, m.SaveCall)]
    assert saved.record.arrived_at == arrived_at + by_s
    assert saved.record.ended_at == board.now
    assert saved.record.ended_at - saved.record.arrived_at == 10.0
    assert all(offer.offered_at < board.now for offer in saved.record.offers)


def test_steps_forth_and_back_leave_the_room_as_it_was() -> None:
    board = everything()
    before = take(board.room)
    for by_s in (YEARS, -3600.0, -YEARS, 3600.0):
        move(board.room, by_s)
    assert take(board.room) == before


def test_a_step_in_an_empty_room_is_the_new_time() -> None:
    board = Switchboard(make_plan())
    board.step(5000.0, m.TimePassed())
    assert board.step(400.0, ClockStepped(-4600.0)) == []
    assert (board.room.now, board.selfcalls.now) == (400.0, 400.0)
    assert board.next_deadline() is None


def test_every_instant_is_named_as_one() -> None:
    """A new field must say what it is: an instant moves with the clock, a duration (``_s``) does not."""
    for kind in HOLDERS:
        hints = get_type_hints(kind)
        for name in hints:
            if "float" in str(hints[name]) and name != "keys":
                assert name.endswith((*INSTANTS, "_s")), f"{kind.__name__}.{name}"
