"""Callers whom the dialplan offers, and those it handed over while no controller listened."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import structlog

from ntpd112.config.arguments import MORE, Offered, more
from ntpd112.pbx.ari import generated as ari
from ntpd112.pbx.ari.client import AriClient
from ntpd112.pbx.ari.errors import AriError, ConflictError, NotFoundError
from ntpd112.pbx.hands import APP, Alarm
from ntpd112.pbx.lanes import Lanes
from ntpd112.pbx.line import Line
from ntpd112.pbx.line_ends import LineEnds

log = structlog.get_logger(__name__)


async def claim(client: AriClient, channel_id: str, alarm: Alarm) -> None:
    """Say that we take a caller. Never raises: whom nobody takes goes to the dialplan's fallback."""
    try:
        await client.events_claim_channel(channel_id=channel_id, application=APP)
    except (ConflictError, NotFoundError):
        log.info("call_not_claimed", call=channel_id, reason="another controller was faster, or the caller left")
    except AriError as error:
        alarm("call_not_claimed", f"{error}; the dialplan's fallback takes it", channel_id)


async def offered_earlier(client: AriClient, channel: ari.Channel) -> Offered:
    """Return what the dialplan handed over with a channel while nobody heard: what the event said is read from it.

    Never raises: the call counts, the rest is a hint.
    """
    facts = await _facts(client, channel.id)
    return Offered(channel.accountcode, facts.get("dialled", channel.dialplan.exten), facts)


def learn_all(client: AriClient, aside: Lanes, ends: LineEnds, lines: Iterable[Line]) -> None:
    """Know the lines and legs that were taken up.

    Beside: with a thousand callers it takes a second, and they are served meanwhile.
    """
    for line in lines:
        aside.add("call ids", partial(_learn_line, client, line, ends))
    ends.ear_began()


async def _learn_line(client: AriClient, line: Line, ends: LineEnds) -> None:
    """Know a line that was taken up by the Call-ID of its INVITE, which the dialplan handed over. Never raises."""
    facts = await _facts(client, line.call_id)
    if not line.gone:
        ends.began(line.call_id, facts.get("sip", ""))


def learn_leg(client: AriClient, aside: Lanes, ends: LineEnds, leg_id: str) -> None:
    """Know a leg, soon, by the Call-ID of its INVITE, which Asterisk sent. Never raises."""
    aside.add("call ids", partial(_learn_leg, client, leg_id, ends))


async def _learn_leg(client: AriClient, leg_id: str, ends: LineEnds) -> None:
    try:
        said = await client.channels_get_channel_var(channel_id=leg_id, variable="CHANNEL(pjsip,call-id)")
    except AriError as error:  # it is gone, or is about to begin, and then the ear sees it do so
        log.info("call_id_not_read", leg=leg_id, reason=str(error))
    else:
        ends.began(leg_id, said.value)


async def _facts(client: AriClient, channel_id: str) -> dict[str, str]:
    try:
        parts = (await client.channels_get_channel_var(channel_id=channel_id, variable=MORE)).value
    except AriError as error:
        log.info("arguments_not_read", call=channel_id, reason=str(error))
        return {}
    return dict(more(parts.split(":")))
