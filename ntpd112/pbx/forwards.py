"""Where phones wanted their calls forwarded to (SIP 3xx): Asterisk follows none (``FORWARD_CONTEXT`` in pjsip.conf)."""

from __future__ import annotations

from collections.abc import Mapping

from ntpd112.core.phone_events import LegForwarded
from ntpd112.pbx.hearing import is_leg

FORWARD_EVENTS = {"DialEnd": ("Forward", "")}
"""The end of a dial tells it, and only such ends are asked for."""
_LONGEST_TARGET = 60


def forwarded(fields: Mapping[str, str]) -> LegForwarded | None:
    """Return what the end of a dial means to the core; None when it was none of ours."""
    leg_id, target = fields.get("DestUniqueid", ""), fields.get("Forward", "")
    if not is_leg(leg_id) or not target:
        return None
    return LegForwarded(leg_id, "".join(c if c.isprintable() else "?" for c in target)[:_LONGEST_TARGET])
