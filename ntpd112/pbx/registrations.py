"""Whether providers know us: Asterisk registers with those that want it, and says each time how that went."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog

log = structlog.get_logger(__name__)

REGISTRY_EVENTS = ("Registry",)
_GOOD = "Registered"
_ON_PURPOSE = {"Unregistered", "Stopped"}
"""Said when Asterisk stops, or before it tried."""


class Registrations:
    """Tells once when a registration is lost, and again only after it had been back."""

    def __init__(self, alarm: Callable[[str, str, str], None]) -> None:
        self._alarm = alarm
        self._lost: set[tuple[str, str]] = set()

    def heard(self, fields: Mapping[str, str]) -> None:
        """Take what Asterisk says of one registration."""
        status, who = fields.get("Status", ""), fields.get("Username", "")
        provider = fields.get("Domain", "").removeprefix("sip:")
        if status == _GOOD:
            if (who, provider) in self._lost:
                self._lost.discard((who, provider))
                log.info("registered_again", user=who, provider=provider)
        elif status not in _ON_PURPOSE and (who, provider) not in self._lost:
            self._lost.add((who, provider))
            text = f"the provider at {provider} does not take the registration of {who.removeprefix('sip:')} ({status})"
            self._alarm("registration_lost", f"{text}; see `ntpd112 trunk-password`, username and gateway", "")
