"""What is always true of a room, whatever happens to it."""

from __future__ import annotations

from collections import Counter

from hypothesis.stateful import invariant

from ntpd112.core import messages as m
from ntpd112.core.call import IN_MENU, IN_QUEUE, TRANSITIONS
from ntpd112.core.legs import REPLACING
from ntpd112.core.queueing import required_skills
from ntpd112.core.selfcall import OPERATOR
from tests.core.any_room import AnyRoom


class RoomToWhichAnythingHappens(AnyRoom):
    """The room after every event."""

    @invariant()
    def every_live_call_is_in_exactly_one_place(self) -> None:
        for call in self.room.calls.values():
            assert call.state in TRANSITIONS
            assert call.state != "ended"
            rings_operator = any(leg.operator for leg in call.ringing.values())
            assert (call.state == "ringing") == bool(call.ringing)
            in_line = call.position is not None
            assert in_line == (call.state in IN_QUEUE and not rings_operator)
            assert (call.main is not None) == (
                call.state in {"talking", "on_hold", "consulting", "conference", "transferring"}
            )
            assert (call.third is not None) == (call.state in {"consulting", "conference"})

    @invariant()
    def nobody_waits_while_somebody_who_may_take_the_call_is_free(self) -> None:
        for operator in self.room.roster.ordered("longest_idle"):
            assert operator.available(self.room.now)
            for _, required in self.room.line.heads():
                assert not required <= operator.skills
            for call in self.room.ring_all.values():
                assert not required_skills(self.room, call) <= operator.skills
            assert not self.room.overdue_menus

    @invariant()
    def self_calls_and_citizens_have_nothing_in_common(self) -> None:
        theirs = self.board.selfcalls
        assert all(call_id.startswith("c") for call_id in self.room.calls)
        assert all(call_id.startswith("s") for call_id in theirs.calls)
        assert set(theirs.operators) == {OPERATOR}
        assert OPERATOR not in self.room.operators
        assert {leg.target for leg in theirs.legs.values()} <= {OPERATOR}

    @invariant()
    def who_is_on_duty_is_known(self) -> None:
        assert self.room.on_duty == {name for name, operator in self.room.operators.items() if operator.on_duty}

    @invariant()
    def the_exchange_lets_hear_each_other_who_should(self) -> None:
        for call in self.room.calls.values():
            speaking = call.state in {"talking", "conference"}
            if call.main is not None:
                legs = [call.main.leg_id] if call.main.is_human else []
                if call.third is not None and call.third.answered_at is not None:
                    legs.append(call.third.leg_id)
                assert self.parties[call.call_id] == m.SetParties(call.call_id, speaking, tuple(legs))
            if call.state in IN_QUEUE and not call.play_id:
                assert self.sounds[call.call_id] is m.StartMusic

    @invariant()
    def no_caller_is_given_to_a_machine(self) -> None:
        for call in self.room.calls.values():
            if call.state == "talking":
                assert call.main is not None
                assert call.main.is_human
            for leg in call.ringing.values():
                assert leg.answered_at is None or leg.hears_the_question

    @invariant()
    def who_listens_does_so_to_somebody_who_speaks_with_a_caller(self) -> None:
        for call in self.room.calls.values():
            for leg_id, leg in call.listeners.items():
                to = self.room.legs[leg.to]
                assert to in {call.main, call.third}
                assert to.answered_at is not None
                assert leg is self.room.legs[leg_id]
                assert (leg.kind, leg.ending) == ("listen", False)
                if leg.answered_at is not None:
                    assert leg.mode != "take_over"
                    assert self.hears[leg_id] == m.Listen(leg_id, call.call_id, leg.to, leg.mode)

    @invariant()
    def who_rings_everybody_stands_in_the_queue(self) -> None:
        for call_id, call in self.room.ring_all.items():
            assert self.room.calls[call_id] is call
            assert call.state == "ringing"

    @invariant()
    def nobody_is_stuck(self) -> None:
        """Every state that waits for something has a deadline."""
        timers = self.room.timers
        for call in self.room.calls.values():
            if call.state == "arriving":
                assert timers.has("answer", call.call_id)
            elif call.state in IN_MENU:
                assert timers.has("play", call.call_id) or timers.has("menu", call.call_id)
            elif call.state == "leaving":
                assert timers.has("closing", call.call_id)
        for leg in self.room.legs.values():
            if leg.ending:
                assert timers.has("grace", leg.leg_id)
            elif leg.answered_at is None:
                assert timers.has("ring", leg.leg_id)
            elif leg.hears_the_question:
                assert timers.has("confirm", leg.leg_id)
            else:
                call = self.room.calls[leg.call_id]
                assert leg in {call.main, call.third, *call.listeners.values()}

    @invariant()
    def no_operator_rings_twice(self) -> None:
        legs = [leg for leg in self.room.legs.values() if leg.operator in self.room.operators]
        anew = {leg.operator for leg in legs if leg.kind in REPLACING}
        taken = [leg.operator for leg in legs if not (leg.ending and leg.operator in anew)]
        assert len(taken) == len(set(taken))
        for operator in self.room.operators.values():
            if operator.leg is not None:
                assert self.room.legs[operator.leg.leg_id] is operator.leg

    @invariant()
    def every_call_that_ended_has_one_record(self) -> None:
        ended = {f"c{n}" for n in range(1, self.arrived + 1)} - self.room.calls.keys()
        assert self.records == Counter(ended)

    @invariant()
    def no_incident_is_opened_twice(self) -> None:
        assert all(count == 1 for count in self.incidents.values())

    def teardown(self) -> None:
        if not hasattr(self, "board"):
            return
        for call_id in list(self.room.calls):
            self.step(m.CallEnded(call_id, 16, 0))
        for call_id in list(self.board.selfcalls.calls):
            self.step(m.CallEnded(call_id, 16, 0))
        for leg_id in [*self.room.legs, *self.board.selfcalls.legs]:
            self.step(m.LegEnded(leg_id, 16, 0))
        assert not self.room.all_calls()
        assert not self.room.all_legs()
        assert not self.room.calls
        assert not self.room.legs
        assert len(self.room.line) == 0
        assert not self.room.ring_all
        assert not self.room.overdue_menus
        assert all(operator.leg is None for operator in self.room.operators.values())
        self.now += 3600
        self.step(m.TimePassed())
        assert self.board.next_deadline() is None


TestAnyRoom = RoomToWhichAnythingHappens.TestCase
