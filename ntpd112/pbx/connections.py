"""The controller's connections to Asterisk, as its settings say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ntpd112.pbx.ami.client import AmiClient
from ntpd112.pbx.ari.client import AriClient
from ntpd112.pbx.contract import ExchangeSettings


def ari_client(settings: ExchangeSettings) -> AriClient:
    """Return the client for commands, not yet connected."""
    return AriClient(
        settings.ari_url,
        settings.ari_user,
        settings.ari_password,
        timeout_s=settings.ari_timeout_s,
        gate=settings.gate,
    )


def ami_client(settings: ExchangeSettings, events: Sequence[str], only: Mapping[str, tuple[str, str]]) -> AmiClient:
    """Return the client for what AMI alone reports, not yet connected; ``events`` and ``only`` as it takes them."""
    return AmiClient(
        settings.ami_host,
        settings.ami_port,
        settings.ami_user,
        settings.ami_password,
        timeout_s=settings.ami_timeout_s,
        events=events,
        only=only,
        gate=settings.gate,
    )
