"""Operators' phones that are gone in mid-call, without a word: their callers hear nothing and must not be left so.

A phone that answers no question may be busy, and one that sends no sound may suppress silence. Only one that does
neither, twice in a row, has lost its power or its network: its leg is ended, and the caller is first in line.

A page that is loaded again answers questions at once, but has forgotten its call: it is listened to all the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog

from ntpd112.pbx.ari.client import AriClient
from ntpd112.pbx.ari.errors import AriError
from ntpd112.pbx.line import LegLine
from ntpd112.settings import PAGE_SUFFIX

log = structlog.get_logger(__name__)

_LOOK_EVERY_S = 2.0
VANISHED = 27
"""Q.850: destination out of order. To the core the operator was cut off."""
_JUST_NOW_S = 5.0
_GONE = {"Unreachable", "Removed"}


class VanishedPhones:
    """Knows which operators' phones answer, and listens to those that do not."""

    def __init__(self, ari: AriClient, legs: Mapping[str, LegLine]) -> None:
        self._ari = ari
        self._legs = legs
        self._answering: set[str] | None = None
        """Phones that answer Asterisk's questions; None while nobody tells."""
        self._packets: dict[str, int] = {}
        """What had come from the phone of a leg when it was looked at last."""
        self._unregistered: dict[str, float] = {}
        """Phones that have taken their registration back, and when."""
        self._forgetful: set[str] = set()
        """Legs to a page that has gone since they began."""

    def heard(self, fields: Mapping[str, str]) -> None:
        """Take what Asterisk says of one phone's contact, from an event or a list."""
        if self._answering is None:
            return
        phone = fields.get("EndpointName") or fields.get("Endpoint", "")
        status = fields.get("ContactStatus") or fields.get("Status")
        self._unregistered.pop(phone, None)
        if status in _GONE:
            self._answering.discard(phone)
            if status == "Removed":
                self._unregistered[phone] = asyncio.get_running_loop().time()
            if phone.endswith(PAGE_SUFFIX):
                self._forgetful |= {leg_id for leg_id, leg in self._legs.items() if leg.phone == phone}
        else:
            self._answering.add(phone)

    def has_unregistered(self, phone: str) -> bool:
        """Tell whether a phone has taken its registration back within the last seconds."""
        now = asyncio.get_running_loop().time()
        return now - self._unregistered.get(phone, -_JUST_NOW_S) < _JUST_NOW_S

    def lost(self) -> None:
        """Judge nobody while AMI is away."""
        self._answering = None
        self._packets.clear()

    def begin(self) -> None:
        """Listen to what is said of the contacts: all of them are told next."""
        self._answering = set()

    async def run(self) -> None:
        """Listen until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            before, self._packets = self._packets, {}
            for leg_id in self._suspects():
                try:
                    await self._listen(leg_id, before.get(leg_id))
                except AriError as error:  # looked at again
                    log.info("leg_not_listened_to", leg=leg_id, reason=str(error))

    def _suspects(self) -> list[str]:
        if self._answering is None:
            return []
        self._forgetful &= self._legs.keys()
        return [
            leg_id
            for leg_id, leg in self._legs.items()
            if leg.entered and leg.operator and (leg.phone not in self._answering or leg_id in self._forgetful)
        ]

    async def _listen(self, leg_id: str, before: int | None) -> None:
        packets = (await self._ari.channels_rtpstatistics(channel_id=leg_id)).rxcount
        if packets == before:
            log.warning("phone_vanished", leg=leg_id)
            await self._ari.channels_hangup(channel_id=leg_id, reason_code=str(VANISHED))
        else:
            self._packets[leg_id] = packets
