"""The city file read again while calls go on, and Asterisk brought in line with it where it runs here."""

from __future__ import annotations

import asyncio

import structlog

from ntpd112.config.load import CityFile, load_city
from ntpd112.host.asterisk_process import reload_command
from ntpd112.host.asterisk_root import find_asterisk
from ntpd112.host.errors import HostError
from ntpd112.host.setup import refresh
from ntpd112.pbx.ami.client import AmiClient
from ntpd112.settings import Settings

log = structlog.get_logger(__name__)


async def read_again(settings: Settings, ami: AmiClient) -> CityFile:
    """Return the routing that the city file has now. Raises CityError, HostError, and what AMI does."""
    if not settings.asterisk_is_here:
        log.warning("routing_reloaded_here_alone", reason="trunks, phones and prompts are changed where Asterisk runs")
        return await asyncio.to_thread(load_city, settings.city_file)
    install = find_asterisk(settings.asterisk, settings.cache_dir)
    if install is None:
        raise HostError("Asterisk is no longer there; run `ntpd112 setup`")
    ready = await asyncio.to_thread(refresh, settings, install)
    for module in ready.rendered.reloads:
        await ami.command(reload_command(module))
    return ready.city
