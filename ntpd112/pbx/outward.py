"""What Asterisk is told of a leg to a number outside before it rings: the caller's wish, and the centre's own headers.

The number that a caller withholds stays out of From, Contact and P-Asserted-Identity altogether; ``Privacy: id`` alone
would leave it to every network on the way not to show it.
"""

from __future__ import annotations

import re

from ntpd112.core.messages import Ring

PATH = "X-NTPD-Path"
"""The header by which a room knows a caller who comes back to it (``dialplan/trunk.conf.j2``)."""
_HIDDEN = {
    "CALLERID(pres)": "prohib",
    "CONNECTEDLINE(num)": "",
    "CONNECTEDLINE(name)": "",
    "CONNECTEDLINE(pres)": "prohib",
}


def caller_id(number: str, name: str) -> str:
    """Write what a phone shall show; caller-controlled text loses everything that could mean something on the way."""
    return f'"{_name(name)}" <{_number(number)}>'


def _name(name: str) -> str:
    return " ".join(re.sub(r"[^\w .,+-]", " ", name).split())[:40]


def _number(number: str) -> str:
    return re.sub(r"[^0-9A-Za-z+*#.-]", "", number)[:40] or "anonymous"


def before_dialling(ring: Ring) -> dict[str, str]:
    """Return the channel variables of a leg that is dialled later, to which no caller id can be given otherwise."""
    shown = {
        "CALLERID(num)": _number(ring.caller_number),
        "CALLERID(name)": _name(ring.caller_name),
        "CONNECTEDLINE(num,i)": _number(ring.caller_number),
        "CONNECTEDLINE(name,i)": _name(ring.caller_name),
    }
    return {**({} if ring.hidden else shown), **(variables(ring) or {})}


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
