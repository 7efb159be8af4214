"""Supervisors who listen to an operator's call, whisper, join or take over: by the phone of their own extension."""

from __future__ import annotations

from typing import Final

import structlog
from pydantic import BaseModel, ConfigDict

from ntpd112.console.endpoint import Asked, Code, Endpoint, Refusal
from ntpd112.console.replica import Replica
from ntpd112.console.sender import Sender
from ntpd112.core.commands import Listening
from ntpd112.core.listening import Obstacle, obstacle
from ntpd112.core.messages import OperatorCommanded

log = structlog.get_logger(__name__)

_AWAY = {503: "The controller is away, or the accounts cannot be read"}
_WHY_NOT: Final[dict[Obstacle, tuple[Code, str, str]]] = {
    "oneself": (
        "no_call",
        "Nobody listens to themselves",
        "Your account has to be another operator's",
    ),
    "no_call": ("no_call", "This operator speaks with nobody now", "Choose one who is in a call"),
    "busy": ("in_a_call", "You are in a call of your own", "End it first"),
    "unreachable": (
        "phone_away",
        "Your own phone cannot be reached",
        "Switch it on, or the one in the page",
    ),
}


class ListeningWanted(BaseModel):
    """How: ``listen`` unheard, ``whisper`` to the operator alone, ``barge`` with both, or ``take_over``."""

    model_config = ConfigDict(extra="forbid")

    mode: Listening


class Overhearing:
    """Its endpoints."""

    def __init__(self, sender: Sender, replica: Replica) -> None:
        self._sender = sender
        self._replica = replica
        self.endpoints = (
            Endpoint(
                "POST",
                "/operators/{operator}/listen",
                "Listen to an operator's call by one's own phone, which rings, or change how; it stands on the record",
                self._listen,
                "supervisor",
                ListeningWanted,
                refusals=_AWAY
                | {
                    403: "Not for this role, or the account has no operator, or sent by another site's page",
                    409: "It cannot be done now; the message says why",
                },
                parameters={"operator": "Extension of who is listened to"},
                for_systems=False,
            ),
            Endpoint(
                "DELETE",
                "/listening",
                "Listen no longer; without it nothing happens",
                self._leave,
                "supervisor",
                refusals=_AWAY
                | {403: "Not for this role, or the account has no operator, or sent by another site's page"},
                for_systems=False,
            ),
        )

    async def _listen(self, asked: Asked) -> None:
        mode, target, own = asked.sent(ListeningWanted).mode, asked.request.match_info["operator"], asked.own_operator
        board = self._replica.board
        why = obstacle(board.room, own, target) if board is not None else None
        if why is not None:
            raise Refusal(409, *_WHY_NOT[why])
        await self._sender.send(OperatorCommanded(own, mode, target))
        log.info("listened", operator=target, mode=mode, by=asked.who.name)

    async def _leave(self, asked: Asked) -> None:
        await self._sender.send(OperatorCommanded(asked.own_operator, "leave", ""))
