"""A caller whom the dialplan handed over while no controller listened: what the event said is read from the channel."""

from __future__ import annotations

import structlog

from ntpd112.pbx.arguments import MORE, Offered, more
from ntpd112.pbx.ari import generated as ari
from ntpd112.pbx.ari.client import AriClient
from ntpd112.pbx.ari.errors import AriError

log = structlog.get_logger(__name__)


async def offered_earlier(client: AriClient, channel: ari.Channel) -> Offered:
    """Return what the dialplan handed over with a channel. Never raises: the call counts, the rest is a hint."""
    try:
        parts = (await client.channels_get_channel_var(channel_id=channel.id, variable=MORE)).value
    except AriError as error:
        log.info("arguments_not_read", call=channel.id, reason=str(error))
        parts = ""
    return Offered(channel.accountcode, channel.dialplan.exten, more(parts.split(":")))
