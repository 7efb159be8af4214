"""Asking a silent end of a line, by a re-INVITE, whether it is there and where its voice comes from.

Asterisk leaves out a session refresh that would change nothing, so the offer names one codec more or less than what is
in use; the one in use stays first. Whatever the answer, the call goes on: a refusal (405, 488, 501 ...) shows that
somebody is there. "No such call" (481) ends it. No answer at all would end it after 32 s as well, also behind a gateway
that lives and ignores re-INVITEs: so the ear refuses in its place before that (:mod:`ntpd112.siptrace.questions`), and
only a line from which nothing else came meanwhile is ended here: no message, no RTP, no RTCP.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial

import structlog

from ntpd112.core.messages import Event
from ntpd112.core.trace_events import CallNoted
from ntpd112.pbx.ami.client import AmiClient
from ntpd112.pbx.ami.errors import AmiError
from ntpd112.pbx.ari.client import AriClient
from ntpd112.pbx.ari.errors import AriError, NotFoundError
from ntpd112.pbx.ari.generated import RTPstat
from ntpd112.pbx.hearing import call_of_leg
from ntpd112.pbx.lanes import Lanes
from ntpd112.pbx.line import LegLine, Line
from ntpd112.pbx.vanished import VANISHED
from ntpd112.settings import PAGE_SUFFIX
from ntpd112.siptrace.findings import Unanswered

log = structlog.get_logger(__name__)

_OF_TELEPHONY = ("alaw", "ulaw")
_NOBODY = "nothing came from {} any more, not even an answer to a question: the line was closed"

Signs = tuple[float | None, ...]


class Asking:
    """Asks over AMI, which waits for no prompt that plays on the line.

    ``is_watched``: whether the ear hears what becomes of a question.
    """

    def __init__(
        self,
        ari: AriClient,
        ami: AmiClient,
        aside: Lanes,
        lines: Mapping[str, Line],
        legs: Mapping[str, LegLine],
        submit: Callable[[Event], None],
        is_watched: Callable[[], bool],
    ) -> None:
        self._ari = ari
        self._ami = ami
        self._aside = aside
        self._lines = lines
        self._legs = legs
        self._submit = submit
        self._is_watched = is_watched
        self._before: dict[str, Signs] = {}
        """What had come from an end when it was asked."""
        self._not_sent: set[str] = set()

    def may_ask(self, channel_id: str) -> bool:
        """Tell whether a question can harm nobody: a phone that ignores one loses its leg, and no caller the line."""
        leg = self._legs.get(channel_id)
        if leg is not None and leg.operator:
            return not leg.phone.endswith(PAGE_SUFFIX)  # a page has its own ways (ICE)
        return self._is_watched()

    def ask(self, channel_id: str, stats: RTPstat) -> None:
        """Send a re-INVITE on an answered line, soon; never raises."""
        there = self._lines.keys() | self._legs.keys()
        self._before = {known: signs for known, signs in self._before.items() if known in there}
        self._before[channel_id] = signs_of_life(stats)
        self._not_sent.discard(channel_id)
        self._not_sent &= there
        self._aside.add(f"ask/{channel_id}", partial(self._ask, channel_id))

    def was_not_sent(self, channel_id: str) -> bool:
        """Tell whether the last question could not be sent, so that it can be asked again."""
        return channel_id in self._not_sent

    def unanswered(self, channel_id: str, found: Unanswered) -> None:
        """Take from the ear that a question stays without an answer."""
        if channel_id in self._before:
            self._aside.add(f"ask/{channel_id}", partial(self._weigh, channel_id, is_alive=found.is_alive))

    async def _ask(self, channel_id: str) -> None:
        party: Line | LegLine | None = self._lines.get(channel_id) or self._legs.get(channel_id)
        if party is None:
            return
        try:
            party.was_asked = True
            said = await self._ami.action("Getvar", Channel=channel_id, Variable="CHANNEL(audionativeformat)")
            offer = offer_for(said.get("Value", ""))
            await self._ami.action("Setvar", Channel=channel_id, Variable="PJSIP_MEDIA_OFFER(audio)", Value=offer)
            await self._ami.action(
                "Setvar", Channel=channel_id, Variable="PJSIP_SEND_SESSION_REFRESH()", Value="invite"
            )
            log.info("silent_line_asked", channel=channel_id)
        except AmiError as error:
            self._not_sent.add(channel_id)
            log.info("silent_line_not_asked", channel=channel_id, reason=str(error))

    async def _weigh(self, channel_id: str, *, is_alive: bool) -> None:
        before = self._before.pop(channel_id, None)
        if before is None or not self._is_nobodys(channel_id):
            return
        try:
            stats = await self._ari.channels_rtpstatistics(channel_id=channel_id)
            if is_alive or signs_of_life(stats) != before:
                log.info("question_ignored", channel=channel_id)
            elif self._is_nobodys(channel_id):
                await self._close(channel_id)
        except AriError as error:  # it has hung up, or is asked again
            log.info("silent_line_not_closed", channel=channel_id, reason=str(error))

    def _is_nobodys(self, channel_id: str) -> bool:
        """Tell whether no human would miss a line: a caller's who waits, or one to a number outside."""
        line, leg = self._lines.get(channel_id), self._legs.get(channel_id)
        if line is not None:
            return not line.hanging_up and len(line.members) <= 1
        return leg is not None and leg.wanted and not leg.operator

    async def _close(self, channel_id: str) -> None:
        line = self._lines.get(channel_id)
        whose = "the caller's end" if line is not None else "the number outside"
        log.warning("line_without_anybody", channel=channel_id)
        self._submit(CallNoted(call_of_leg(channel_id), _NOBODY.format(whose)))
        if line is not None:
            line.hangs_up(VANISHED, 0)
        try:
            await self._ari.channels_hangup(channel_id=channel_id, reason_code=str(VANISHED))
        except NotFoundError:
            pass
        except AriError:
            if line is not None:
                line.hanging_up = False
            raise


def signs_of_life(stats: RTPstat) -> Signs:
    """Return what changes with each packet of sound and each RTCP report that comes from the far end."""
    return (
        stats.rxcount,
        stats.rtt,
        stats.maxrtt,
        stats.minrtt,
        stats.normdevrtt,
        stats.stdevrtt,
        stats.txploss,
        stats.remote_maxjitter,
        stats.remote_minjitter,
        stats.remote_normdevjitter,
        stats.remote_stdevjitter,
        stats.remote_normdevrxploss,
    )


def offer_for(in_use: str) -> str:
    """Return the codecs to offer on a line that uses those of ``in_use``, such as ``(alaw)``.

    >>> offer_for("(alaw)"), offer_for("(ulaw|alaw)"), offer_for("(g722)")
    ('alaw,ulaw', 'ulaw', 'g722,alaw')
    """
    names: list[str] = re.findall(r"\w+", in_use)
    if len(names) > 1:
        return names[0]
    return ",".join(dict.fromkeys((*names, next(name for name in _OF_TELEPHONY if name not in names))))
