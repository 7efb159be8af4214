"""Exactly one record for each call: what became of the caller, where, why and by whose side."""

from __future__ import annotations

import pytest

from ntpd112.core import messages as m
from ntpd112.core.records import CALL_BACK, CallRecord, OfferRecord
from tests.core.driver import START, Board
from tests.core.plans import make_plan

PATIENT = {"overflow": ()}


def test_a_call_that_goes_well_is_recorded_whole() -> None:
    board = Board()
    board.arrive()
    board.tick(0.5)
    board.step(m.CallAnswered("c1"), m.RecordingStarted("c1", "c1.wav"))
    board.tick(3.5)
    board.press("5")
    board.tick(1.0)
    board.rings("202")
    board.tick(4.0)
    board.pick_up("202")
    board.tick(91.0)
    assert board.hang_up(sip_status=200)[-1] == m.SaveCall(
        CallRecord(
            call_id="c1",
            plan_version="test",
            trunk="mobile",
            trunk_kind="mobile",
            ddi="112",
            ddi_raw="112",
            ani="+62811",
            ani_raw="+62811",
            ani_kind="national",
            caller_name="Ani",
            arrived_at=START,
            answered_at=START + 0.5,
            queued_at=START + 4,
            first_rang_at=START + 5,
            connected_at=START + 9,
            ended_at=START + 100,
            outcome="answered",
            stage="talking",
            cause="caller hung up, Q.850 16 / SIP 200",
            side="caller",
            language="id",
            type="medical",
            digits="5",
            queue="main",
            operator="202",
            destination=None,
            recording="c1.wav",
            incident_id="i-c1",
            notes=(),
            offers=(
                OfferRecord("c1.l1", "operator", "202", START + 4, START + 5, START + 9, START + 100, "answered", ""),
            ),
        )
    )


def test_a_caller_who_hangs_up_before_the_queue_is_recorded_whole() -> None:
    board = Board()
    board.arrive(ani=None, ddi_known=False)
    board.step(m.CallAnswered("c1"))
    board.tick(2.0)
    board.hang_up()
    assert board.record() == CallRecord(
        call_id="c1",
        plan_version="test",
        trunk="mobile",
        trunk_kind="mobile",
        ddi="112",
        ddi_raw="112",
        ani=None,
        ani_raw="anonymous",
        ani_kind="withheld",
        caller_name="Ani",
        arrived_at=START,
        answered_at=START,
        queued_at=None,
        first_rang_at=None,
        connected_at=None,
        ended_at=START + 2,
        outcome="abandoned",
        stage="greeting",
        cause="caller hung up, Q.850 16",
        side="caller",
        language="id",
        type=None,
        digits="",
        queue=None,
        operator=None,
        destination=None,
        recording=None,
        incident_id=None,
        notes=("dialled number 112 is none of ours, treated as 112",),
        offers=(),
    )


@pytest.mark.parametrize("stage", ["arriving", "greeting", "menu", "waiting", "ringing"])
def test_a_caller_who_hangs_up_before_a_human_answers_has_abandoned_the_call_at_some_stage(stage: str) -> None:
    board = Board(make_plan(queue=PATIENT), on_duty=("201",) if stage == "ringing" else ())
    ways = {"arriving": board.arrive, "greeting": board.greet, "menu": board.ask}
    ways.get(stage, board.queue)()
    board.hang_up()
    assert (board.record().outcome, board.record().stage) == ("abandoned", stage)


@pytest.mark.parametrize("cause", [18, 27, 34, 38, 41, 42, 44, 47, 58, 102, 111])
def test_a_line_that_no_callers_hand_has_ended_is_the_networks(cause: int) -> None:
    board = Board()
    board.queue()
    board.hang_up(cause=cause)
    record = board.record()
    assert (record.outcome, record.side, record.cause) == ("failed", "network", f"line lost, Q.850 {cause}")


@pytest.mark.parametrize(("cause", "status"), [(18, 408), (127, 481), (0, 481), (16, 408)])
def test_a_line_whose_far_end_answers_nothing_in_the_call_any_more_is_the_networks(cause: int, status: int) -> None:
    board = Board()
    board.talk()
    board.hang_up(cause=cause, sip_status=status)
    record = board.record()
    assert (record.outcome, record.side) == ("answered", "network")
    assert record.cause == f"line lost, Q.850 {cause} / SIP {status}"
    assert CALL_BACK in record.notes


@pytest.mark.parametrize(("cause", "status"), [(16, 0), (16, 200), (17, 486), (31, 0), (127, 0)])
def test_a_line_that_the_caller_has_ended_is_the_callers(cause: int, status: int) -> None:
    board = Board()
    board.talk()
    board.hang_up(cause=cause, sip_status=status)
    assert (board.record().side, board.record().notes) == ("caller", ())


def test_the_end_of_a_call_is_recorded_once() -> None:
    board = Board()
    board.talk()
    board.hang_up()
    assert board.step(m.CallEnded("c1", 16, 0), m.CallGivenBack("c1"), m.CallEnded("unknown", 16, 0)) == []


# given back


def test_a_call_that_leaves_us_alive_is_overflowed_to_the_fallback() -> None:
    board = Board()
    board.queue()
    board.step(m.CallGivenBack("c1"))
    assert board.all(m.CancelRing) == [m.CancelRing("c1.l1", "c1", "caller_gone")]
    record = board.record()
    assert (record.outcome, record.stage, record.side) == ("overflowed", "fallback", "us")
    assert record.cause == "went to the dialplan's fallback"


