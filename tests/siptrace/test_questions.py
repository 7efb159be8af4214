"""Asterisk's own questions: refused in the far end's place in time, and never those that are answered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntpd112.siptrace.findings import Unanswered
from ntpd112.siptrace.questions import GIVEN_UP_S, PROBED_AFTER_S, Questions
from ntpd112.siptrace.sip import Head, read

OWN, PEER, OTHER = ("192.0.2.1", 5060), ("192.0.2.11", 40_000), ("192.0.2.11", 40_001)
VIA = "192.0.2.1:7777"


def head(start: str, *headers: str, to: str = "<sip:0811@x>;tag=b", cseq: str = "7 INVITE") -> Head:
    lines = [
        start,
        "Via: SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK1",
        "From: <sip:112@x>;tag=a",
        f"To: {to}",
        "Call-ID: c1",
        f"CSeq: {cseq}",
        *headers,
    ]
    found = read(("\r\n".join(lines) + "\r\n\r\n").encode())
    assert found is not None
    return found


REINVITE = head("INVITE sip:gw@192.0.2.11 SIP/2.0")


def asked(at: float = 0.0, question: Head = REINVITE, party: str = "") -> Questions:
    questions = Questions(*OWN)
    questions.goes(at, question, party, ("127.0.0.1", 5060), PEER)
    return questions


def test_one_without_an_answer_is_refused_before_asterisks_clock_and_told() -> None:
    questions = asked(party="0811")
    for at in PROBED_AFTER_S:
        ((to, probe),), _ = questions.due(at, VIA)
        assert (to, probe.partition(b" ")[0]) == (PEER, b"OPTIONS")
        assert read(probe) is not None
        assert questions.due(at, VIA) == ([], [])
    ((to, refusal),), found = questions.due(GIVEN_UP_S, VIA)
    answer = read(refusal)
    assert answer is not None
    assert (to, answer.status, answer.cseq, answer.call_id) == (OWN, 488, (7, "INVITE"), "c1")
    assert answer.get(b"via") == REINVITE.get(b"via")
    assert found == [Unanswered("c1", "0811", is_alive=False)]
    assert not questions


@pytest.mark.parametrize("status", [100, 180, 200, 405, 481, 488])
def test_any_answer_to_an_invite_settles_it(status: int) -> None:
    questions = asked()
    questions.comes(head(f"SIP/2.0 {status} Said"), PEER)
    assert questions.due(GIVEN_UP_S, VIA) == ([], [])


@pytest.mark.parametrize(("status", "is_open"), [(100, True), (200, False), (405, False)])
def test_only_a_final_answer_settles_an_update(status: int, is_open: bool) -> None:
    questions = asked(question=head("UPDATE sip:gw@192.0.2.11 SIP/2.0", cseq="7 UPDATE"))
    questions.comes(head(f"SIP/2.0 {status} Said", cseq="7 UPDATE"), PEER)
    assert bool(questions) == is_open


@pytest.mark.parametrize("source", [PEER, OTHER])
def test_only_a_message_from_the_same_address_is_a_sign_of_life(source: tuple[str, int]) -> None:
    questions = asked()
    questions.comes(head("OPTIONS sip:112@x SIP/2.0", cseq="1 OPTIONS"), source)
    assert questions.due(GIVEN_UP_S, VIA)[1] == [Unanswered("c1", "", is_alive=source == PEER)]


def test_whoever_lives_is_not_probed() -> None:
    questions = asked()
    questions.lives(PEER)
    assert questions.due(PROBED_AFTER_S[-1], VIA) == ([], [])


def test_an_ear_that_began_in_the_middle_knows_the_last_repeat_by_the_pause_before_it() -> None:
    questions = asked(100.0)
    questions.goes(116.0, REINVITE, "", OWN, PEER)
    assert len(questions.due(116.0, VIA)[1]) == 1


def test_repeats_do_not_prolong_it() -> None:
    questions = asked()
    for at in (0.5, 1.5, 3.5, 7.5, 15.5):
        questions.goes(at, REINVITE, "", OWN, PEER)
    assert len(questions.due(GIVEN_UP_S, VIA)[1]) == 1


@pytest.mark.parametrize(
    "other",
    [
        head("INVITE sip:x@y SIP/2.0", to="<sip:0811@x>"),
        head("BYE sip:x@y SIP/2.0", cseq="8 BYE"),
        head("ACK sip:x@y SIP/2.0", cseq="7 ACK"),
    ],
)
def test_new_calls_and_ends_are_left_alone(other: Head) -> None:
    assert not asked(question=other)


@given(st.lists(st.tuples(st.sampled_from(["INVITE", "UPDATE", "BYE"]), st.integers(0, 3), st.integers(0, 700))))
def test_any_messages_in_any_order_are_legal(messages: list[tuple[str, int, int]]) -> None:
    questions = Questions("", 5060)
    for now, (method, number, status) in enumerate(messages):
        cseq = f"{number} {method}"
        questions.goes(now, head(f"{method} sip:x@y SIP/2.0", cseq=cseq), "", PEER, OTHER)
        questions.comes(head(f"SIP/2.0 {status:03} x", cseq=cseq), PEER)
        questions.due(now, VIA)
    assert len(questions.due(1e9, VIA)[1]) <= len(messages)
    assert not questions
