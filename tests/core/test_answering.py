"""From the INVITE to the queue: answered, greeted, asked once or twice, and never kept from a human."""

from __future__ import annotations

from ntpd112.core import messages as m
from tests.core.driver import START, Board

# the INVITE


def test_a_call_is_answered_at_once() -> None:
    board = Board()
    assert board.arrive() == [m.Answer("c1")]
    assert board.call().state == "arriving"


def test_an_invite_that_is_told_twice_is_one_call() -> None:
    board = Board()
    board.arrive()
    assert board.arrive() == []
    assert board.call().turn == 1


def test_a_call_that_has_ended_does_not_arrive_again() -> None:
    board = Board()
    board.arrive()
    board.hang_up()
    assert board.arrive() == []
    assert not board.room.calls


def test_a_number_that_is_none_of_ours_is_taken_and_noted() -> None:
    board = Board()
    assert board.arrive(ddi_known=False) == [m.Answer("c1")]
    assert board.call().notes == ["dialled number 112 is none of ours, treated as 112"]


def test_when_the_caller_can_hear_us_the_recording_and_the_greeting_begin() -> None:
    board = Board()
    board.arrive()
    board.now += 0.2
    assert board.step(m.CallAnswered("c1")) == [
        m.StartRecording("c1", "c1"),
        m.Play("c1", "c1.p1", ("greeting",), "id"),
    ]
    assert board.call().answered_at == START + 0.2


def test_an_answer_is_heard_once_and_only_of_a_known_call() -> None:
    board = Board()
    board.greet()
    assert board.step(m.CallAnswered("c1"), m.CallAnswered("unknown")) == []


def test_a_call_that_cannot_be_answered_in_time_goes_to_the_dialplan() -> None:
    board = Board()
    board.arrive()
    assert board.tick(3.0) == [
        m.RaiseAlarm("call_given_back", "could not be answered in time", "c1", ""),
        m.GiveBack("c1"),
    ]
    assert board.call().state == "leaving"


def test_a_call_that_the_exchange_refuses_to_answer_goes_to_the_dialplan() -> None:
    board = Board()
    board.arrive()
    board.step(m.ActionFailed("c1", "", "Answer", "no such channel"))
    assert board.all(m.GiveBack) == [m.GiveBack("c1")]
    board.step(m.CallGivenBack("c1"))
    record = board.record()
    assert (record.outcome, record.stage, record.side) == ("overflowed", "fallback", "us")
    assert record.cause == "could not be answered: no such channel"
    assert record.notes == ("Answer failed: no such channel",)


def test_a_call_that_arrives_while_the_service_stops_goes_to_the_dialplan_unanswered() -> None:
    board = Board()
    board.step(m.ServiceStopping())
    board.arrive()
    assert board.all(m.Answer) == []
    assert board.all(m.GiveBack) == [m.GiveBack("c1")]


# the recording


def test_the_file_of_the_recording_stands_on_the_record() -> None:
    board = Board()
    board.greet()
    board.step(m.RecordingStarted("c1", "c1.wav"), m.RecordingStarted("unknown", "x.wav"))
    board.hang_up()
    assert board.record().recording == "c1.wav"


def test_a_recording_that_fails_raises_an_alarm_and_leaves_the_call_alone() -> None:
    board = Board()
    board.greet()
    assert board.step(m.RecordingFailed("c1", "disk full")) == [
        m.RaiseAlarm("recording_failed", "disk full", "c1", ""),
    ]
    assert board.call().state == "greeting"
    assert board.call().notes == ["recording failed: disk full"]


def test_a_recording_that_breaks_after_the_call_still_raises_an_alarm() -> None:
    board = Board()
    assert board.step(m.RecordingFailed("c1", "lost")) == [m.RaiseAlarm("recording_failed", "lost", "c1", "")]


def test_where_the_caller_is_stands_on_the_record_and_nothing_waits_for_it() -> None:
    board = Board()
    board.greet()
    assert board.step(m.LocationTold("c1", "Geolocation: <geo:-6.9,107.6>")) == []
    assert board.step(m.LocationTold("nobody", "Geolocation: <geo:0,0>")) == []
    board.hang_up()
    assert board.record().location == "Geolocation: <geo:-6.9,107.6>"
