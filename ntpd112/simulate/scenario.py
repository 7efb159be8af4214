"""The SIPp scenarios of simulated parties: a caller, and a party that registers, dials and takes calls.

A party is one SIPp process *under command*: the scenario does what SIP demands by itself (100, ACK, 200 to a BYE) and
otherwise waits. The runner steers it with **orders**: datagrams to SIPp's own port that carry the call's Call-ID and a
method no SIP peer sends, such as ``ORDER-HANGUP``. SIPp matches them like any other request, so that no timing is fixed
beforehand and one scenario serves every story. Every stage is told by one log line: event, Call-ID, details.
:mod:`ntpd112.simulate.sipp` sends the orders and reads the lines.
"""

from __future__ import annotations

from ntpd112.simulate.xml import (
    MEDIA,
    assign,
    do,
    find,
    header,
    label,
    log,
    on_denial,
    on_refusal,
    on_request,
    on_response,
    reply,
    scenario,
    send,
    wait,
)

_CONTACT = "<sip:[local_ip]:[local_port];transport=[transport]>"
_OUR_TAG = "[pid]x[call_number]"
_TELL_MEDIA = ("[$media_ip]", "[$media_port]")
_TO_THE_CENTRE = '<setdest host="[remote_ip]" port="[remote_port]" protocol="[transport]"/>'
"""A call that an order began would otherwise send to whom the order came from."""
_OVER = label("over") + do()


REFUSAL_STATUS = {
    404: "Not Found",
    480: "Temporarily Unavailable",
    486: "Busy Here",
    488: "Not Acceptable Here",
    500: "Server Internal Error",
    503: "Service Unavailable",
    603: "Decline",
}
"""What a party can refuse a call with; SIPp wants each written out."""


def caller(*, acknowledges: bool = True, retransmits: bool = True) -> str:
    """Return the scenario of one call into a trunk.

    ``acknowledges=False`` never sends the ACK. ``retransmits=False`` sends the INVITE once only, which also allows
    the order REPEAT before the answer (SIPp sends nothing else while it still retransmits something).

    Keys: ``request_uri from to invite_headers offer ack_headers ack_body media``.
    """
    parts = [
        do(assign(**{"uri": "[request_uri]", "from": "[from]", "to": "[to]", "number": "1"})),
        do(assign(direction="sendrecv", version="1")),
        _invite(log("calling"), retrans=retransmits),
        *_outgoing(acknowledges=acknowledges),
        *_talk(),
        _OVER,
    ]
    return scenario("caller", parts)


def party() -> str:
    """Return the scenario of a phone or a gateway: registers and dials on order, takes calls, answers OPTIONS.

    Keys: ``user invite_headers offer ack_headers ack_body media``; the password comes with ``-ap``.
    """
    parts = [
        on_request("INVITE", "incoming", header("Via", "via"), header("CSeq", "cseq"), MEDIA),
        on_request("ORDER-REGISTER", "register", header("Expires", "expires")),
        on_request("ORDER-REPORT", "over", log("ready")),
        on_request("ORDER-DIAL", "dial", header("To", "uri")),
        on_request("OPTIONS|NOTIFY|INFO|MESSAGE|UPDATE|SUBSCRIBE", "say_ok"),
        on_request("BYE|CANCEL|REFER", "unknown_call"),
        on_request("ACK|ORDER-HANGUP|ORDER-ANSWER|ORDER-RING|ORDER-INFO", "over"),
        wait(),
        label("say_ok"),
        reply("200 OK", then="over"),
        label("unknown_call"),
        reply("481 Call/Transaction Does Not Exist", then="over"),
        *_register(),
        *_incoming(),
        *_dial(),
        *_outgoing(acknowledges=True),
        *_talk(),
        _OVER,
    ]
    return scenario("party", parts).replace('<recv request="INVITE"', '<recv request="INVITE" rrs="true"', 1)


