"""``token``: what other systems show to the console instead of signing in."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Annotated, cast, get_args

import typer

from ntpd112.cli.context import program, settings
from ntpd112.cli.output import CANNOT, console, fail, show
from ntpd112.console.accounts import AccountError
from ntpd112.console.tokens import Scope, Tokens

app = typer.Typer(no_args_is_help=True, help="What other systems show instead of signing in.")

_DAY_S = 24 * 3600.0

Name = Annotated[str, typer.Argument(help="Which system it is for.")]


@app.command("list")
def listed() -> None:
    """Show every token, without its secret."""
    now = time.time()
    try:
        tokens = _tokens().all().values()
    except AccountError as error:
        fail(str(error), "", CANNOT)
    rows = [
        (
            one.name,
            ", ".join(sorted(one.scopes)),
            _day(one.created_at),
            "over" if one.is_over(now) else _day(one.expires_at) if one.expires_at is not None else "never",
        )
        for one in tokens
    ]
    none = f"no other system may ask yet; let one: {program()} token add NAME --scope read"
    show(("name", "scopes|w", "made", "ends"), rows, none=none)


@app.command()
def add(
    name: Name,
    scope: Annotated[
        list[str],
        typer.Option(
            "--scope",
            help="read: what supervisors see of room and records; act: that, and what they may do; "
            "metrics: /metrics alone. May be given several times.",
        ),
    ],
    days: Annotated[float | None, typer.Option("--days", min=0.01, help="Ends after so long; left out: never.")] = None,
) -> None:
    """Let another system ask, and print its token; it is shown only now."""
    scopes = get_args(Scope)
    for one in scope:
        if one not in scopes:
            fail(f"there is no scope {one}", f"there are {', '.join(scopes)}", CANNOT)
    try:
        lasts_s = days * _DAY_S if days is not None else None
        secret = _tokens().add(name, cast("list[Scope]", scope), time.time(), lasts_s)
    except (AccountError, OSError) as error:
        fail(str(error), "", CANNOT)
    console().print(f"Authorization: Bearer {secret}", soft_wrap=True)


@app.command()
def remove(name: Name) -> None:
    """Let a system ask no longer."""
    try:
        _tokens().remove(name)
    except (AccountError, OSError) as error:
        fail(str(error), "", CANNOT)
    console().print(f"the token {name} opens nothing any more")


def _tokens() -> Tokens:
    return Tokens(settings().state_dir)


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
