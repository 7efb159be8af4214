"""A call as the trunk delivers it, read by the city's numbers."""

from __future__ import annotations

from ntpd112.config.numbers import caller_number, dialled_number
from ntpd112.config.schema import City
from ntpd112.core.messages import CallArrived
from ntpd112.core.records import TrunkKind
from ntpd112.core.selfcall import TRUNK

_LONGEST_TEXT = 256
_EMERGENCY = "112"


def arrived(city: City, call_id: str, trunk: str, ddi_raw: str, ani_raw: str, caller_name: str) -> CallArrived:
    """Describe a new call to the core. Total: any text is a call; what is too long for a number or name is cut."""
    line = city.trunks.get(trunk)
    kind: TrunkKind = "selftest" if trunk == TRUNK else line.kind if line is not None else "internal"
    ddi, known = dialled_number(ddi_raw, city)
    ani, ani_kind = caller_number(ani_raw, city)
    return CallArrived(
        call_id=call_id,
        trunk=trunk,
        trunk_kind=kind,
        ddi=ddi or _EMERGENCY,
        ddi_raw=ddi_raw[:_LONGEST_TEXT],
        ddi_known=known,
        ani=ani,
        ani_raw=ani_raw[:_LONGEST_TEXT],
        ani_kind=ani_kind,
        caller_name=caller_name[:_LONGEST_TEXT],
    )
