"""``account``: who may sign in at the console."""

from __future__ import annotations

import secrets
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from ntpd112.cli.context import city, program, settings
from ntpd112.cli.output import CANNOT, console, fail, show
from ntpd112.console.accounts import Account, AccountError, Accounts, Language, Role, as_name, hash_password

app = typer.Typer(no_args_is_help=True, help="Who may sign in at the console.")

Name = Annotated[str, typer.Argument(help="What they sign in with.")]
FromInput = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input; left out: make one.")
]


@app.command("list")
def listed() -> None:
    """Show every account."""
    rows = [
        (one.name, one.full_name, one.role, one.operator or "-", one.language) for one in _accounts().all().values()
    ]
    none = f"nobody may sign in yet; add somebody: {program()} account add NAME --role admin"
    show(("name", "full name|w", "role", "operator", "language"), rows, none=none)


@app.command()
def add(
    name: Name,
    role: Annotated[Role, typer.Option("--role", help="Each may do what those before it may.")] = "operator",
    operator: Annotated[
        str, typer.Option("--operator", metavar="EXTENSION", help="The operator of the city file they are.")
    ] = "",
    full_name: Annotated[str, typer.Option("--full-name", help="As others see them; left out: the name.")] = "",
    language: Annotated[Language, typer.Option("--language", help="Of their pages.")] = "id",
    password_stdin: FromInput = False,
) -> None:
    """Let somebody sign in, and print a password for them."""
    known = city(settings()).city.operators
    if operator and operator not in known:
        fail(f"there is no operator {operator} in the city file", f"there are {', '.join(sorted(known))}", CANNOT)
    if role == "operator" and not operator:
        fail("an operator takes calls", f"say as whom: --operator {min(known, default='EXTENSION')}", CANNOT)
    password = _password(read=password_stdin)
    try:
        account = Account(
            name=as_name(name),
            full_name=full_name or (known[operator].name if operator else name),
            role=role,
            operator=operator or None,
            language=language,
            password_hash=hash_password(as_name(name), password),
            changed_at=time.time(),
        )
        _accounts().add(account)
    except (AccountError, ValueError) as error:
        fail(str(error), "", CANNOT)
    _say(account.name, password, read=password_stdin)


@app.command()
def password(name: Name, password_stdin: FromInput = False) -> None:
    """Give somebody a new password; they are signed out everywhere."""
    wanted = _password(read=password_stdin)
    try:
        _accounts().set_password(as_name(name), wanted, time.time())
    except AccountError as error:
        fail(str(error), "", CANNOT)
    _say(as_name(name), wanted, read=password_stdin)


@app.command()
def remove(name: Name) -> None:
    """Let somebody sign in no longer; they are signed out everywhere."""
    try:
        _accounts().remove(as_name(name))
    except AccountError as error:
        fail(str(error), "", CANNOT)
    console().print(f"{as_name(name)} can no longer sign in")


def first_admin(state_dir: Path) -> str:
    """Let an admin sign in where nobody can yet; return the password, or nothing when somebody can."""
    accounts = Accounts(state_dir)
    if accounts.path.exists():
        return ""
    made = secrets.token_urlsafe(12)
    accounts.add(
        Account(
            name="admin",
            full_name="Admin",
            role="admin",
            password_hash=hash_password("admin", made),
            changed_at=time.time(),
        )
    )
    return made


def _accounts() -> Accounts:
    return Accounts(settings().state_dir)


def _password(*, read: bool) -> str:
    return sys.stdin.readline().rstrip("\n") if read else secrets.token_urlsafe(12)


def _say(name: str, password: str, *, read: bool) -> None:
    told = "the password that was read" if read else password
    console().print(f"{name} signs in at {settings().console_url} with {told}")