def _invite(*actions: str, retrans: bool = False, credentials: str = "", then: str = "") -> str:
    return send(
        f"""INVITE [$uri] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK-[pid]-[call_number]-i[$number]
Max-Forwards: 70
From: [$from];tag={_OUR_TAG}
To: [$to]
Call-ID: [call_id]
CSeq: [$number] INVITE
Contact: {_CONTACT}{credentials}
Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, NOTIFY[invite_headers]
Content-Length: [len]

[offer]""",
        *actions,
        retrans=retrans,
        then=then,
    )


def _of_the_invite(method: str, to: str) -> str:
    """A CANCEL, or the ACK of a refusal: same branch and number as the INVITE (RFC 3261 9.1, 17.1.1.3)."""
    return f"""{method} [$uri] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK-[pid]-[call_number]-i[$number]
Max-Forwards: 70
From: [$from];tag={_OUR_TAG}
To: {to}
Call-ID: [call_id]
CSeq: [$number] {method}
Content-Length: 0
"""


def _in_dialog(method: str, *, extra: str = "", body: str = "", number: str = "[$number]") -> str:
    """A request inside an answered call, whoever called."""
    return f"""{method} [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK-[pid]-[call_number]-{method.lower()}{number}
Max-Forwards: 70
From: [$local]
To: [$remote]
Call-ID: [call_id]
CSeq: {number} {method}
[routes]
Contact: {_CONTACT}{extra}
Content-Length: [len]

{body}"""


def _dial() -> list[str]:
    own = "&lt;sip:[user]@[remote_ip]&gt;"
    return [
        label("dial"),
        do(_TO_THE_CENTRE),
        do(assign(**{"from": own, "to": "&lt;[$uri]&gt;", "number": "1", "direction": "sendrecv", "version": "1"})),
        _invite(retrans=True),
        on_response(100),
        on_refusal("refused"),
        '<recv response="401" auth="true"><action>' + header("To", "remote") + "</action></recv>",
        send(_of_the_invite("ACK", "[$remote]")),
        do(assign(number="2")),
        _invite(retrans=True, credentials="\n[authentication]"),
        on_denial("refused", "INVITE"),
    ]


def _outgoing(*, acknowledges: bool) -> list[str]:
    """What follows an INVITE of ours: ringing, an answer, a refusal, or our CANCEL."""
    status = find("SIP/2.0 ([0-9]+) ([^[:cntrl:]]*)", "code", "reason", within='search_in="var" variable="last"')
    to_tag = find("To: *([^[:cntrl:]]*)", "remote", within='search_in="var" variable="last"')
    take = MEDIA + header("To", "remote") + assign(local=f"[$from];tag={_OUR_TAG}")
    tell = log("answered", *_TELL_MEDIA)  # told last: from now on orders are understood
    ack = send(_in_dialog("ACK", extra="[ack_headers]", body="[ack_body]"), tell, then="talk")
    return [
        label("unanswered"),
        on_response(100, log("trying")),
        on_response(180, log("ringing")),
        on_response(181),
        on_response(182),
        on_response(183, MEDIA, log("progress", *_TELL_MEDIA)),
        on_refusal("refused"),
        on_response(401, then="refused"),
        on_response(407, then="refused"),
        on_request("ORDER-HANGUP", "cancel"),
        on_request("ORDER-REPEAT", "repeat_invite"),
        f'<recv response="200" rrs="true"><action>{take}</action></recv>',
        ack if acknowledges else do(tell, then="talk"),
        label("repeat_invite"),
        _invite(then="unanswered"),
        label("refused"),
        do(assign(last="[last_message]"), status, to_tag, log("refused", "[$code]", "[$reason]")),
        send(_of_the_invite("ACK", "[$remote]"), then="over"),
        label("cancel"),
        send(_of_the_invite("CANCEL", "[$to]"), log("cancelling"), retrans=True),
        on_response(100),
        on_response(180),
        on_response(183),
        on_refusal("refused"),
        on_response(
            200,
            find("INVITE", within='search_in="hdr" header="CSeq:"').replace('"_"', '"crossed"'),
            header("To", "remote"),
            then="crossing",
            options=' test="crossed" rrs="true"',
        ),
        wait(),
        # The answer overtook our CANCEL: acknowledge it and hang up (RFC 3261 15).
        label("crossing"),
        do(assign(local=f"[$from];tag={_OUR_TAG}")),
        send(_in_dialog("ACK")),
        do(assign(number="90"), then="hang_up"),
    ]


