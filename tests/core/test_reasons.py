"""What networks say of the end of a line decides whose end it was, and stands on the record as it came."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntpd112.core import messages as m
from ntpd112.core import trace_events as t
from ntpd112.core.reasons import LONGEST_REASON, MOST_REASONS, Verdict, verdict
from ntpd112.core.records import CALL_BACK
from tests.core.driver import Board
from tests.core.talks import talking

NETWORK = [
    ["Q.850;cause=38"],
    ['Q.850;cause=16;text="Normal call clearing"', 'SIP;cause=503;text="Service Unavailable"'],
    ['SIP ;cause=503 ;text="Service Unavailable", Q.850 ;cause=16'],
    ['Q.850;cause=16;text="RTP timeout"'],
    ['SIP;text="Session timer, expired";cause=408'],
    ['X.int;reasoncode=0x12;text="Media Loss"'],
    ["RELEASE_CAUSE;cause=2"],
    ["RELEASE_CAUSE;cause=3;text=Media bearer loss"],
    ["S1AP-RNL;cause=21", "Q.850;cause=16"],
    ['preemption;cause=5;text="Non-IP Preemption"'],
    ["q.850 ; Cause = 166"],
    ["SIP;cause=481"],
    ['SIP;cause=200;text="user end", Q.850;cause=16;text="a \\"lost\\" line"'],
]
HUMAN = [
    ["Q.850;cause=16"],
    ['SIP;cause=200;text="Call completed elsewhere"'],
    ['SIP;cause=487;text="Request Terminated"', "Q.850;cause=16"],
    ['RELEASE_CAUSE;cause=1;text="User ends call"'],
    ["S1AP-NAS;cause=0", "Q.850;cause=16"],
]
NOTHING = [
    [],
    ['Q.850;cause=31;text="Normal, unspecified"'],
    [""],
    [";;;,,,"],
    ["X.int;reasoncode=0x00000000;add-info=05C1.0000"],
    ["Q.850;cause=127"],
    ["Q.850;cause=0"],
    ["Q.850;cause="],
    ["Q.850;cause=normal"],
    ['Q.850;text="'],
    ['"', "\\", '"\\'],
]


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [*((each, "network") for each in NETWORK), *((each, "human") for each in HUMAN), *((each, "") for each in NOTHING)],
)
def test_of_any_reasons_in_any_order_one_that_blames_the_network_counts(texts: list[str], wanted: Verdict) -> None:
    assert verdict(texts) == wanted
    assert verdict(reversed(texts)) == wanted


@given(st.lists(st.text(alphabet=st.sampled_from('Q.850SIP;cause=6",\\ text\x00é'), max_size=60), max_size=5))
def test_no_text_is_too_odd(texts: list[str]) -> None:
    assert verdict(texts) in {"human", "network", ""}


def _said(board: Board, texts: list[str], leg_id: str = "") -> list[m.Action]:
    return board.step(t.NetworkReason("c1", leg_id, tuple(texts)))


@pytest.mark.parametrize("texts", NETWORK)
def test_given_a_caller_whose_network_ended_the_line_then_they_are_called_back_and_the_record_has_its_words(
    texts: list[str],
) -> None:
    board = talking()
    assert _said(board, texts) == []
    board.hang_up()
    record = board.record()
    assert record.side == "network"
    assert record.cause.startswith("line lost")
    assert CALL_BACK in record.notes
    said = [note for note in record.notes if note.startswith("the network said: ")]
    assert said == [f"the network said: {text}" for text in texts]


@pytest.mark.parametrize("texts", [*HUMAN, *NOTHING])
def test_given_a_caller_who_hung_up_then_the_reason_changes_nothing(texts: list[str]) -> None:
    board = talking()
    _said(board, texts)
    board.hang_up()
    assert (board.record().side, CALL_BACK in board.record().notes) == ("caller", False)


@pytest.mark.parametrize("texts", NETWORK)
def test_given_an_operator_whose_network_cut_the_phone_off_then_the_caller_is_first_in_line(texts: list[str]) -> None:
    board = talking()
    _said(board, texts, board.leg("201").leg_id)
    board.leave("201")
    assert board.all(m.EndCall) == []
    assert board.call().state == "ringing"
    assert f"201's network said: {texts[0]}" in board.call().notes


@pytest.mark.parametrize("texts", HUMAN)
def test_given_an_operator_who_hung_up_then_the_reason_changes_nothing(texts: list[str]) -> None:
    board = talking()
    _said(board, texts, board.leg("201").leg_id)
    board.leave("201")
    assert board.all(m.EndCall) == [m.EndCall("c1")]


@pytest.mark.parametrize(
    ("texts", "ends"), [(["RELEASE_CAUSE;cause=1", "Q.850;cause=31"], True), (["Q.850;cause=31"], False)]
)
def test_an_unspecified_cause_of_an_operators_phone_ends_the_call_only_when_another_reason_says_so(
    texts: list[str], ends: bool
) -> None:
    board = talking()
    _said(board, texts, board.leg("201").leg_id)
    board.leave("201", cause=31)
    assert (board.all(m.EndCall) == [m.EndCall("c1")]) == ends


def test_a_reason_for_what_is_not_there_is_a_note_or_nothing() -> None:
    board = talking()
    assert board.step(t.NetworkReason("nobody", "", ("Q.850;cause=38",))) == []
    _said(board, ["Q.850;cause=38"], "c1.l99")
    assert board.call().notes == ["a network outside said: Q.850;cause=38"]
    board.hang_up()
    assert board.record().side == "caller"


def test_nobody_can_fill_the_record_with_reasons() -> None:
    board = talking()
    _said(board, [f"X{number};" + "x" * 5_000 for number in range(100)])
    notes = board.call().notes
    assert len(notes) == MOST_REASONS
    assert max(map(len, notes)) <= LONGEST_REASON + len("the network said: ")


def test_a_note_of_a_call_stands_on_its_record_and_one_of_no_call_nowhere() -> None:
    board = talking()
    assert board.step(t.CallNoted("c1", "UPDATE refused with 488"), t.CallNoted("nobody", "x")) == []
    board.hang_up()
    assert "UPDATE refused with 488" in board.record().notes
