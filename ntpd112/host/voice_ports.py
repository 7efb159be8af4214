"""Which RTP ports serve the trunks whose voice is filtered, and which serve everybody else.

A trunk with ``media`` in the city file has its callers' voice at ports that no phone uses, so that a rule of the
firewall (:mod:`ntpd112.host.firewall`) can be strict there without making a phone mute. All such trunks share the upper
half of ``rtp_first`` to ``rtp_last``: with a range each, a trunk could run out of ports while another has some left.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from pathlib import Path
from typing import Final

from ntpd112.config.schema import City
from ntpd112.host.asterisk_root import AsteriskInstall
from ntpd112.settings import Settings

_OPTION: Final = b"rtp_port_start"
_MODULE: Final = "res_pjsip.so"


@dataclass(frozen=True)
class PortRange:
    """Pairs of an even port for RTP and the next one for RTCP."""

    first: int
    last: int

    @property
    def pairs(self) -> int:
        """How many voices there is room for."""
        return max(0, self.last - self.first + 1) // 2


@dataclass(frozen=True)
class VoicePorts:
    """``filtered``: None when no trunk is filtered, or this Asterisk cannot have ranges of its own for some."""

    others: PortRange
    filtered: PortRange | None


def filtered_trunks(city: City) -> tuple[str, ...]:
    """Return the trunks whose voice is filtered."""
    return tuple(name for name, trunk in city.trunks.items() if trunk.media)


def media_networks(city: City) -> tuple[list[IPv4Network], list[IPv6Network]]:
    """Return where the voice of the filtered trunks may come from, whatever their SDP says."""
    named = [
        ip_network(str(each), strict=False)
        for name in filtered_trunks(city)
        for each in (*city.trunks[name].media, *city.trunks[name].addresses)
    ]
    four = list(collapse_addresses(each for each in named if isinstance(each, IPv4Network)))
    six = list(collapse_addresses(each for each in named if isinstance(each, IPv6Network)))
    return four, six


def has_own_ranges(install: AsteriskInstall) -> bool:
    """Tell whether an endpoint of this Asterisk may have RTP ports of its own (since 22.10).

    To an older one, the option is a mistake for which it leaves out the whole endpoint. The module is asked and not the
    version: distributions take such things over early, and other lines count differently.
    """
    folder = install.modules_dir
    module = (install.root / folder.relative_to("/") if install.root is not None else folder) / _MODULE
    try:
        with Path(module).open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content.find(_OPTION) >= 0
    except (OSError, ValueError):
        return False


def voice_ports(city: City, settings: Settings, install: AsteriskInstall) -> VoicePorts:
    """Divide the RTP ports of an instance."""
    whole = PortRange(settings.rtp_first, settings.rtp_last)
    first = whole.first + whole.first % 2
    middle = first + (whole.last + 1 - first) // 4 * 2
    last = whole.last - 1 + whole.last % 2
    is_divided = filtered_trunks(city) and middle - 1 > first and last > middle
    if not is_divided or not has_own_ranges(install):
        return VoicePorts(whole, None)
    return VoicePorts(PortRange(whole.first, middle - 1), PortRange(middle, last))
