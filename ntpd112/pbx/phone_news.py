"""What AMI tells of phones, handed to whoever has to know: states, places, phones that vanished, forwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import structlog

from ntpd112.core import messages as m
from ntpd112.pbx.ami.client import AmiClient
from ntpd112.pbx.ami.errors import AmiError
from ntpd112.pbx.ari.client import AriClient
from ntpd112.pbx.forwards import FORWARD_EVENTS, forwarded
from ntpd112.pbx.lanes import Lanes
from ntpd112.pbx.line import LegLine
from ntpd112.pbx.phones import PHONE_EVENTS, Phones
from ntpd112.pbx.places import Places
from ntpd112.pbx.vanished import VanishedPhones

log = structlog.get_logger(__name__)

_AMI_COMES_S = 3.0
_CONTACTS, _RELOAD = "ContactStatus", "Reload"
NEWS = (*PHONE_EVENTS, *FORWARD_EVENTS, _CONTACTS, _RELOAD)
"""The events to ask AMI for."""
NEWS_ONLY = PHONE_EVENTS | FORWARD_EVENTS


class PhoneNews:
    """Hears AMI."""

    def __init__(
        self,
        ari: AriClient,
        ami: AmiClient,
        aside: Lanes,
        phones: Phones,
        legs: Mapping[str, LegLine],
        submit: Callable[[m.Event], None],
    ) -> None:
        """``aside``: lanes for what no call waits for."""
        self._ami = ami
        self._aside = aside
        self._phones = phones
        self._submit = submit
        self.vanished = VanishedPhones(ari, legs)
        self._places = Places(legs, submit)
        phones.has_left = self._places.has_left
        self._has_connected = False

    def connected(self) -> None:
        """Read everything anew."""
        self._has_connected = True
        self._aside.add("phones", self._phones.look)
        self._aside.add("contacts", self._look)

    async def run(self) -> None:
        """Look after phones that vanish, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.vanished.run(), name="vanished phones")
            tasks.create_task(self._doubt(), name="phones of which nobody tells")

    async def _doubt(self) -> None:
        """Believe no more what another controller knew of the phones when AMI does not come."""
        await asyncio.sleep(_AMI_COMES_S)
        if not self._has_connected:
            self._phones.lost()

    def lost(self) -> None:
        """Nobody tells any more."""
        self._phones.lost()
        self.vanished.lost()
        self._places.lost()

    @property
    def ears(self) -> dict[str, Callable[[Mapping[str, str]], None]]:
        """What to do with each event, by its name."""
        return {
            **dict.fromkeys(PHONE_EVENTS, self._phones.heard),
            **dict.fromkeys(FORWARD_EVENTS, self._forwarded),
            _CONTACTS: self._contact,
            _RELOAD: self._reloaded,
        }

    def _forwarded(self, fields: Mapping[str, str]) -> None:
        news = forwarded(fields)
        if news is not None:
            self._submit(news)

    def _reloaded(self, _fields: Mapping[str, str]) -> None:
        """Look at every phone: operators may have been added, of whose phones no event has told."""
        self._aside.add("phones", self._phones.list_states)

    def _contact(self, fields: Mapping[str, str]) -> None:
        self.vanished.heard(fields)
        self._places.heard(fields)

    async def _look(self) -> None:
        """Read every phone's contact."""
        self.vanished.begin()
        try:
            for fields in await self._ami.list_action("PJSIPShowContacts"):
                self._contact(fields)
        except AmiError as error:
            self.vanished.lost()
            log.warning("contacts_unknown", reason=str(error))
