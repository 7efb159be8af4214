"""Commands about operators: who they are, and their presence."""

from __future__ import annotations

import getpass
import os
from typing import Annotated

import typer
from rich.text import Text

from ntpd112.cli.context import city, program, send, settings
from ntpd112.cli.context import state as room_state
from ntpd112.cli.output import CANNOT, MACHINE, console, fail, show
from ntpd112.core.messages import Presence, PresenceSet
from ntpd112.host.errors import HostError
from ntpd112.host.secrets import load_secrets
from ntpd112.supervise.pidlock import PidLock

presence = typer.Typer(help="Log an operator in or out, set ready or on a break.", no_args_is_help=True)
Who = Annotated[str, typer.Argument(metavar="OPERATOR", help="Extension, such as 201.")]


def operators(
    passwords: Annotated[bool, typer.Option("--passwords", help="Show the softphones' passwords.")] = False,
) -> None:
    """List the operators: extension, name, skills, presence; with passwords when asked for."""
    chosen = settings()
    people = city(chosen).city.operators
    secrets: dict[str, str] = {}
    if passwords:
        try:
            secrets = load_secrets(chosen.state_dir).sip_passwords
        except HostError as error:
            fail(str(error), "", MACHINE)
    live = {}
    if PidLock.of_controller(chosen).owner():
        live = {one.operator: one for one in room_state().room.operators}
    rows: list[list[str | Text]] = []
    for extension, one in sorted(people.items()):
        now = live.get(extension)
        doing = f"{now.presence} {now.reason}".strip().replace("_", " ") if now else "-"
        row: list[str | Text] = [extension, one.name, ", ".join(one.skills) or "-", doing, now.phone if now else "-"]
        rows.append([*row, Text(secrets.get(extension, "-"), "yellow")] if passwords else row)
    columns = ["operator", "name", "skills", "presence", "phone", *(["password"] if passwords else [])]
    show(columns, rows, none="the city file has no operators")
    out = console()
    if out.is_terminal:
        out.print(
            f"\nSIP server {chosen.sip_address}:{chosen.sip_port}, user name = extension"
            + ("" if passwords else f"; passwords: {program()} operators --passwords"),
            style="dim",
        )


@presence.command("log-in")
def log_in(operator: Who) -> None:
    """Log in: calls are offered from now on."""
    _set(operator, "available", "")


@presence.command("log-out")
def log_out(operator: Who) -> None:
    """Log out: no more calls."""
    _set(operator, "logged_out", "")


@presence.command("ready")
def ready(operator: Who) -> None:
    """Come back from a break, or end wrap-up early."""
    _set(operator, "available", "")


@presence.command("break")
def on_break(operator: Who, reason: Annotated[str, typer.Argument(help="Why, such as sholat.")] = "") -> None:
    """Go on a break, with a reason of the city file (left out: the first)."""
    reasons = list(city(settings()).plan.codes.break_reasons.values())
    if reason and reasons and reason not in reasons:
        fail(f"there is no break reason {reason}", f"the city file has {', '.join(reasons)}")
    _set(operator, "on_break", reason or (reasons[0] if reasons else "break"))


def whoever() -> str:
    """Return who does something by command, for the record."""
    return f"cli:{os.environ.get('SUDO_USER') or getpass.getuser()}"


def known(operator: str) -> str:
    """Return an operator's extension; ends the command when there is no such operator."""
    people = city(settings()).city.operators
    if operator not in people:
        names = ", ".join(f"{extension} {one.name}" for extension, one in sorted(people.items()))
        fail(f"there is no operator {operator}", f"there are {names}", CANNOT)
    return operator


def _set(operator: str, to: Presence, reason: str) -> None:
    send(PresenceSet(known(operator), to, reason, whoever()))
    console().print(f"{operator} is {to.replace('_', ' ')}{f' ({reason})' if reason else ''}")