def _incoming() -> list[str]:
    def response(status: str, extra: str = "", body: str = "") -> str:
        return f"""SIP/2.0 {status}
Via: [$via]
From: [$remote]
To: [$local]
Call-ID: [call_id]
CSeq: [$cseq]
Contact: {_CONTACT}{extra}
Content-Length: [len]

{body}"""

    tell = ("[$media_ip]", "[$media_port]", "[$remote]", "[$dialled]", "[$identity]")
    return [
        label("incoming"),
        do(
            assign(remote="[last_From:]", local=f"[last_To:];tag={_OUR_TAG}", dialled="[last_Request_URI]", last="x"),
            assign(identity="[last_P-Asserted-Identity:]", direction="sendrecv", version="1"),
            find("^From: *(.*)", "remote", within='search_in="var" variable="remote"'),
            find("^To: *(.*)", "local", within='search_in="var" variable="local"'),
        ),
        send(response("100 Trying"), log("invited", *tell)),
        label("offered"),
        on_request("ORDER-RING", "ring"),
        on_request("ORDER-PROGRESS", "progress"),
        on_request("ORDER-ANSWER", "answer"),
        *(on_request(f"ORDER-REFUSE-{code}", f"refuse_{code}") for code in REFUSAL_STATUS),
        on_request("CANCEL", "cancelled", log("cancelled")),
        on_request("UPDATE|OPTIONS|INFO", "offered_ok"),
        wait(),
        label("ring"),
        send(response("180 Ringing"), then="offered"),
        label("progress"),
        send(response("183 Session Progress", "\nContent-Type: application/sdp", _SDP), then="offered"),
        label("offered_ok"),
        reply("200 OK", then="offered"),
        label("cancelled"),
        reply("200 OK"),
        send(response("487 Request Terminated"), retrans=True),
        '<recv request="ACK" next="over"/>',
        *(
            part
            for code, reason in REFUSAL_STATUS.items()
            for part in (
                label(f"refuse_{code}"),
                send(response(f"{code} {reason}"), log("refused", str(code), reason), then="refusing", retrans=True),
            )
        ),
        label("refusing"),
        on_request("CANCEL", "refused_late"),
        '<recv request="ACK" next="over"/>',
        label("refused_late"),
        reply("200 OK"),
        '<recv request="ACK" next="over"/>',
        label("answer"),
        send(response("200 OK", "\nContent-Type: application/sdp", _SDP), retrans=True),
        on_request("CANCEL", "too_late"),
        on_request("BYE", "ended"),
        '<recv request="ACK"/>',
        do(log("answered", *_TELL_MEDIA), then="talk"),
        label("too_late"),
        reply("200 OK"),
        on_request("BYE", "ended"),
        '<recv request="ACK"/>',
        do(log("answered", *_TELL_MEDIA), then="talk"),
    ]


_SDP = """v=0
o=- [pid] [$version] IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
[media]
a=[$direction]"""


