"""Numbers outside: what they are shown of the caller, and why one could not be had.

A refusal is the word of a machine: the trunk's provider or the agency's switchboard turned the call away. Only a human
declines, and no human does so before the phone has rung. The words follow RFC 3261 section 21 and Q.850.
"""

from __future__ import annotations

from ntpd112.core.call import Call, Leg
from ntpd112.core.messages import Ring
from ntpd112.core.plan import Destination
from ntpd112.core.records import OfferResult
from ntpd112.core.room import Room

_CREDENTIALS = "set username and password of the trunk, or have the provider trust this address"
_ALLOWED = "ask the provider what is barred: the trunk's own_number, its credentials, or this destination"
_NUMBER = "write the number as the provider wants it dialled"
_CODEC = "give the trunk a codec that the provider takes"
_LOOP = "let the two rooms not overflow to each other, or not first of all"
_PROVIDER = "ask the provider; see whether the trunk's gateway is the right address"

_FORWARDS = "have the forwarding switched off there: a call of ours is never forwarded"

_SIP: dict[int, tuple[str, str]] = {
    300: ("forwards the call elsewhere", _FORWARDS),
    301: ("forwards the call elsewhere", _FORWARDS),
    302: ("forwards the call elsewhere", _FORWARDS),
    305: ("forwards the call elsewhere", _FORWARDS),
    380: ("forwards the call elsewhere", _FORWARDS),
    400: ("bad request", _PROVIDER),
    401: ("wants a password", _CREDENTIALS),
    402: ("payment required", _PROVIDER),
    403: ("forbidden", _ALLOWED),
    404: ("number not found", _NUMBER),
    405: ("method not allowed", _PROVIDER),
    407: ("wants a password", _CREDENTIALS),
    408: ("no answer to the INVITE", _PROVIDER),
    410: ("number no longer in use", _NUMBER),
    415: ("no common codec", _CODEC),
    480: ("switched off or out of reach", "have a second number for this destination"),
    482: ("loop", _LOOP),
    483: ("too many hops", _LOOP),
    484: ("number incomplete", _NUMBER),
    485: ("number ambiguous", _NUMBER),
    488: ("no common codec", _CODEC),
    604: ("number does not exist anywhere", _NUMBER),
    606: ("no common codec", _CODEC),
}
_Q850: dict[int, tuple[str, str]] = {
    1: ("number not found", _NUMBER),
    2: ("no route", _NUMBER),
    3: ("no route", _NUMBER),
    16: ("ended without an answer", _PROVIDER),
    21: ("rejected by the network", _ALLOWED),
    22: ("number no longer in use", _NUMBER),
    28: ("number incomplete", _NUMBER),
    29: ("facility rejected", _ALLOWED),
    50: ("not subscribed", _ALLOWED),
    55: ("barred", _ALLOWED),
    57: ("not allowed", _ALLOWED),
    58: ("no common codec", _CODEC),
    65: ("no common codec", _CODEC),
    88: ("no common codec", _CODEC),
}
_LOOPS = {482, 483}
"""The other room has the citizen already, or somebody on the way counted too many hops."""
_NOT_THERE = {408, 480, 487}
"""SIP answers that say nothing but that nobody can be had there just now."""
_NOT_THERE_Q850 = {0, 16, 18, 19, 20, 31}
_FORWARDED_FROM, _FORWARDED_BELOW = 300, 400
_ALARMS: dict[OfferResult, tuple[str, str]] = {
    "refused": ("destination_refused", "was refused"),
    "unreachable": ("destination_unreachable", "could not be reached"),
}


def is_forward(sip_status: int) -> bool:
    """Tell whether a phone wanted its call forwarded; the exchange follows none (RFC 3261 8.1.3.4 allows that)."""
    return _FORWARDED_FROM <= sip_status < _FORWARDED_BELOW


def ring_outside(call: Call, leg_id: str, entry: Destination, label: str, ring_s: float) -> Ring:
    """Ring a number outside, showing there what the city file and the caller's own wish allow."""
    arrived = call.arrived
    shown = arrived.ani or arrived.ani_raw
    hidden = False
    if entry.shows_own:
        shown, label = entry.own_number, ""
    elif arrived.ani is None and arrived.ani_kind == "withheld":
        hidden = True  # nobody knows it
    elif arrived.withheld:
        hidden = entry.hides_withheld
    return Ring(
        leg_id=leg_id,
        call_id=call.call_id,
        operator="",
        number=entry.number,
        trunk=entry.trunk,
        caller_number="" if hidden else shown,
        caller_name="" if hidden else label,
        ring_s=ring_s,
        hidden=hidden,
        diverted_by=entry.diverted_by,
        path=arrived.path,
    )


def is_refusal(cause: int, sip_status: int) -> bool:
    """Tell whether a machine turned a call away; one that found nobody there did not."""
    if sip_status:
        return sip_status >= _FORWARDED_FROM and sip_status not in _NOT_THERE
    return cause not in _NOT_THERE_Q850


def words(cause: int, sip_status: int) -> str:
    """Say what the network said, such as ``403 forbidden``."""
    text, _ = _known(cause, sip_status)
    if sip_status:
        return f"{sip_status} {text}"
    return f"{text} (Q.850 {cause})" if cause else text


def _known(cause: int, sip_status: int) -> tuple[str, str]:
    if sip_status:
        return _SIP.get(sip_status, ("refused" if is_refusal(cause, sip_status) else "not reached", _PROVIDER))
    return _Q850.get(cause, ("refused" if is_refusal(cause, 0) else "no answer from the trunk", _PROVIDER))


def tell(room: Room, call: Call, leg: Leg, result: OfferResult, cause: int, sip_status: int) -> None:
    """Note why a number outside was not had, and raise the alarm at the first try.

    Many callers may wait through many rounds of the overflow chain: the same answer again is no second alarm, as long
    as a call is here that has noted it.
    """
    if result not in _ALARMS:
        return
    entry = call.plan.destinations[leg.target]
    said = words(cause, sip_status)
    text = f"{leg.target}: {said}"
    if text in call.notes:
        return
    is_known = any(text in other.notes for other in room.calls.values())
    call.note(text)
    if is_known:
        return
    _, cure = _known(cause, sip_status)
    where = f"{leg.target} ({entry.number} through trunk {entry.trunk})"
    kind, verb = _ALARMS[result]
    if sip_status in _LOOPS:
        kind = "overflow_loop"
    room.alarm(kind, f"{where} {verb}: {said}; {cure}", call.call_id)
