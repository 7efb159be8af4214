"""An alarm when trunks are to be filtered and the rules for it are not loaded, as after a boot or a new file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from ntpd112.config.schema import City
from ntpd112.host import firewall
from ntpd112.host.errors import HostError
from ntpd112.host.voice_ports import filtered_trunks
from ntpd112.settings import Settings

FIRST_S: Final = 10.0
"""So long the rules may take to be loaded when everything starts at once."""
_EVERY_S: Final = 60.0


async def watch_rules(settings: Settings, city: Callable[[], City], alarm: Callable[[str, str], None]) -> None:
    """Look once a minute until cancelled; where Asterisk runs elsewhere, the rules are there too.

    Calls do not depend on the rules: without them they are served as they would be without ``media``.
    """
    told = ""
    await asyncio.sleep(FIRST_S)
    while settings.asterisk_is_here:
        missing = await asyncio.to_thread(missing_rules, settings, city())
        if missing and missing != told:
            alarm("firewall_not_loaded", missing)
        told = missing
        await asyncio.sleep(_EVERY_S)


def missing_rules(settings: Settings, city: City) -> str:
    """Say which trunks are not filtered though they should be, and what helps; nothing when all is well."""
    trunks = ", ".join(filtered_trunks(city))
    if not trunks:
        return ""
    what = f"strangers' voices are not kept out of calls on trunks with `media` ({trunks})"
    try:
        ruleset = firewall.needed(city, settings)
    except (HostError, OSError) as error:
        return f"{what}: {error}"
    if firewall.is_loaded(settings, ruleset):
        return ""
    return f"{what}: the rules for it are not loaded; run this as root: ntpd112 firewall --load"
