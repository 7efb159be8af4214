"""Answers in Asterisk's place: to what it leaves unanswered, once, and never to what it answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntpd112.siptrace.answers import WAIT_S, Answers
from ntpd112.siptrace.hep import SIP, Packet

OWN, PEER = ("192.0.2.1", 5060), ("192.0.2.11", 40_000)


def request(
    method: str = "INFO", *headers: str, to: str = "<sip:112@x>;tag=b", via: str = "UDP", number: int = 2
) -> bytes:
    lines = [
        f"{method} sip:asterisk@192.0.2.1:5060 SIP/2.0",
        f"Via: SIP/2.0/{via} 10.0.0.5:5060;rport;branch=z9hG4bK1",
        "Via: SIP/2.0/UDP 10.0.0.6:5060;branch=z9hG4bK0",
        "From: <sip:0811@x>;tag=a",
        f"To: {to}",
        "Call-ID: c1",
        f"CSeq: {number} {method}",
        *headers,
        "Content-Length: 0",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def response(status: int, method: str = "INFO", number: int = 2) -> bytes:
    lines = [f"SIP/2.0 {status} OK", "Via: SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bK1", "Call-ID: c1"]
    return "\r\n".join([*lines, f"CSeq: {number} {method}", "", ""]).encode()


def asked(message: bytes, source: tuple[str, int] = PEER) -> Answers:
    answers = Answers(*OWN)
    answers.hear(0.0, Packet(SIP, source, OWN, message))
    return answers


STATUSES = [
    ("REFER", (), b"603 Decline"),
    ("INFO", (), b"415 Unsupported Media Type"),
    ("INFO", ("Info-Package: x",), b"469 Bad Info Package"),
    ("SUBSCRIBE", (), b"489 Bad Event"),
    ("NOTIFY", (), b"489 Bad Event"),
    ("MESSAGE", (), b"405 Method Not Allowed"),
    ("PUBLISH", (), b"405 Method Not Allowed"),
    ("NEW", (), b"501 Not Implemented"),
]


@pytest.mark.parametrize(("method", "headers", "status"), STATUSES)
def test_what_nobody_has_answered_in_time_is_refused(method: str, headers: tuple[str, ...], status: bytes) -> None:
    answers = asked(request(method, *headers))
    assert answers.due(WAIT_S - 0.01) == []
    ((to, message),) = answers.due(WAIT_S)
    assert to == PEER
    assert message.startswith(b"SIP/2.0 " + status + b"\r\n")
    assert b"Via: SIP/2.0/UDP 10.0.0.5:5060;rport=40000;received=192.0.2.11;branch=z9hG4bK1\r\n" in message
    assert b"Via: SIP/2.0/UDP 10.0.0.6:5060;branch=z9hG4bK0\r\n" in message
    assert b"To: <sip:112@x>;tag=b\r\n" in message
    assert f"CSeq: 2 {method}\r\n".encode() in message
    assert answers.due(100.0) == []
    assert answers.given == 1


def test_what_asterisk_answers_is_left_to_it() -> None:
    answers = asked(request())
    answers.hear(0.1, Packet(SIP, OWN, PEER, response(100)))
    answers.hear(0.2, Packet(SIP, OWN, PEER, response(200)))
    assert answers.due(WAIT_S) == []


def test_the_answer_to_another_request_changes_nothing() -> None:
    answers = asked(request())
    answers.hear(0.1, Packet(SIP, OWN, PEER, response(200, number=1)))
    answers.hear(0.1, Packet(SIP, OWN, PEER, response(200, "UPDATE")))
    assert len(answers.due(WAIT_S)) == 1


def test_a_request_that_comes_again_is_answered_once_and_again_when_the_answer_was_lost() -> None:
    answers = asked(request())
    answers.hear(0.3, Packet(SIP, PEER, OWN, request()))
    assert len(answers.due(WAIT_S)) == 1
    answers.hear(1.0, Packet(SIP, PEER, OWN, request()))
    assert len(answers.due(1.0)) == 1


@pytest.mark.parametrize(
    ("message", "source"),
    [
        (request(to="<sip:112@x>"), PEER),
        (request(via="TCP"), PEER),
        (request(), OWN),
        (b"no SIP", PEER),
        (b"", PEER),
    ],
    ids=["outside a call", "by TCP", "our own", "no SIP", "nothing"],
)
def test_other_messages_are_not_answered(message: bytes, source: tuple[str, int]) -> None:
    assert asked(message, source).due(100.0) == []


def test_a_flood_is_bounded() -> None:
    answers = Answers(*OWN)
    for number in range(1000):
        answers.hear(0.0, Packet(SIP, PEER, OWN, request(number=number)))
    assert len(answers.due(WAIT_S)) == 200
    assert len(answers._given) == 200
    answers.hear(1.0, Packet(SIP, PEER, OWN, request(number=1001)))
    assert len(answers.due(2.0)) == 1
    assert len(answers._given) == 200


@pytest.mark.parametrize(
    ("payload", "wanted"),
    [(request(m), False) for m in ("INVITE", "ACK", "BYE", "CANCEL", "PRACK", "REGISTER", "OPTIONS", "UPDATE")]
    + [(request(m), True) for m in ("INFO", "REFER", "NOTIFY", "FOO", "ACKNOWLEDGE")]
    + [(response(200), False)],
)
def test_only_few_messages_are_read(payload: bytes, *, wanted: bool) -> None:
    assert Answers(*OWN).wants(b"HEP3..\x00\x00\x00\x0f\x01\x02" + payload) == wanted


def test_answers_are_read_while_a_request_is_open() -> None:
    mirrored = b"HEP3..\x00\x00\x00\x0f\x01\x02" + response(200)
    assert asked(request()).wants(mirrored)


@given(st.binary(max_size=300), st.sampled_from([b"", request(), request("REFER"), response(200)]))
def test_no_bytes_harm_it(noise: bytes, message: bytes) -> None:
    answers = asked(noise + message)
    answers.wants(noise + message)
    answers.hear(0.1, Packet(SIP, PEER, OWN, message + noise))
    for _, answer in answers.due(10.0):
        assert answer.startswith(b"SIP/2.0 ")
        assert answer.endswith(b"\r\n\r\n")
