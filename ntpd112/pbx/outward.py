"""What Asterisk is told of a leg to a number outside before it rings: the caller's wish, and the centre's own headers.

The number that a caller withholds stays out of From, Contact and P-Asserted-Identity altogether; ``Privacy: id`` alone
would leave it to every network on the way not to show it.
"""

from __future__ import annotations

from ntpd112.core.messages import Ring

PATH = "X-NTPD-Path"
"""The header by which a room knows a caller who comes back to it (``dialplan/trunk.conf.j2``)."""
_HIDDEN = {
    "CALLERID(pres)": "prohib",
    "CONNECTEDLINE(num)": "",
    "CONNECTEDLINE(name)": "",
    "CONNECTEDLINE(pres)": "prohib",
}


def variables(ring: Ring) -> dict[str, str] | None:
    """Return the channel variables of a leg; None for a phone of ours, which needs none."""
    if ring.operator:
        return None
    wanted = dict(_HIDDEN) if ring.hidden else {}
    if ring.diverted_by:
        wanted["PJSIP_HEADER(add,Diversion)"] = f"<{ring.diverted_by}>;reason=unconditional;counter=1"
    if ring.path:
        wanted[f"PJSIP_HEADER(add,{PATH})"] = ring.path
    return wanted or None
