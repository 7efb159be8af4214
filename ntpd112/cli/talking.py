"""Commands for an operator who is in a call: what the phone's feature codes do, by command line."""

from __future__ import annotations

from typing import Annotated

import typer

from ntpd112.cli.context import city, send, settings, state
from ntpd112.cli.operators import Who, known
from ntpd112.cli.output import CANNOT, WRONG, console, fail
from ntpd112.core.commands import CallCommand
from ntpd112.core.messages import OperatorCommanded


def transfer(
    operator: Who,
    target: Annotated[str, typer.Argument(help="Another operator, or a destination of the city file such as damkar.")],
    warm: Annotated[bool, typer.Option("--warm", help="Speak with them first, the caller hears music.")] = False,
) -> None:
    """Send an operator's caller on: at once, or after asking (--warm, then complete, conference or cancel)."""
    routing = city(settings()).city
    if target not in routing.operators and target not in routing.destinations:
        names = ", ".join([*sorted(routing.operators), *routing.destinations])
        fail(f"there is nobody called {target} to transfer to", f"there are {names}", CANNOT)
    if target == operator:
        fail(f"{operator} cannot transfer to themselves", "name somebody else", CANNOT)
    _command(operator, "warm" if warm else "blind", target)


def hold(operator: Who) -> None:
    """Put an operator's caller on hold, or take them back."""
    _command(operator, "hold")


def mute(operator: Who) -> None:
    """Mute an operator, or end it."""
    _command(operator, "mute")


def conference(operator: Who) -> None:
    """Bring caller, operator and the third party together."""
    _command(operator, "conference")


def complete(operator: Who) -> None:
    """Leave caller and third party talking."""
    _command(operator, "complete")


def cancel(operator: Who) -> None:
    """Drop the third party and return to the caller."""
    _command(operator, "cancel")


def _command(operator: str, command: CallCommand, target: str = "") -> None:
    known(operator)
    now = next((one for one in state().room.operators if one.operator == operator), None)
    if now is None or now.activity != "talking":
        fail(f"operator {operator} speaks with nobody now", "`ntpd112 status` shows who does", WRONG)
    send(OperatorCommanded(operator, command, target))
    console().print(f"{operator}: {command}{f' {target}' if target else ''} (call {now.call_id})")
