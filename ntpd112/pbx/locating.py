"""Where a caller is, as their network says in the INVITE: read beside the call, which waits for nothing of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import structlog

from ntpd112.core.messages import LocationTold
from ntpd112.pbx.ari.client import AriClient
from ntpd112.pbx.ari.errors import AriError
from ntpd112.pbx.hands import Submit

log = structlog.get_logger(__name__)

_LONGEST: Final = 500
"""Letters of one header."""


class Locator:
    """Reads SIP headers of callers' channels."""

    def __init__(self, ari: AriClient, submit: Submit) -> None:
        self._ari = ari
        self._submit = submit

    async def look(self, call_id: str, headers: Sequence[str]) -> None:
        """Tell the core what these headers say, if they are there."""
        said = [f"{header}: {text}" for header in headers if (text := await self._read(call_id, header))]
        if said:
            self._submit(LocationTold(call_id, "\n".join(said)))

    async def _read(self, call_id: str, header: str) -> str:
        try:
            found = await self._ari.channels_get_channel_var(
                channel_id=call_id, variable=f"PJSIP_HEADER(read,{header})"
            )
        except AriError as error:  # the caller has gone, or the header is not there
            log.debug("header_not_read", call=call_id, header=header, reason=str(error))
            return ""
        return " ".join(found.value.split())[:_LONGEST]
