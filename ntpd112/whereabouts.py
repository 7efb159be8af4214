"""Where Asterisk is, from the settings and the passwords of an instance."""

from __future__ import annotations

import os

from ntpd112.host.layout import Layout
from ntpd112.host.secrets import Secrets
from ntpd112.pbx.contract import ExchangeSettings
from ntpd112.pbx.gate import Gate, always_open
from ntpd112.settings import Settings


def exchange_settings(settings: Settings, secrets: Secrets, gate: Gate = always_open) -> ExchangeSettings:
    """Return where Asterisk is. Raises :class:`HostError`."""
    return ExchangeSettings(
        ari_url=settings.ari_url,
        ari_user="ntpd112",
        ari_password=secrets.ari_password,
        ari_timeout_s=settings.ari_timeout_s,
        ami_host=str(settings.manage_address),
        ami_port=settings.ami_port,
        ami_user="ntpd112",
        ami_password=secrets.ami_password,
        ami_timeout_s=settings.ami_timeout_s,
        recordings=Layout.at_asterisk(settings).recordings,
        gate=gate,
        most_music=settings.music_a_cpu * (os.cpu_count() or 1),
        is_here=settings.asterisk_is_here,
    )
