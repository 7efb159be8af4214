"""What the messages of networks and phones say, and no call needs: events beside those of :mod:`messages`."""

from __future__ import annotations

from ntpd112.core.messages import Event
from ntpd112.core.records import Refusal


class NetworkReason(Event, frozen=True):
    """A network told why it ends a line, by Reason headers. ``leg_id``: empty when the caller's own line is meant."""

    call_id: str
    leg_id: str
    texts: tuple[str, ...]


class CallNoted(Event, frozen=True):
    """Something was seen of a call that belongs on its record and changes nothing."""

    call_id: str
    text: str


class InvitesRefused(Event, frozen=True):
    """Asterisk refused INVITEs before they became calls: nothing else tells of them."""

    refusal: Refusal
    count: int


TraceEvent = NetworkReason | CallNoted | InvitesRefused
