"""HEP and SIP are read whatever the bytes are."""

from __future__ import annotations

import socket
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntpd112.simulate import Address
from ntpd112.simulate.malformed import malformed
from ntpd112.siptrace.hep import SIP, Packet, unpack
from ntpd112.siptrace.sip import codecs, read, user_of
from ntpd112.siptrace.unreadable import Log, dropped
from ntpd112.siptrace.why import why

KEY = b"secret"
INVITE = (
    b'INVITE sip:112@10.0.0.1 SIP/2.0\r\nv: SIP/2.0/UDP 10.0.0.9\r\nf: "Sari" <sip:0812@x>;tag=1\r\nt: <sip:112@x>\r\n'
    b"i: a%b@c\r\nCSeq: 7 INVITE\r\nReason: Q.850;cause=16\r\nREASON : SIP;\r\n cause=503\r\n\r\nv=0\r\n"
)


def hep(
    payload: bytes, *, key: bytes = KEY, source: tuple[str, int] = ("10.0.0.9", 5062), protocol: int = SIP
) -> bytes:
    """Pack a datagram as res_hep does."""

    def chunk(kind: int, value: bytes) -> bytes:
        return struct.pack("!HHH", 0, kind, 6 + len(value)) + value

    family = socket.AF_INET6 if ":" in source[0] else socket.AF_INET
    target = "::1" if family == socket.AF_INET6 else "10.0.0.1"
    chunks = b"".join(
        (
            chunk(1, bytes([family])),
            chunk(7, struct.pack("!H", source[1])),
            chunk(8, struct.pack("!H", 5060)),
            chunk(11, bytes([protocol])),
            chunk(5 if family == socket.AF_INET6 else 3, socket.inet_pton(family, source[0])),
            chunk(6 if family == socket.AF_INET6 else 4, socket.inet_pton(family, target)),
            chunk(14, key),
            chunk(17, b"a%b@c"),
            chunk(15, payload),
        )
    )
    return b"HEP3" + struct.pack("!H", 6 + len(chunks)) + chunks


@pytest.mark.parametrize(("source", "target"), [("10.0.0.9", "10.0.0.1"), ("fd00::9", "::1")])
def test_a_mirrored_message_is_read(source: str, target: str) -> None:
    packet = unpack(hep(INVITE, source=(source, 5062)), KEY)
    assert packet == Packet(SIP, (source, 5062), (target, 5060), INVITE)


def test_what_is_cut_or_of_another_instance_is_nothing() -> None:
    whole = hep(INVITE)
    assert [cut for cut in range(len(whole)) if unpack(whole[:cut], KEY) is not None] == []
    assert unpack(whole, b"another") is None
    assert unpack(whole + b"x", KEY) is None


@given(st.binary(max_size=300), st.integers(0, 400), st.binary(max_size=40))
def test_no_datagram_is_too_odd(noise: bytes, at: int, splice: bytes) -> None:
    unpack(noise, KEY)
    unpack(b"HEP3" + struct.pack("!H", 6 + len(noise)) + noise, KEY)
    whole = hep(INVITE)
    broken = whole[:at] + splice + whole[at:]
    packet = unpack(b"HEP3" + struct.pack("!H", len(broken)) + broken[6:], KEY)
    if packet is not None:
        read(packet.payload)


def test_a_head_is_read_with_short_names_folds_and_several_values() -> None:
    head = read(INVITE)
    assert head is not None
    assert (head.method, head.dialled, head.call_id, head.cseq, head.in_dialog) == (
        "INVITE",
        "112",
        "a%b@c",
        (7, "INVITE"),
        False,
    )
    assert head.all(b"reason") == [b"Q.850;cause=16", b"SIP; cause=503"]
    assert user_of(head.get(b"from")) == "0812"
    assert head.body == b"v=0\r\n"


