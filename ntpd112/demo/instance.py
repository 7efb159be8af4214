"""The demo's own instance: another folder and other loopback addresses than the room beside it."""

from __future__ import annotations

import re
from ipaddress import IPv4Address
from typing import Final

from ntpd112.config.load import DEFAULT_CITY
from ntpd112.settings import Settings

NETWORK: Final = "127.112.0"
"""First three numbers of the demo's loopback addresses."""
_PACE: Final = {"wrap_up_s": "3", "ring_s": "6", "decline_s": "4", "every_s": "0"}
"""Times of the city file that are shorter than a real room's, so that ninety seconds show everything; no self-calls."""


def demo_settings(beside: Settings, network: str = NETWORK) -> Settings:
    """Return settings that share nothing with the room beside it but the copy of Asterisk."""
    address = IPv4Address(f"{network}.1")
    return Settings(
        state_dir=beside.state_dir / "demo",
        cache_dir=beside.cache_dir,
        asterisk=beside.asterisk,
        sip_address=address,
        manage_address=address,
        console_address=address,
        sip_port=5060,
        rtp_first=10000,
        rtp_last=10999,
        ari_port=8088,
        ami_port=5038,
        database_url="",
    )


def demo_city(network: str = NETWORK) -> str:
    """Return the example city with its trunks on the demo's addresses, at the demo's pace."""
    text = DEFAULT_CITY.read_text(encoding="utf-8").replace("127.0.0.", f"{network}.")
    for key, value in _PACE.items():
        text = re.sub(rf"\b{key}: [0-9.]+", f"{key}: {value}", text)
    return text
