"""A call as the trunk delivers it, read by the city's numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from ntpd112.config.schema import City
from ntpd112.config.told import who_calls, whom_they_called
from ntpd112.core.messages import CallArrived
from ntpd112.core.records import TrunkKind
from ntpd112.core.selfcall import TRUNK

_LONGEST_TEXT = 256
_EMERGENCY = "112"
WITHHELD = "the caller withholds the number: it is shown to nobody outside who need not have it"


class Delivered(Protocol):
    """What Asterisk says of a new call, at the time or in its ledger; every text is the caller's or the network's."""

    @property
    def call_id(self) -> str:
        """Return the call's id."""

    @property
    def trunk(self) -> str:
        """Return the trunk on which the INVITE came."""

    @property
    def ddi_raw(self) -> str:
        """Return what was dialled."""

    @property
    def ani_raw(self) -> str:
        """Return the calling number."""

    @property
    def caller_name(self) -> str:
        """Return the caller's name."""

    @property
    def more(self) -> Mapping[str, str]:
        """Return what else the dialplan handed over, by name."""


def arrived(city: City, call: Delivered) -> CallArrived:
    """Describe a new call to the core. Total: any text is a call; what is too long for a number or name is cut.

    Numbers and names with bytes that nobody can read come twice: without these bytes, and whole and encoded
    (``dialled``, ``ani``, ``name``), which is what the record keeps.
    """
    line = city.trunks.get(call.trunk)
    kind: TrunkKind = "selftest" if call.trunk == TRUNK else line.kind if line is not None else "internal"
    ddi, known, diverted = whom_they_called(city, call.ddi_raw, call.more)
    ani_raw, ani, ani_kind = who_calls(city, call.more.get("ani", call.ani_raw), call.more, mobile=kind == "mobile")
    withheld = call.more.get("withheld") == "1"
    return CallArrived(
        call_id=call.call_id,
        trunk=call.trunk,
        trunk_kind=kind,
        ddi=ddi or _EMERGENCY,
        ddi_raw=call.more.get("dialled", call.ddi_raw)[:_LONGEST_TEXT],
        ddi_known=known,
        ani=ani,
        ani_raw=ani_raw[:_LONGEST_TEXT],
        ani_kind=ani_kind,
        caller_name=(call.more.get("name") or call.caller_name)[:_LONGEST_TEXT],
        withheld=withheld,
        facts=(*((diverted,) if diverted else ()), *((WITHHELD,) if withheld else ())),
        path=call.more.get("path", ""),
    )
