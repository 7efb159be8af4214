"""What people may do to the room: their own presence and call, and for supervisors that of others."""

from __future__ import annotations

import structlog
from pydantic import BaseModel, ConfigDict, Field

from ntpd112.console.endpoint import Asked, Endpoint, Refusal
from ntpd112.console.replica import Replica
from ntpd112.console.sender import Sender
from ntpd112.console.tokens import System
from ntpd112.core.commands import CallCommand
from ntpd112.core.messages import OperatorCommanded, Presence, PresenceSet
from ntpd112.core.transfer_target import Unfit, unfit

log = structlog.get_logger(__name__)

_AWAY = {503: "The controller is away, or the accounts cannot be read"}
_OPERATOR = {"operator": "Extension"}
_NO_SUCH = {404: "There is no such operator"}
_NOBODY = {403: "Who asks is no operator, or another site's page sent it"}


_UNFIT: dict[Unfit, tuple[str, str]] = {
    "no_such_target": ("Nobody has this name or number here", "Destinations stand in the city file"),
    "target_busy": ("This operator is in a call, or is rung", "Choose somebody else, or wait"),
    "target_off_duty": ("This operator is not on duty", "Choose somebody else"),
    "target_unreachable": ("This operator's phone cannot be reached", "Choose somebody else"),
}
_CANNOT = {409: "The target cannot be rung now"}


class PresenceWanted(BaseModel):
    """A presence, and why."""

    model_config = ConfigDict(extra="forbid")

    presence: Presence
    reason: str = Field("", max_length=60)
    """Of a break."""


class CommandWanted(BaseModel):
    """What is to happen in one's own call; ``hold`` and ``mute`` toggle."""

    model_config = ConfigDict(extra="forbid")

    command: CallCommand
    target: str = Field("", max_length=60)
    """Operator or destination, for ``blind`` and ``warm``."""


class Acting:
    """Its endpoints."""

    def __init__(self, sender: Sender, replica: Replica) -> None:
        self._sender = sender
        self._replica = replica
        self.endpoints = (
            Endpoint(
                "PUT",
                "/presence",
                "Set one's own presence; `available` also ends the time for notes",
                self._own_presence,
                "operator",
                PresenceWanted,
                refusals=_AWAY | _NOBODY,
            ),
            Endpoint(
                "POST",
                "/command",
                "Do something in one's own call; without a call nothing happens",
                self._command,
                "operator",
                CommandWanted,
                refusals=_AWAY | _NOBODY | _CANNOT,
            ),
            Endpoint(
                "PUT",
                "/operators/{operator}/presence",
                "Set an operator's presence",
                self._presence_of,
                "supervisor",
                PresenceWanted,
                refusals=_AWAY | _NO_SUCH,
                parameters=_OPERATOR,
            ),
            Endpoint(
                "POST",
                "/operators/{operator}/command",
                "Do something in an operator's call, such as to move it; without a call nothing happens",
                self._command_of,
                "supervisor",
                CommandWanted,
                refusals=_AWAY | _NO_SUCH | _CANNOT,
                parameters=_OPERATOR,
            ),
        )

    async def _own_presence(self, asked: Asked) -> None:
        await self._set_presence(asked, asked.own_operator)

    async def _presence_of(self, asked: Asked) -> None:
        await self._set_presence(asked, self._known(asked))

    def _known(self, asked: Asked) -> str:
        operator = asked.request.match_info["operator"]
        board = self._replica.board
        if board is not None and operator not in board.room.operators:
            raise Refusal(404, "not_found", "There is no such operator", "Operators stand in the city file")
        return operator

    def _check_target(self, body: CommandWanted) -> None:
        """Refuse what the controller would refuse in silence."""
        board = self._replica.board
        if board is None or body.command not in {"blind", "warm"}:
            return
        why = unfit(board.room, board.room.plan, body.target)
        if why is not None:
            raise Refusal(409, why, *_UNFIT[why])

    async def _set_presence(self, asked: Asked, operator: str) -> None:
        body = asked.sent(PresenceWanted)
        reason = body.reason if body.presence == "on_break" else ""
        await self._sender.send(PresenceSet(operator, body.presence, reason, asked.who.name))

    async def _command(self, asked: Asked) -> None:
        body = asked.sent(CommandWanted)
        self._check_target(body)
        await self._sender.send(OperatorCommanded(asked.own_operator, body.command, body.target))

    async def _command_of(self, asked: Asked) -> None:
        body, operator = asked.sent(CommandWanted), self._known(asked)
        if body.command == "end" and isinstance(asked.who, System):
            raise Refusal(403, "forbidden", "Only a person ends an emergency call", "An operator or supervisor can")
        self._check_target(body)
        await self._sender.send(OperatorCommanded(operator, body.command, body.target))
        log.info("commanded_for", operator=operator, command=body.command, by=asked.who.name)
