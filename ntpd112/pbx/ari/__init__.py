"""A typed client of ARI, Asterisk's REST interface: commands by pooled HTTP, events by one WebSocket.

:class:`AriClient` sends, :class:`EventStream` listens. Their models and operations in ``generated`` are written from
Asterisk's own description by ``python -m ntpd112.pbx.ari.generate``.
"""

from ntpd112.pbx.ari.base import ReportedValue, SetVariables, reported
from ntpd112.pbx.ari.client import AriClient
from ntpd112.pbx.ari.events import Connected, Disconnected, EventStream, StreamItem
from ntpd112.pbx.ari.parse import EventCounts, Unreadable

__all__ = [
    "AriClient",
    "Connected",
    "Disconnected",
    "EventCounts",
    "EventStream",
    "ReportedValue",
    "SetVariables",
    "StreamItem",
    "Unreadable",
    "reported",
]
