"""The reasons that networks give for the end of a line (RFC 3326), and whose end it was by them.

A BYE says no more than that the line is over. The Reason headers beside it, of any protocol, in any number and order,
may say that a gateway's timer, a lost radio or a congested trunk ended it, though another one of them says "normal
clearing" or nothing that Asterisk reads: it knows Q.850 and SIP alone, and of each header the first 20 letters. Of
several reasons one that blames the network counts: doubt goes to the caller, who keeps the turn and is called back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from ntpd112.core.call import Call, Leg
from ntpd112.core.room import Room
from ntpd112.core.trace_events import CallNoted, NetworkReason

MOST_REASONS = 8
LONGEST_REASON = 200
_SAID = " said: "
NETWORK_SAID = f"the network{_SAID}"
"""So begins the note on the record of what the caller's network said."""
OUT_OF_ORDER = 38
"""Q.850: network out of order, for a leg whose network says that it lost it."""
Verdict = Literal["human", "network", ""]

_NORMAL = 16
_UNSPECIFIED = 31
_HUMAN_CAUSES = {16, 17, 19, 21, 26}
"""Q.850: cleared, busy, no answer, rejected, answered elsewhere."""
_SAY_NOTHING = {0, _UNSPECIFIED, 127}
"""Q.850: "normal, unspecified" and "interworking", which gateways write that do not know."""
_HUMAN_SIP = {200, 480, 486, 487, 600, 603}
_RELEASED_BY_USER = 1
"""3GPP TS 24.229, table 7.2A.18.11: RELEASE_CAUSE 1 is "User ends call"; 2 to 7 are timers, bearers and redirection."""
_BEARERS = ("S1AP", "NGAP", "EMM", "ESM", "5GMM", "5GSM", "RANAP", "BSSMAP", "DIAMETER", "IKEV2")
"""Protocols of the radio and the core network (3GPP TS 24.229 7.2A.18.11); some say 0 for a normal release."""
_FAULT = re.compile(
    r"time[- ]?(?:d[- ])?out|timer|expire|(?<![a-z])(?:lost|loss)(?![a-z])|out of order|congest|"
    r"unavailable|unreachable|no route|radio|"
    r"bearer|handover|coverage|fail|error|reset|inactiv|no (?:rtp|media|audio|packet|response|ack)|broken|"
    r"preempt|overload|shutting down|maintenance",
    re.IGNORECASE,
)
"""Words of those who write their own protocol or hide a timer behind "normal clearing"."""
_VALUE = re.compile(r'(?:[^,"]|"(?:\\.|[^"\\])*"?)+')
_PART = re.compile(r'(?:[^;"]|"(?:\\.|[^"\\])*"?)+')


def reason_given(room: Room, event: NetworkReason) -> None:
    """Keep what the network says of the end of a line that is about to end, and put it on the record."""
    call = room.calls.get(event.call_id)
    if call is None:
        return
    given = tuple(text[:LONGEST_REASON] for text in event.texts[:MOST_REASONS])
    leg = room.legs.get(event.leg_id)
    if leg is not None:
        leg.reasons = given
    elif not event.leg_id:
        call.reasons = given
    whose = f"{leg.target}'s network" if leg is not None else "a network outside" if event.leg_id else "the network"
    for text in given:
        call.note(f"{whose}{_SAID}{text}")


def call_noted(room: Room, event: CallNoted) -> None:
    """Put on the record what was seen of a call."""
    call = room.calls.get(event.call_id)
    if call is not None:
        call.note(event.text[:LONGEST_REASON])


def line_cut(call: Call) -> bool:
    """Whether the caller's network says that it was not the caller who ended the line."""
    return verdict(call.reasons) == "network"


def leg_cause(leg: Leg, cause: int) -> int:
    """Return why a leg ended (Q.850): what Asterisk made of the first reason, put right by all of them."""
    by_all = verdict(leg.reasons)
    if by_all == "network" and cause in {0, _NORMAL}:
        return OUT_OF_ORDER
    return _NORMAL if by_all == "human" and cause == _UNSPECIFIED else cause


def verdict(texts: Iterable[str]) -> Verdict:
    """Say who ended a line by these headers; nothing when none of them tells."""
    found = {_judge(value) for text in texts for value in _values(text)}
    return "network" if "network" in found else "human" if "human" in found else ""


def _values(text: str) -> Iterator[str]:
    """Yield each reason of one header: several may stand there, with commas between."""
    return (value for found in _VALUE.findall(text) if (value := found.strip()))


def _judge(value: str) -> Verdict:
    protocol, *parts = [part.strip() for part in _PART.findall(value)] or [""]
    pairs = [part.partition("=") for part in parts]
    known = {name.strip().lower(): said.strip().strip('"') for name, _, said in reversed(pairs)}
    number = re.match(r"\d{1,3}", known.get("cause", ""))
    cause = int(number[0]) if number else -1
    by_number = _by_number(protocol.upper(), cause)
    if by_number == "network" or _FAULT.search(known.get("text", "")):
        return "network"
    return by_number


def _by_number(protocol: str, cause: int) -> Verdict:
    if cause < 0:
        return ""
    if protocol == "Q.850":
        code = cause & 0x7F
        return "human" if code in _HUMAN_CAUSES else "" if code in _SAY_NOTHING else "network"
    if protocol == "SIP":
        return "human" if cause in _HUMAN_SIP else "network"
    if protocol == "RELEASE_CAUSE":
        return "human" if cause == _RELEASED_BY_USER else "network"
    if protocol.startswith(_BEARERS):
        return "network" if cause else ""
    return "network" if protocol == "PREEMPTION" else ""
