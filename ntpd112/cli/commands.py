"""All commands of ``ntpd112``. Exit codes: see :mod:`ntpd112.cli.output`.

Only the module of the command that was asked for is loaded: a look at the room is not kept waiting by the parts that
run it.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

import typer

from ntpd112.cli.context import StateDir, choose_instance

_RUN, _LOOK, _DO, _ROUTING, _PEOPLE = (
    "Run the room",
    "Look",
    "Do something for an operator",
    "Routing",
    "Who may use the console",
)

COMMANDS: Final = {
    "up": (_RUN, "running:up"),
    "demo": (_RUN, "demonstrating:demo"),
    "stop": (_RUN, "running:stop"),
    "restart": (_RUN, "restarting:restart"),
    "setup": (_RUN, "running:setup"),
    "update": (_RUN, "updating:update"),
    "run": (_RUN, "running:run"),
    "asterisk": (_RUN, "keeping:asterisk"),
    "console": (_RUN, "consoling:console"),
    "units": (_RUN, "units:units"),
    "status": (_LOOK, "looking:status"),
    "watch": (_LOOK, "looking:watch"),
    "operators": (_LOOK, "operators:operators"),
    "calls": (_LOOK, "recorded:calls"),
    "call": (_LOOK, "recorded:call"),
    "callbacks": (_LOOK, "callbacks:callbacks"),
    "replay": (_LOOK, "replaying:replay"),
    "reconcile": (_LOOK, "reconciling:reconcile"),
    "account": (_PEOPLE, "accounts:app"),
    "token": (_PEOPLE, "tokens:app"),
    "operator": (_DO, "operators:presence"),
    "called-back": (_DO, "callbacks:called_back"),
    "incident": (_DO, "incidents:app"),
    "transfer": (_DO, "talking:transfer"),
    "hold": (_DO, "talking:hold"),
    "mute": (_DO, "talking:mute"),
    "conference": (_DO, "talking:conference"),
    "complete": (_DO, "talking:complete"),
    "cancel": (_DO, "talking:cancel"),
    "check": (_ROUTING, "routing:check"),
    "explain": (_ROUTING, "routing:explain_call"),
    "reload": (_ROUTING, "looking:reload"),
    "trunk-password": (_ROUTING, "trunks:trunk_password"),
    "firewall": (_ROUTING, "firewall:firewall"),
}
"""Command -> heading in the help, and where it is."""


def build(arguments: Sequence[str] = ()) -> typer.Typer:
    """Make the command line: with the one command that the arguments name, or with all of them."""
    app = typer.Typer(
        name="ntpd112",
        epilog="Exit codes: 0 done; 1 something is wrong; 2 cannot be done as asked; 3 ntpd112 does not run, or runs "
        "already; 4 this machine lacks something.",
        no_args_is_help=True,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        pretty_exceptions_enable=False,
    )
    app.callback()(_every_command)
    named = _named(arguments)
    for name, (panel, place) in COMMANDS.items():
        if named in {"", name}:
            module, _, member = place.partition(":")
            command = getattr(import_module(f"ntpd112.cli.{module}"), member)
            if isinstance(command, typer.Typer):
                app.add_typer(command, name=name, rich_help_panel=panel)
            else:
                app.command(name, rich_help_panel=panel)(command)
    return app


def main() -> None:
    """Run the command line."""
    try:
        build(sys.argv[1:])(prog_name="ntpd112")
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read us (`| head`) has seen enough.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _every_command(state_dir: StateDir = None) -> None:
    """The emergency number 112 of a city."""
    choose_instance(state_dir)


def _named(arguments: Sequence[str]) -> str:
    """Return the command that stands first, past ``--state-dir FOLDER``; empty when none of ours does."""
    rest = list(arguments)
    while rest and rest[0].startswith("-"):
        if rest.pop(0) == "--state-dir" and rest:
            rest.pop(0)
    return rest[0] if rest and rest[0] in COMMANDS else ""