def test_a_caller_who_hangs_up_while_being_given_back_was_failed_by_us() -> None:
    board = Board()
    board.arrive()
    board.tick(3.0)
    board.hang_up()
    record = board.record()
    assert (record.outcome, record.side, record.cause) == ("failed", "us", "could not be answered in time")


def test_an_end_that_is_not_confirmed_is_asked_for_once_more_and_then_recorded() -> None:
    board = Board()
    board.talk()
    board.leave("201")
    assert board.tick(5.0) == [m.EndCall("c1")]
    board.tick(5.0)
    assert board.alarms() == ["call_stuck"]
    assert board.record().notes == ("end not confirmed by the exchange",)
    assert board.record().cause == "201 hung up"


def test_a_give_back_that_is_not_confirmed_is_asked_for_once_more() -> None:
    board = Board()
    board.arrive()
    board.tick(3.0)
    assert board.tick(5.0) == [m.GiveBack("c1")]
    board.step(m.CallGivenBack("c1"))
    assert board.record().outcome == "overflowed"
    assert board.tick(3600.0) == []


# a planned stop


def test_a_planned_stop_sends_everybody_without_a_human_to_the_fallback() -> None:
    board = Board(on_duty=("201", "202"))
    board.arrive("c1")
    board.greet("c2")
    board.ask("c3")
    board.queue("c4")
    board.talk("c5")
    board.command("202", "blind", "damkar")
    board.queue("c6")
    board.step(m.ServiceStopping())
    assert [back.call_id for back in board.all(m.GiveBack)] == ["c1", "c2", "c3", "c4", "c5", "c6"]
    assert [cancel.leg_id for cancel in board.all(m.CancelRing)] == ["c4.l1", "c5.l2"]
    assert board.all(m.Ring) == []
    assert board.line() == []
    for call_id in ("c1", "c2", "c3", "c4", "c5", "c6"):
        board.step(m.CallGivenBack(call_id))
    assert {board.record(call_id).cause for call_id in ("c1", "c4", "c6")} == {"the service was stopped"}
    assert [board.record(call_id).outcome for call_id in ("c4", "c5")] == ["overflowed", "answered"]


def test_a_planned_stop_leaves_those_who_speak_alone_and_records_them() -> None:
    board = Board()
    board.talk()
    board.step(m.ServiceStopping())
    assert [type(action) for action in board.actions] == [m.SaveCall]
    record = board.record()
    assert (record.outcome, record.stage, record.side) == ("answered", "talking", "us")
    assert record.cause == "the service was stopped while they spoke; they were left alone"
    assert [offer.result for offer in record.offers] == ["answered"]


def test_whatever_happens_to_those_left_alone_is_no_longer_ours() -> None:
    board = Board(on_duty=("201", "202"))
    board.talk()
    board.command("201", "warm", "202")
    board.step(m.ServiceStopping())
    again = [m.LegAnswered("c1.l2"), m.LegEnded("c1.l1", 16, 0), m.LegDigit("c1.l1", "*"), m.CallEnded("c1", 16, 0)]
    assert board.step(*again) == []
    assert board.phone("201", "unreachable") == []
    board.gone("202")
    assert board.tick(3600.0) == []


def test_a_planned_stop_leaves_nobody_on_hold() -> None:
    board = Board()
    board.talk()
    board.command("201", "hold")
    board.step(m.ServiceStopping())
    assert board.all(m.SetParties) == [m.SetParties("c1", True, ("c1.l1",))]


def test_a_planned_stop_brings_together_who_consults() -> None:
    board = Board()
    board.talk()
    board.command("201", "warm", "damkar")
    board.pick_up("damkar")
    board.step(m.ServiceStopping())
    assert board.all(m.SetParties) == [m.SetParties("c1", True, ("c1.l1", "c1.l2"))]
    assert board.record().destination == "damkar"


def test_a_planned_stop_leaves_a_conference_as_it_is() -> None:
    board = Board()
    board.talk()
    board.command("201", "warm", "202")
    board.pick_up("202")
    board.command("201", "conference")
    board.step(m.ServiceStopping())
    assert [type(action) for action in board.actions] == [m.SaveCall]


def test_a_planned_stop_lets_a_third_party_go_who_only_rings() -> None:
    board = Board()
    board.talk()
    board.command("201", "warm", "damkar")
    board.step(m.ServiceStopping())
    assert board.all(m.CancelRing) == [m.CancelRing("c1.l2", "c1", "withdrawn")]
    assert board.all(m.SetParties) == [m.SetParties("c1", True, ("c1.l1",))]
    assert [offer.target for offer in board.record().offers] == ["damkar", "201"]


def test_a_stop_that_is_told_twice_changes_nothing_more() -> None:
    board = Board()
    board.queue()
    board.step(m.ServiceStopping())
    assert board.step(m.ServiceStopping()) == []


# out of sight


def test_a_call_that_ended_out_of_sight_is_recorded_as_the_networks() -> None:
    board = Board()
    board.queue("c1")
    board.talk("c2")
    board.step(m.LineSynced(("c2",), ("c2.l1",)))
    record = board.record("c1")
    assert (record.outcome, record.side) == ("failed", "network")
    assert record.cause == "line lost while the exchange was out of sight"
    assert record.notes == ("ended while the exchange was out of sight", CALL_BACK)
    assert list(board.room.calls) == ["c2"]


def test_a_call_that_was_ending_keeps_its_cause_when_it_ended_out_of_sight() -> None:
    board = Board()
    board.talk()
    board.leave("201")
    board.step(m.LineSynced((), ()))
    assert (board.record().side, board.record().cause) == ("operator", "201 hung up")
