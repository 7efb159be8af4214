"""What the ear makes of what it hears, message by message."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ntpd112.siptrace.ear import CHALLENGED_S, FORGOTTEN_S, TELL_EVERY_S, Ear
from ntpd112.siptrace.findings import (
    AnyFinding,
    Beat,
    ChangeRefused,
    LineEnded,
    Refused,
    TransferAsked,
    WrongPassword,
    decode,
    encode,
)
from ntpd112.siptrace.hep import SIP, Packet
from ntpd112.siptrace.process import is_dull
from tests.siptrace.test_parsers import hep

OWN = ("10.0.0.1", 5060)
CARRIER = ("10.0.0.9", 5060)
PHONE = ("10.0.0.21", 5070)
OURS = "Server: ntpd112\r\n"
_TOLD = ("REGISTER", "BYE", "CANCEL")


def request(
    method: str, call_id: str = "a", *, cseq: int = 1, uri: str = "sip:112@x", tag: str = "", more: str = ""
) -> str:
    return (
        f"{method} {uri} SIP/2.0\r\nFrom: <sip:0812@x>;tag=1\r\nTo: <sip:112@x>{tag}\r\nCall-ID: {call_id}\r\n"
        f"CSeq: {cseq} {method}\r\nUser-Agent: SBC 1.0\r\n{more}\r\n"
    )


def answer(
    status: int, method: str = "INVITE", call_id: str = "a", *, cseq: int = 1, more: str = "", to: str = "112"
) -> str:
    return (
        f"SIP/2.0 {status} Words\r\nFrom: <sip:0812@x>;tag=1\r\nTo: <sip:{to}@x>;tag=2\r\nCall-ID: {call_id}\r\n"
        f"CSeq: {cseq} {method}\r\n{more}\r\n"
    )


class Room:
    """An ear, and a clock."""

    def __init__(self, address: str = OWN[0]) -> None:
        self.ear = Ear(address, OWN[1])
        self.now = 100.0

    def comes(self, text: str, source: tuple[str, int] = CARRIER) -> list[AnyFinding]:
        return self.ear.hear(self.now, Packet(SIP, source, OWN, text.encode()))

    def goes(self, text: str, target: tuple[str, int] = CARRIER) -> list[AnyFinding]:
        return self.ear.hear(self.now, Packet(SIP, OWN, target, text.encode()))

    def ends(self, method: str, call_id: str, more: str = "", status: int = 200) -> list[AnyFinding]:
        """Return what is told of an end that comes, and of Asterisk's answer to it."""
        return self.comes(request(method, call_id, more=more)) + self.goes(answer(status, method, call_id))

    def later(self, seconds: float) -> list[AnyFinding]:
        self.now += seconds
        return self.ear.passed(self.now)


def test_a_refusal_without_a_channel_is_told_at_once_and_its_like_now_and_then() -> None:
    room = Room()
    for number in range(5):
        room.comes(request("INVITE", f"c{number}", uri=f"sip:{110 + number % 3}@x"))
        found = room.goes(answer(420, call_id=f"c{number}", more="Unsupported: precondition\r\n"))
        first = Refused(CARRIER[0], 420, "requires the extension precondition", ("110",), "c0", "SBC 1.0", 1)
        assert found == ([first] if number == 0 else [])
    assert room.later(TELL_EVERY_S / 2) == []
    (more,) = room.later(TELL_EVERY_S / 2)
    assert isinstance(more, Refused)
    assert (more.count, more.numbers) == (4, ("110", "111", "112"))
    assert room.later(TELL_EVERY_S) == []


def test_what_had_a_channel_or_was_given_up_is_no_refusal() -> None:
    room = Room()
    for status, more in ((503, "Reason: Q.850;cause=34\r\n"), (487, ""), (200, ""), (180, "")):
        room.comes(request("INVITE", str(status)))
        assert room.goes(answer(status, call_id=str(status), more=more)) == []
    assert room.goes(answer(488, call_id="never seen")) == []
    assert room.later(60) == []


