"""Where phones ring: a phone that loses its network, or registers from another place, leaves its ring behind.

Asterisk goes on ringing at the old place until somebody gives up, and counts the phone as ringing all the while. So the
ring is given up as soon as its place is gone: at once when the phone registers elsewhere or signs off, and when it does
not answer Asterisk's question (``qualify_frequency``) if it has lost its power.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ntpd112.core import messages as m
from ntpd112.core.phone_events import PhoneLeft
from ntpd112.pbx.line import LegLine
from ntpd112.settings import PAGE_SUFFIX

_GONE = {"Unreachable", "Removed"}


class Places:
    """Knows at which addresses each phone can be rung."""

    def __init__(self, legs: Mapping[str, LegLine], submit: Callable[[m.Event], None]) -> None:
        self._legs = legs
        self._submit = submit
        self._places: dict[str, set[str]] = {}

    def heard(self, fields: Mapping[str, str]) -> None:
        """Take what Asterisk says of one contact, from an event or a list."""
        phone = fields.get("EndpointName") or fields.get("Endpoint", "")
        place = fields.get("URI") or fields.get("Uri", "")
        places = self._places.setdefault(phone, set())
        if (fields.get("ContactStatus") or fields.get("Status")) not in _GONE:
            places.add(place)
        elif place in places:
            places.discard(place)
            for leg_id, leg in list(self._legs.items()):
                if leg.phone == phone and leg.wanted and not leg.entered:
                    self._submit(PhoneLeft(leg_id, moved=self._can_be_rung(leg.operator or phone)))

    def has_left(self, phone: str) -> bool:
        """Tell whether a phone was there and is nowhere now; its device's state says so a moment later."""
        return self._places.get(phone) == set()

    def _can_be_rung(self, operator: str) -> bool:
        """Tell whether any phone of an operator is there: the one in the page, or their own."""
        return any(self._places.get(phone) for phone in (operator, operator + PAGE_SUFFIX))

    def lost(self) -> None:
        """Know nothing while AMI is away."""
        self._places.clear()
