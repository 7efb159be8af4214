"""Lets the controller hear what somebody did in a page."""

from __future__ import annotations

from ntpd112.console.endpoint import Refusal
from ntpd112.core.messages import Event
from ntpd112.settings import Settings
from ntpd112.web.link import Link, LinkError, RefusedError


class Sender:
    """Sends events."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def send(self, event: Event) -> None:
        """Return once the controller has it. Raises :class:`Refusal`."""
        try:
            async with Link(self._settings) as link:
                await link.send(event)
        except LinkError as error:
            raise Refusal(503, "controller_away", str(error), "Calls go on; try again in a moment") from None
        except RefusedError as error:
            raise Refusal(404, "not_found", str(error)) from None