def test_a_challenge_is_a_refusal_only_when_no_password_follows() -> None:
    room = Room()
    for call_id in ("phone", "stranger"):
        room.comes(request("INVITE", call_id), PHONE)
        assert room.goes(answer(401, call_id=call_id), PHONE) == []
    assert room.later(CHALLENGED_S / 2) == []
    room.comes(request("INVITE", "phone", cseq=2, more='Authorization: Digest username="201"\r\n'), PHONE)
    (told,) = room.later(CHALLENGED_S)
    assert isinstance(told, Refused)
    assert (told.sip_call_id, told.status, room.ear.strangers) == ("stranger", 401, 1)


def test_wrong_passwords_are_told_but_a_stale_nonce_is_none() -> None:
    room = Room()
    proof = 'Authorization: Digest username="201", realm="x"\r\n'
    for cseq, stale, wanted in ((2, ", stale=true", []), (3, "", [WrongPassword("201", PHONE[0], 1)]), (4, "", [])):
        room.comes(request("REGISTER", "r", cseq=cseq, more=proof), PHONE)
        challenge = f"WWW-Authenticate: Digest realm=x{stale}\r\n"
        assert room.goes(answer(401, "REGISTER", "r", cseq=cseq, more=challenge), PHONE) == wanted
    room.comes(request("INVITE", "i", cseq=2, more=proof), PHONE)
    assert room.goes(answer(401, call_id="i", cseq=2), PHONE) == []
    assert room.later(TELL_EVERY_S) == [WrongPassword("201", PHONE[0], 2)]


def test_every_end_is_told_with_all_its_reasons_and_with_the_party_that_asterisk_dialled() -> None:
    room = Room()
    assert room.ends("BYE", "a", "Reason: Q.850;cause=16\r\nreason: SIP;cause=503\r\n") == [
        LineEnded("a", ("Q.850;cause=16", "SIP;cause=503"), "")
    ]
    assert room.ends("CANCEL", "b") == [LineEnded("b", (), "")]
    room.comes(request("REGISTER", "r"), PHONE)
    room.goes(answer(200, "REGISTER", "r", to="201"), PHONE)
    room.goes(request("INVITE", "leg", uri="sip:201-0x55@10.0.0.21:5070"), PHONE)
    assert room.ends("BYE", "leg") == [LineEnded("leg", (), "201")]
    room.goes(request("INVITE", "out", uri="sip:0811@10.0.0.9"))
    assert room.comes(answer(486, call_id="out")) == []
    room.goes(request("INVITE", "out", uri="sip:0811@10.0.0.9"))
    refused = answer(503, call_id="out", more="Reason: Q.850;cause=41\r\n")
    assert room.comes(refused) == [LineEnded("out", ("Q.850;cause=41",), "0811")]
    assert room.goes(request("BYE", "a")) == []


def test_a_change_that_asterisk_refuses_is_told_of_its_call() -> None:
    room = Room()
    room.comes(request("INVITE", "a", cseq=2, tag=";tag=2") + "m=image 4 udptl t38\r\n")
    reason = "Reason: Q.850;cause=0\r\n"  # there is a channel
    assert room.goes(answer(488, cseq=2, more=reason)) == [ChangeRefused("a", "INVITE", 488, "the offer has no audio")]
    room.comes(request("UPDATE", "a", cseq=3, tag=" ; TAG=2", more="Session-Expires: 30\r\n"))
    (told,) = room.goes(answer(422, "UPDATE", cseq=3, more="Min-SE: 90\r\n"))
    assert isinstance(told, ChangeRefused)
    assert "30 s, where 90 s" in told.why
    room.comes(request("INVITE", "a", cseq=4, tag=";tag=2"))
    assert room.goes(answer(491, cseq=4)) == []


def test_what_asterisk_sends_to_itself_is_nothing_and_everywhere_its_name_tells_what_it_sends() -> None:
    room = Room()
    assert room.ear.hear(100.0, Packet(SIP, OWN, OWN, request("BYE").encode())) == []
    anywhere = Room("")
    anywhere.ear.hear(100.0, Packet(SIP, CARRIER, ("10.0.0.2", 5060), request("INVITE").encode()))
    refused = Packet(SIP, ("10.0.0.2", 5060), CARRIER, answer(415, more=OURS).encode())
    assert [type(found) for found in anywhere.ear.hear(100.0, refused)] == [Refused]


