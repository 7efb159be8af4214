"""What phones do by themselves, and what the exchange knows of them: events beside those of :mod:`messages`."""

from __future__ import annotations

from ntpd112.core.messages import Event


class PhonesListed(Event, frozen=True):
    """The state of every phone that the exchange knows has been reported: there is no phone beside these."""


class PhonesOutOfSight(Event, frozen=True):
    """Nobody reports the phones' states any more."""


class PhoneLeft(Event, frozen=True):
    """The place where this leg rings is gone: the phone has lost its network, or has registered elsewhere."""

    leg_id: str
    moved: bool
    """The phone can be rung at another place."""


class LegForwarded(Event, frozen=True):
    """The far phone wanted its call forwarded (SIP 3xx). Nobody was rung for it."""

    leg_id: str
    target: str


class LegTransferAsked(Event, frozen=True):
    """The far phone asked for a transfer by its own key (SIP REFER). It was refused."""

    leg_id: str
    target: str


class LegHeld(Event, frozen=True):
    """The far phone has put its call on hold by its own key, or has taken it back (``on`` is false)."""

    leg_id: str
    on: bool


PhoneEvent = PhonesListed | PhonesOutOfSight | PhoneLeft | LegForwarded | LegTransferAsked | LegHeld