@pytest.mark.parametrize(
    "line", [b"SIP/2.0 488 Not Acceptable", b"SIP/2.0 4x8 No", b"SIP/2.0 ", b"INVITE", b"\xff\xfe \x00"]
)
def test_a_first_line_may_be_anything(line: bytes) -> None:
    head = read(line + b"\r\nCall-ID: \xff\x00\xc3\xa9\r\n\r\n")
    assert head is None or head.call_id == "%FF%00é"


@given(st.binary(max_size=400))
def test_no_message_is_too_odd(noise: bytes) -> None:
    for message in (noise, b"INVITE sip:x SIP/2.0\r\n" + noise, b"SIP/2.0 488 x\r\n" + noise):
        head = read(message)
        if head is not None:
            assert isinstance((head.call_id, head.cseq, head.in_dialog, head.proves, head.dialled), tuple)
            for status in (401, 404, 415, 416, 420, 421, 422, 488, 500, 999):
                assert len(why(status, head, head)) <= 160
    codecs(noise)


def test_what_no_peer_should_send_is_read_too() -> None:
    bad = malformed(Address("10.0.0.1"), Address("10.0.0.9", 5062))
    assert [
        message.name for message in bad if read(message.data) is not None and unpack(message.data, KEY) is not None
    ] == []


@pytest.mark.parametrize(
    ("sdp", "wanted"),
    [
        (b"m=audio 4000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n", (("PCMU", "PCMA"), "RTP/AVP")),
        (
            b"m=audio 4 RTP/AVP 107 96\r\na=rtpmap:107 AMR-WB/16000\r\na=rtpmap:96 AMR/8000\r\n",
            (("AMR-WB", "AMR"), "RTP/AVP"),
        ),
        (b"m=audio 4 RTP/SAVP 8\n", (("PCMA",), "RTP/SAVP")),
        (b"m=audio 4 RTP/AVP 77\r\n", (("payload type 77",), "RTP/AVP")),
        (b"m=image 4 udptl t38\r\n", ((), "")),
        (b"", ((), "")),
    ],
)
def test_the_codecs_of_an_offer_are_named(sdp: bytes, wanted: tuple[tuple[str, ...], str]) -> None:
    assert codecs(b"v=0\r\n" + sdp) == wanted


LOG = (
    b"[2026-11-28 00:39:36.417] WARNING[17] pjproject: \t       sip_transport.c Dropping 456 bytes packet from UDP "
    b"10.0.0.9:48075 : PJSIP syntax error exception when parsing 'Request Line' header on line 1 col 23\n\n"
    b"[2026-11-28 00:39:40.437] ERROR[17] pjproject: \t        sip_endpoint.c Error processing packet from "
    b"10.0.0.9:446: Missing required header(s) (PJSIP_EMISSINGHDR)  Via [code 171050]:\nINVITE sip:112@x SIP/2.0\n"
    b"[2026-11-28 00:39:40.437] ERROR[17] pjproject: \t sip_endpoint.c Error processing packet from "
    b"[fd00::9]:446: Odd 17\n"
)


def test_what_pjproject_drops_is_read_from_the_log_as_it_grows(tmp_path: Path) -> None:
    file = tmp_path / "messages"
    log = Log(file)
    assert log.news() == []
    file.write_bytes(LOG)
    assert log.news() == []
    with file.open("ab") as more:
        more.write(LOG)
    assert [(one.source, one.why) for one in log.news()] == [
        ("10.0.0.9", "cannot be read, its Request Line is none"),
        ("10.0.0.9", "cannot be read, it has no Via"),
        ("fd00::9", "cannot be read (Odd #)"),
    ]
    assert log.news() == []
    file.unlink()
    assert log.news() == []
    file.write_bytes(LOG * 1_000)
    assert 100 < len(log.news()) < 3_000


@given(st.binary(max_size=200))
def test_no_log_is_too_odd(noise: bytes) -> None:
    dropped(noise)
    dropped(LOG[:100] + noise)
