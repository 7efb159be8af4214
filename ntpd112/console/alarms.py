"""Acknowledging alarms. What they are is told over the live sockets (:mod:`ntpd112.console.live`)."""

from __future__ import annotations

import structlog

from ntpd112.console.alarm_board import AlarmBoard
from ntpd112.console.endpoint import Asked, Endpoint, Refusal

log = structlog.get_logger(__name__)


class Alarms:
    """Its endpoints."""

    def __init__(self, board: AlarmBoard) -> None:
        self._board = board
        self.endpoints = (
            Endpoint(
                "PUT",
                "/alarms/{alarm}/seen",
                "Say that one sees to an alarm, until it comes again",
                self._see,
                "supervisor",
                refusals={404: "There is no such alarm, or it was long ago"},
                parameters={"alarm": "Its kind, with a point and the operator where there is one"},
            ),
        )

    async def _see(self, asked: Asked) -> None:
        alarm = asked.request.match_info["alarm"]
        if not self._board.acknowledge(alarm, asked.who.name):
            raise Refusal(404, "not_found", "There is no such alarm, or it was long ago")
        log.info("alarm_seen", alarm=alarm, by=asked.who.name)