def _talk() -> list[str]:
    """An answered call, until somebody hangs up. Stands last: responses match what was sent further up."""
    keep = (header("Number", "number"),)
    return [
        label("info"),
        send(_in_dialog("INFO", extra="\nContent-Type: [$info_type]", body="[$info_body]"), then="talk"),
        label("repeat_late"),
        _invite(then="talk"),
        label("refer"),
        send(_in_dialog("REFER", extra="\nRefer-To: [$refer_to]\nReferred-By: [$local]"), then="talk"),
        label("reinvite"),
        send(_in_dialog("INVITE", extra="\nContent-Type: application/sdp", body=_SDP), retrans=True),
        on_response(100),
        on_request("BYE", "ended"),
        on_request("ORDER-HANGUP", "hang_up", *keep),
        on_response(488, then="reinvite_refused"),
        on_response(491, then="reinvite_refused"),
        '<recv response="200"/>',
        send(_in_dialog("ACK"), log("reinvited", "200"), then="talk"),
        label("reinvite_refused"),
        send(_in_dialog("ACK").replace("-ack[$number]", "-invite[$number]"), log("reinvited", "no"), then="talk"),
        label("be_reinvited"),
        reply("200 OK", extra=f"\nContact: {_CONTACT}\nContent-Type: application/sdp")
        .replace("Content-Length: 0\n", f"Content-Length: [len]\n\n{_SDP}")
        .replace("<send", '<send next="talk"'),
        label("talk_ok"),
        reply("200 OK", then="talk"),
        label("hang_up"),
        send(_in_dialog("BYE"), log("hanging_up"), retrans=True),
        label("leaving"),
        on_response(100),
        on_response(481, log("hung_up", "481"), then="over"),
        on_response(408, log("hung_up", "408"), then="over"),
        on_request("BYE", "crossed_bye"),
        on_request("INFO|UPDATE|NOTIFY|OPTIONS", "leaving_ok"),
        on_response(202),
        '<recv response="200"><action>' + log("hung_up", "200") + "</action></recv>",
        do(then="over"),
        label("leaving_ok"),
        reply("200 OK", then="leaving"),
        label("crossed_bye"),
        reply("200 OK", then="leaving"),
        label("ended"),
        do(log("ended")),
        reply("200 OK", then="over"),
        label("talk"),
        on_request("BYE", "ended"),
        on_request("INVITE", "be_reinvited", MEDIA, log("media", *_TELL_MEDIA)),
        on_request("INFO|UPDATE|OPTIONS|MESSAGE|NOTIFY", "talk_ok"),
        on_request("REFER|CANCEL", "talk_ok"),
        '<recv request="ACK" optional="true"/>',
        on_request("ORDER-HANGUP", "hang_up", *keep),
        on_request("ORDER-INFO", "info", *keep, header("Info-Type", "info_type"), header("Info-Body", "info_body")),
        on_request("ORDER-REINVITE", "reinvite", *keep, header("Direction", "direction"), header("Number", "version")),
        on_request("ORDER-REPEAT", "repeat_late", header("Number", "number")),
        on_request("ORDER-REFER", "refer", *keep, header("Refer-To", "refer_to")),
        on_response(100),
        on_response(202, log("referred", "202")),
        on_response(200, log("accepted", "200")),
        on_response(415, log("accepted", "415")),
        on_response(481, log("accepted", "481")),
        wait(),
    ]


def _register() -> list[str]:
    def message(number: int, credentials: str = "") -> str:
        return f"""REGISTER sip:[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK-[pid]-[call_number]-r{number}
Max-Forwards: 70
From: <sip:[user]@[remote_ip]>;tag={_OUR_TAG}
To: <sip:[user]@[remote_ip]>
Call-ID: [call_id]
CSeq: {number} REGISTER
Contact: <sip:[user]@[local_ip]:[local_port];transport=[transport]>
Expires: [$expires]{credentials}
Content-Length: 0
"""

    refused = [
        on_response(code, log("register_refused", str(code)), then="over")
        for code in (400, 403, 404, 408, 423, 480, 500, 503)
    ]
    return [
        label("register"),
        do(_TO_THE_CENTRE),
        send(message(1), retrans=True),
        on_response(100),
        *refused,
        '<recv response="401" auth="true"/>',
        send(message(2, "\n[authentication]"), retrans=True),
        on_response(100),
        *refused,
        on_denial("denied", "REGISTER"),
        '<recv response="200"><action>' + log("registered", "[$expires]") + "</action></recv>",
        do(then="over"),
        label("denied"),
        do(log("register_refused", "401"), then="over"),
    ]
