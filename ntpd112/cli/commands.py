"""All commands of ``ntpd112``. Exit codes: see :mod:`ntpd112.cli.output`."""

from __future__ import annotations

import contextlib
import os
import sys

import typer

from ntpd112.cli import demonstrating, incidents, looking, operators, recorded, replaying, routing, running, talking
from ntpd112.cli.context import StateDir, choose_instance

app = typer.Typer(
    name="ntpd112",
    epilog="Exit codes: 0 done; 1 something is wrong; 2 cannot be done as asked; 3 ntpd112 does not run, or runs "
    "already; 4 this machine lacks something.",
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)

_RUN = "Run the room"
_LOOK = "Look"
_DO = "Do something for an operator"
_ROUTING = "Routing"

for panel, commands in {
    _RUN: (running.up, running.stop, running.setup, running.run),
    _LOOK: (looking.status, looking.watch, operators.operators, recorded.calls, recorded.call, replaying.replay),
    _DO: (talking.transfer, talking.hold, talking.mute, talking.conference, talking.complete, talking.cancel),
    _ROUTING: (routing.check, looking.reload),
}.items():
    for command in commands:
        app.command(command.__name__, rich_help_panel=panel)(command)
app.command("demo", rich_help_panel=_RUN)(demonstrating.demo)
app.command("explain", rich_help_panel=_ROUTING)(routing.explain_call)
app.add_typer(operators.presence, name="operator", rich_help_panel=_DO)
app.add_typer(incidents.app, name="incident", rich_help_panel=_DO)


@app.callback()
def every_command(state_dir: StateDir = None) -> None:
    """The emergency number 112 of a city."""
    choose_instance(state_dir)


def main() -> None:
    """Run the command line."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read us (`| head`) has seen enough.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
