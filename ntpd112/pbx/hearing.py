"""From Asterisk's events to the core's: a pure map.

Channel ids are the map's key: a caller's channel carries the id of its call, and a leg's channel the leg's id, which
begins with the call's (``<call>.l1``); a play's id likewise (``<call>.p1``), and a snoop's with the leg's
(``<call>.l1.s1``).
"""

from __future__ import annotations

import re

from ntpd112.core import messages as m
from ntpd112.core.phone_events import LegHeld
from ntpd112.pbx.ari import generated as ari

NORMAL_CLEARING = 16
"""Q.850: somebody hung up. Asterisk says 0 or this for a plain BYE, depending on who is faster."""
_LEG = re.compile(r"^(?P<call>.+)\.l\d+$")
_SNOOP = re.compile(r"^.+\.l\d+\.s\d+$")
_TASKPROCESSOR = re.compile(r"^\s*pjsip/\S+" + r"\s+(\d+)" * 5, re.MULTILINE)
CITIZEN = "selfcall-"
"""So begin the ids of the lines on which we call ourselves. The call that comes of it has an id like any other."""
_PLAY = re.compile(r"^(?P<call>.+)\.p\d+$")

_INTERWORKING, _CONGESTION = 127, 34
_CAUSES = {
    **dict.fromkeys((401, 403, 407, 603), 21),
    **dict.fromkeys((404, 485, 604), 1),
    **dict.fromkeys((480, 483), 19),
    **dict.fromkeys((486, 600), 17),
    **dict.fromkeys((488, 606), 58),
    409: 41,
    410: 22,
    420: 3,
    484: 28,
    500: 38,
    501: 29,
    502: 27,
    504: 102,
    505: _INTERWORKING,
}
"""What Asterisk makes of SIP's statuses in Q.850 (``ast_sip_hangup_sip2cause`` of res_pjsip, 22.10)."""

HEARD: tuple[type[ari.Event], ...] = (
    ari.CallBroadcast,
    ari.ChannelDestroyed,
    ari.ChannelDtmfReceived,
    ari.ChannelHangupRequest,
    ari.ChannelHold,
    ari.ChannelStateChange,
    ari.ChannelUnhold,
    ari.PlaybackFinished,
    ari.StasisEnd,
    ari.StasisStart,
)
"""The events the controller asks Asterisk for."""

_PHONE_STATES: dict[str, m.PhoneState] = {
    "NOT_INUSE": "free",
    "INUSE": "in_use",
    "BUSY": "in_use",
    "ONHOLD": "in_use",
    "RINGING": "ringing",
    "RINGINUSE": "in_use",
    "UNAVAILABLE": "unreachable",
    "INVALID": "unreachable",
}


def is_leg(channel_id: str) -> bool:
    """Tell whether a channel is a leg of ours, by its id."""
    return _LEG.match(channel_id) is not None


def is_snoop(channel_id: str) -> bool:
    """Tell whether a channel is the ear of a supervisor's leg, by its id."""
    return _SNOOP.match(channel_id) is not None


def call_of_leg(leg_id: str) -> str:
    """Return the call of a leg."""
    found = _LEG.match(leg_id)
    return found["call"] if found else leg_id


def call_of_play(play_id: str) -> str:
    """Return the call that hears a prompt."""
    found = _PLAY.match(play_id)
    return found["call"] if found else ""


def understand(event: ari.Event) -> m.Event | None:
    """Return what an event means to the core; None when the edge deals with it alone."""
    match event:
        case ari.ChannelDtmfReceived(channel=channel, digit=digit):
            return m.LegDigit(channel.id, digit) if is_leg(channel.id) else m.DigitPressed(channel.id, digit)
        case ari.PlaybackFinished(playback=playback):
            return m.PlayEnded(call_of_play(playback.id), playback.id, failed=playback.state == "failed")
        case ari.ChannelDestroyed(channel=channel, cause=cause, tech_cause=status):
            if is_snoop(channel.id):
                return None
            if is_leg(channel.id):
                return m.LegEnded(channel.id, cause or NORMAL_CLEARING, status or 0)
            return m.CallEnded(channel.id, cause or NORMAL_CLEARING, status or 0)
        case ari.ChannelStateChange(channel=channel) if is_leg(channel.id):
            # "Up" says little: only with its StasisStart is a leg where it can be joined with anybody.
            return m.LegRang(channel.id) if channel.state == "Ringing" else None
        case ari.ChannelHold(channel=channel) | ari.ChannelUnhold(channel=channel) if is_leg(channel.id):
            return LegHeld(channel.id, on=isinstance(event, ari.ChannelHold))
        case _:
            return None


def why(request: ari.ChannelHangupRequest, *, was_asked: bool) -> tuple[int, int]:
    """Return why a line is about to end: Q.850, 0 when nobody says, and SIP's word if there is one.

    A "soft" cause is none but a flag of Asterisk's own. ``was_asked``: see :func:`is_refusal`.
    """
    status, cause = request.tech_cause or 0, request.cause or NORMAL_CLEARING
    if was_asked and is_refusal(status):
        return cause_beside(status, cause), 0
    return 0 if request.soft else cause, status


def is_refusal(sip_status: int) -> bool:
    """Tell whether this is how somebody refuses a re-INVITE of ours, and no reason of an end.

    Asterisk keeps it on the channel. Only 408 and 481 end a call (RFC 3261 12.2.1.2).
    """
    return sip_status >= 400 and sip_status not in {408, 481}  # noqa: PLR2004


def cause_beside(refusal: int, cause: int) -> int:
    """Return why a line ended whose far end had refused a question before: Asterisk keeps that status until the end.

    It says as the cause what follows from the status, unless a Reason in the BYE has said something else: that counts.
    """
    return NORMAL_CLEARING if cause in {0, _CAUSES.get(refusal, _cause_of_class(refusal))} else cause


def _cause_of_class(sip_status: int) -> int:
    return _CONGESTION if 500 <= sip_status < 600 else _INTERWORKING  # noqa: PLR2004


def phone_state(device_state: str) -> m.PhoneState | None:
    """Return what a device state of Asterisk means; None for one that says nothing."""
    return _PHONE_STATES.get(device_state)


def backlog(text: str) -> int:
    """Return how many tasks wait in queues beyond their high water mark, from ``core show taskprocessors``."""
    # name, processed, in queue, max depth, low water, high water
    numbers = [list(map(int, found.groups())) for found in _TASKPROCESSOR.finditer(text)]
    return sum(waiting for _, waiting, _, _, high in numbers if waiting > high)
