"""The SIPp scenarios of the bench: a crowd of citizens, and a switchboard full of operators' phones.

One SIPp process each, so that the machine is left to Asterisk. Every stage is logged with SIPp's own clock, the
machine's in microseconds, which both processes share; SIPp looks at its sockets and timers once a millisecond.
A key is RFC 4733, from the recording that comes with SIPp; it counts as pressed when its first end packet goes out. (By
SIP INFO the press of a caller would be stretched by Asterisk for applications that read keys, and not for ARI.)
"""

from __future__ import annotations

from ntpd112.simulate.xml import (
    assign,
    do,
    find,
    header,
    label,
    log,
    on_refusal,
    on_request,
    on_response,
    reply,
    scenario,
    send,
    wait,
)

_TAG = "[pid]x[call_number]"
_CONTACT = "<sip:[local_ip]:[local_port]>"
_NOW = "[timestamp]"
_SDP = """v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio [media_port] RTP/AVP 8 101
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=ptime:20"""
_KEY = "/usr/share/sip-tester/dtmf_2833_4.pcap"
KEY_LASTS_S = 0.14
"""From the first packet of that recording to the first one that says that the key is released."""


def citizens(press_after_ms: int) -> str:
    """Return a caller who presses a key so long after the answer, and talks until the centre hangs up.

    ``field0`` of the injection file is the number that calls.
    """
    own = "<sip:[field0]@[local_ip]>"
    parts = [
        send(_invite(own), log("invited", "[field0]", _NOW), retrans=True),
        on_response(100),
        on_response(180),
        on_response(183),
        on_refusal("refused"),
        '<recv response="200" rrs="true"><action>'
        + header("To", "remote")
        + log("answered", "[field0]", _NOW)
        + "</action></recv>",
        send(_request("ACK", "1", own)),
        *_for(press_after_ms, "press", on_request("BYE", "ended")),
        label("press"),
        do(f'<exec play_pcap_audio="{_KEY}"/>', log("pressed", "[field0]", _NOW)),
        '<recv request="BYE"/>',
        label("ended"),
        do(log("ended", "[field0]", _NOW)),
        reply("200 OK", then="over"),
        label("refused"),
        do(log("refused", "[field0]", _NOW)),
        send(_refused_ack(own)),
        label("over"),
        do(),
    ]
    return scenario("citizens", parts)


def phones(answer_after_ms: int, talk_ms: int) -> str:
    """Return phones that ring, are answered after so long, and hang up after so long a talk."""
    who = ("[$operator]", "[$caller]", _NOW)
    known = (header("Via", "via"), header("CSeq", "cseq"))
    told = find("^INVITE sip:([0-9]+)@", "operator") + (
        '<ereg regexp="sip:([^@>]*)" search_in="hdr" header="From:" assign_to="_,caller"/>'
    )
    parts = [
        on_request("INVITE", "incoming", *known, told, log("rang", *who)).replace("<recv ", '<recv rrs="true" ', 1),
        on_request("OPTIONS|NOTIFY|INFO|MESSAGE|UPDATE|SUBSCRIBE", "say_ok"),
        on_request("BYE|CANCEL|REFER", "unknown_call"),
        on_request("ACK", "over"),
        wait(),
        label("say_ok"),
        reply("200 OK", then="over"),
        label("unknown_call"),
        reply("481 Call/Transaction Does Not Exist", then="over"),
        label("incoming"),
        do(
            assign(remote="[last_From:]", local=f"[last_To:];tag={_TAG}"),
            find("^From: *(.*)", "remote", within='search_in="var" variable="remote"'),
            find("^To: *(.*)", "local", within='search_in="var" variable="local"'),
        ),
        send(_response("180 Ringing")),
        *_for(answer_after_ms, "answer", on_request("CANCEL", "cancelled")),
        label("answer"),
        send(_response("200 OK", "\nContent-Type: application/sdp", _SDP), retrans=True),
        on_request("BYE", "ended"),
        '<recv request="ACK"><action>' + log("picked_up", *who) + "</action></recv>",
        *_for(talk_ms, "hang_up", on_request("BYE", "ended")),
        label("hang_up"),
        send(_request("BYE", "1", "", local="[$local]"), log("freed", *who), retrans=True),
        on_request("BYE", "crossed"),
        on_response(481, then="over"),
        '<recv response="200"/>',
        do(then="over"),
        label("crossed"),
        reply("200 OK", then="over"),
        label("ended"),
        do(log("lost", *who)),
        reply("200 OK", then="over"),
        label("cancelled"),
        do(log("cancelled", *who)),
        reply("200 OK"),
        send(_response("487 Request Terminated"), retrans=True),
        '<recv request="ACK"/>',
        label("over"),
        do(),
    ]
    return scenario("phones", parts)


def register() -> str:
    """Return the registration of one phone: ``field0`` its name, ``field1`` its credentials."""
    parts = [
        send(_registration(1, ""), retrans=True),
        '<recv response="401" auth="true"><action>' + header("To", "remote") + "</action></recv>",
        send(_registration(2, "\n[field1]"), retrans=True),
        '<recv response="200"/>',
    ]
    return scenario("register", parts)


def _for(milliseconds: int, then: str, meanwhile: str) -> list[str]:
    """Wait so long, and hear what may come meanwhile; SIPp counts the time of the reception it stands at."""
    return [meanwhile.replace("<recv ", f'<recv timeout="{milliseconds}" ontimeout="{then}" ', 1), wait()]


def _invite(own: str) -> str:
    return f"""INVITE sip:112@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From: {own};tag={_TAG}
To: <sip:112@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: {_CONTACT}
Content-Type: application/sdp
Content-Length: [len]

{_SDP}
"""


def _request(method: str, number: str, own: str, kind: str = "", body: str = "", local: str = "") -> str:
    content = f"\nContent-Type: {kind}" if kind else ""
    return f"""{method} [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK-[pid]-[call_number]-{method.lower()}
Max-Forwards: 70
From: {local or f"{own};tag={_TAG}"}
To: [$remote]
Call-ID: [call_id]
CSeq: {number} {method}
[routes]
Contact: {_CONTACT}{content}
Content-Length: [len]

{body}"""


def _refused_ack(own: str) -> str:
    return f"""ACK sip:112@[remote_ip]:[remote_port] SIP/2.0
[last_Via:]
Max-Forwards: 70
From: {own};tag={_TAG}
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Content-Length: 0
"""


def _response(status: str, extra: str = "", body: str = "") -> str:
    return f"""SIP/2.0 {status}
Via: [$via]
From: [$remote]
To: [$local]
Call-ID: [call_id]
CSeq: [$cseq]
Contact: {_CONTACT}{extra}
Content-Length: [len]

{body}"""


def _registration(number: int, credentials: str) -> str:
    return f"""REGISTER sip:[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK-[pid]-[call_number]-r{number}
Max-Forwards: 70
From: <sip:[field0]@[remote_ip]>;tag={_TAG}
To: <sip:[field0]@[remote_ip]>
Call-ID: [call_id]
CSeq: {number} REGISTER
Contact: <sip:[field0]@[local_ip]:[local_port]>
Expires: 600{credentials}
Content-Length: 0
"""
