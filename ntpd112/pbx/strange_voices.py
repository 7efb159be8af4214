"""Whether somebody else speaks in the place of a caller who has sent nothing.

Asterisk sends to the address of the SDP until it hears something, and then to where that came from. So a caller who was
silent at first is looked at once while silent, and once more when sound begins: two requests beside the call, 0.3 ms
each, for such callers alone. Nothing is ended because of it: what is found is noted and alarmed.

A stranger who speaks within the first three seconds is not found in this way; the rules of ``ntpd112 firewall`` keep
all of them out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Final

import structlog

from ntpd112.core.messages import Event
from ntpd112.core.trace_events import CallNoted
from ntpd112.pbx.ari.client import AriClient
from ntpd112.pbx.hands import Alarm
from ntpd112.pbx.line import Line
from ntpd112.pbx.now_and_then import NowAndThen
from ntpd112.settings import INWARD_SUFFIX

log = structlog.get_logger(__name__)

_SENT_TO: Final = "CHANNEL(rtp,dest,audio)"
_AGAIN_S: Final = 3600.0
"""One address on one trunk is alarmed so often: it may be a gateway that is not listed."""
_MOST_TOLD: Final = 200


class StrangeVoices:
    """``is_of_trunk``: tells of a trunk's name and an address whether voice may come from there."""

    def __init__(
        self,
        ari: AriClient,
        lines: Mapping[str, Line],
        submit: Callable[[Event], None],
        alarm: Alarm,
        is_of_trunk: Callable[[str, str], bool],
    ) -> None:
        """Begin with nobody known."""
        self._ari = ari
        self._lines = lines
        self._submit = submit
        self._alarm = alarm
        self._is_of_trunk = is_of_trunk
        self._named: dict[str, str] = {}
        """Silent callers -> address in their SDP."""
        self._told = NowAndThen(_AGAIN_S, _MOST_TOLD)

    async def is_silent(self, call_id: str) -> None:
        """Remember where a caller's SDP wants the sound, as long as nothing has come. Raises AriError."""
        self._named = {known: address for known, address in self._named.items() if known in self._lines}
        if call_id in self._lines and (address := await self._sent_to(call_id)):
            self._named[call_id] = address

    async def speaks(self, call_id: str) -> None:
        """Compare where the first sound of such a caller came from. Raises AriError."""
        named, line = self._named.pop(call_id, ""), self._lines.get(call_id)
        if not named or line is None:
            return
        came = await self._sent_to(call_id)
        trunk = line.channel_name.removeprefix("PJSIP/").rpartition("-")[0].removesuffix(INWARD_SUFFIX)
        if not came or came == named or self._is_of_trunk(trunk, came):
            return
        log.warning("strangers_voice", call=call_id, trunk=trunk, source=came, named=named)
        what = f"sound began to come from {came}, while the caller's network had named {named}"
        self._submit(CallNoted(call_id, f"{what}: perhaps a stranger's"))
        if self._told.due((trunk, came)):
            cure = (
                f"if {came} belongs to trunk {trunk}, list it under its `media` in the city file; if not, a stranger "
                f"speaks in the place of a caller who is silent: give the trunk its `media`, and load the rules that "
                "keep strangers out, as root: ntpd112 firewall --load"
            )
            self._alarm("strangers_voice", f"{what}: {cure}", call_id)

    async def _sent_to(self, call_id: str) -> str:
        found = await self._ari.channels_get_channel_var(channel_id=call_id, variable=_SENT_TO)
        address = found.value.rpartition(":")[0].strip("[]")
        try:
            return str(ip_address(address))
        except ValueError:
            return ""