def test_no_flood_of_strangers_hides_what_a_trunk_sends_or_fills_the_memory() -> None:
    room = Room()
    told = 0
    for number in range(30_000):
        source = (f"192.0.{number // 250}.{number % 250}", 5060)
        room.comes(request("INVITE", f"s{number}"), source)
        told += len(room.goes(answer(401, call_id=f"s{number}"), source))
    told += len(room.later(CHALLENGED_S))
    assert told <= 20
    assert room.ear.strangers == 30_000
    room.comes(request("INVITE", "ours"))
    assert len(room.goes(answer(415, call_id="ours"))) == 1
    assert len(room.ear._challenged) + sum(map(len, room.ear._kinds.values())) < 1_000


def test_invites_that_went_well_are_forgotten_and_one_that_is_open_is_not() -> None:
    room = Room()
    for number in range(500):
        room.comes(request("INVITE", f"well{number}"))
    room.now += FORGOTTEN_S + 1.0
    room.comes(request("INVITE", "open"))
    room.ear.passed(room.now)
    assert len(room.ear._invites) == 1
    assert [type(found) for found in room.goes(answer(488, call_id="open", more=OURS))] == [Refused]


def test_no_flood_of_ends_of_calls_that_do_not_exist_is_told_or_hides_an_end() -> None:
    room = Room()
    for number in range(10_000):
        assert room.ends("BYE", f"s{number}", "Reason: Q.850;cause=38\r\n", status=481) == []
        assert room.ends("CANCEL", f"s{number}", status=481) == []
    assert room.ends("BYE", "ours", "Reason: Q.850;cause=38\r\n") == [LineEnded("ours", ("Q.850;cause=38",), "")]
    for number in range(10_000):
        room.comes(request("BYE", f"t{number}"))
    assert len(room.ear._ends) <= 4_000


def test_no_flood_of_transfers_and_changes_without_a_call_hides_those_of_a_line_that_is_known() -> None:
    room = Room()
    room.goes(request("INVITE", "leg", uri="sip:201@10.0.0.21:5070"), PHONE)
    found: list[AnyFinding] = []
    for number in range(10_000):
        found += room.comes(request("REFER", f"s{number}", tag=";tag=2", more="Refer-To: <sip:9@x>\r\n"))
        found += room.comes(answer(603, call_id=f"s{number}", more="Reason: SIP;cause=603\r\n"))
        room.comes(request("UPDATE", f"s{number}", tag=";tag=2"))
        found += room.goes(answer(481, "UPDATE", f"s{number}"))
    assert len(found) == 50
    (told,) = room.comes(request("REFER", "leg", tag=";tag=2", more="Refer-To: <sip:9@x>\r\n"))
    assert told == TransferAsked("leg", "9", "201")
    room.later(TELL_EVERY_S)
    assert len(room.comes(request("REFER", "older", tag=";tag=2", more="Refer-To: <sip:9@x>\r\n"))) == 1


@given(
    st.lists(
        st.tuples(st.booleans(), st.sampled_from("IABCRU"), st.integers(99, 700), st.binary(max_size=30)), max_size=20
    )
)
def test_any_messages_in_any_order_are_legal(messages: list[tuple[bool, str, int, bytes]]) -> None:
    room = Room()
    methods = {"I": "INVITE", "A": "ACK", "B": "BYE", "C": "CANCEL", "R": "REGISTER", "U": "UPDATE"}
    for is_answer, letter, status, noise in messages:
        text = answer(status, methods[letter]) if is_answer else request(methods[letter])
        for way in (Packet(SIP, CARRIER, OWN, text.encode() + noise), Packet(SIP, OWN, CARRIER, noise + text.encode())):
            found = room.ear.hear(room.now, way)
            assert decode(encode(found)) == tuple(found)
        found = room.later(1.0)
        assert decode(encode([*found, Beat(1, 2, 3, 4)]))[:-1] == tuple(found)


def test_what_is_dull_is_not_even_unpacked() -> None:
    dull = (request("ACK"), request("OPTIONS"), answer(180), answer(200), answer(200, "INFO"), answer(100, "REGISTER"))
    keen = (request("INVITE"), request("BYE"), request("REGISTER"), answer(488), *(answer(200, m) for m in _TOLD))
    assert [is_dull(hep(text.encode())) for text in (*dull, *keen)] == [True] * len(dull) + [False] * len(keen)
