"""What asks from outside whether all is well: ``/live``, ``/ready`` and ``/metrics``. Nobody signs in for these."""

from __future__ import annotations

import time
from importlib.metadata import version
from typing import Literal

from aiohttp import web
from pydantic import BaseModel

from ntpd112.console.alarm_board import AlarmBoard
from ntpd112.console.condition import ConditionWatch
from ntpd112.console.identity import Identity
from ntpd112.console.metrics import Metrics
from ntpd112.console.page_files import PageFiles
from ntpd112.console.replica import Replica
from ntpd112.console.server import as_json
from ntpd112.console.tally import Tally
from ntpd112.core.messages import Action
from ntpd112.settings import Settings


class Readiness(BaseModel):
    """Whether the console can do its work. Without the page it can: the API is there."""

    ready: bool
    controller: Literal["followed", "away"]
    page: Literal["built", "not_built"]
    lacks: tuple[Literal["controller", "page"], ...]


class Probes:
    """Answers them."""

    def __init__(
        self, settings: Settings, replica: Replica, page: PageFiles, identity: Identity, alarms: AlarmBoard
    ) -> None:
        self._replica = replica
        self._page = page
        self._identity = identity
        self._tally = Tally()
        self._condition = ConditionWatch(settings, self._tally.hear_alarm, alarms.hear)
        self._metrics = Metrics(replica, self._condition, self._tally, version("ntpd112"), time.time)

    def add_to(self, app: web.Application) -> None:
        """Serve them beside the pages."""
        app.router.add_get("/live", _live)
        app.router.add_get("/ready", self._ready)
        app.router.add_get("/metrics", self._serve_metrics)

    def hear(self, now: float, action: Action) -> None:
        """Count what the controller decided."""
        self._tally.hear_action(now, action)

    async def run(self) -> None:
        """Ask how the controller is, until cancelled."""
        await self._condition.run()

    async def _ready(self, _request: web.Request) -> web.Response:
        ready = self._replica.serves
        built = self._page.is_built()
        lacks = tuple(name for name, there in (("controller", ready), ("page", built)) if not there)
        told = Readiness.model_validate(
            {
                "ready": ready,
                "controller": "followed" if ready else "away",
                "page": "built" if built else "not_built",
                "lacks": lacks,
            }
        )
        return as_json(200 if ready else 503, told)

    async def _serve_metrics(self, request: web.Request) -> web.Response:
        self._identity.check_metrics(request)
        return self._metrics.answer(request)


async def _live(_request: web.Request) -> web.Response:
    return web.Response(status=204)
