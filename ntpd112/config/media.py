"""Where a trunk's voice may come from, by the city file."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from ntpd112.config.schema import City


def is_of_trunk(city: City, trunk: str, address: str) -> bool:
    """Tell whether an address stands under a trunk's ``media`` or ``addresses``; what is no address does not."""
    known = city.trunks.get(trunk)
    try:
        found = ip_address(address)
    except ValueError:
        return False
    networks = (*known.media, *known.addresses) if known is not None else ()
    return any(found in ip_network(str(each), strict=False) for each in networks)
