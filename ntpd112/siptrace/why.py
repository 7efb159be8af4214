"""What a refusal is about, in a few words: the codec, the tag, the header or the address that did not fit."""

from __future__ import annotations

from typing import Final

from ntpd112.siptrace.sip import Head, codecs, readable

_LONGEST: Final = 160
_PLAIN: Final = "RTP/AVP"
_WORDS: Final = {
    400: "bad request",
    403: "forbidden",
    405: "method not allowed",
    480: "unavailable",
    481: "no such call",
    482: "loop",
    483: "too many hops",
    486: "busy",
    500: "Asterisk could not",
    503: "Asterisk was busy",
}


def why(status: int, request: Head, answer: Head) -> str:
    """Say it for one request and the answer it got."""
    return _about(status, request, answer)[:_LONGEST]


def _about(status: int, request: Head, answer: Head) -> str:
    match status:
        case 404 | 484 | 485:
            return f"no such number {request.dialled}"
        case 415:
            return f"body of type {readable(request.get(b'content-type')) or 'none'}"
        case 416:
            return f"address {readable(request.uri.partition(b':')[0])}:"
        case 420:
            return f"requires the extension {readable(b', '.join(answer.all(b'unsupported'))) or '?'}"
        case 421:
            return f"lacks the extension {readable(b', '.join(answer.all(b'require'))) or '?'}"
        case 422:
            offered, least = request.get(b"session-expires"), answer.get(b"min-se")
            return f"session timer of {readable(offered) or '?'} s, where {readable(least) or '90'} s are the least"
        case 488 | 606:
            return _offer(request.body)
        case _:
            warning = readable(answer.get(b"warning"))
            return warning or _WORDS.get(status, f"refused with {status}")


def _offer(sdp: bytes) -> str:
    names, transport = codecs(sdp)
    if not transport:
        return "the offer has no audio" if sdp.strip() else "there is no offer"
    offered = ", ".join(names) or "none"
    if transport != _PLAIN:
        return f"the media are {transport}, where {_PLAIN} is served; offered are {offered}"
    return f"no codec in common; offered are {offered}"
