"""``units``: writes this instance's systemd units."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ntpd112.cli.context import program, settings
from ntpd112.cli.output import MACHINE, console, fail
from ntpd112.host.asterisk_root import find_asterisk
from ntpd112.host.errors import HostError
from ntpd112.supervise.units import Units


def units(
    directory: Annotated[Path, typer.Argument(help="Where systemd reads them.")] = Path("/etc/systemd/system"),
    user: Annotated[
        str, typer.Option("--user", metavar="NAME", help="As whom they run; left out: who owns the instance's folder.")
    ] = "",
    name: Annotated[
        str, typer.Option("--name", help="How their names begin; another one for a second instance.")
    ] = "ntpd112",
    drain: Annotated[
        int, typer.Option("--drain", metavar="S", min=0, help="A stop waits so long for calls in progress to end.")
    ] = 300,
) -> None:
    """Write systemd units that run this instance: Asterisk, two controllers, the lifeboat, the console, a target.

    Write them again after a change of settings (the units have them from now, not from instance.yaml).
    """
    chosen = settings()
    try:
        here = chosen.asterisk_is_here
        install = find_asterisk(chosen.asterisk, chosen.cache_dir) if here else None
        if (install is None and here) or not chosen.city_file.exists():
            fail(f"the instance in {chosen.state_dir} is not set up", f"run `{program()} setup` as its user", MACHINE)
        made = Units(chosen, install, user or chosen.state_dir.owner(), name)
        made.check()
        names = made.write(directory, drain)
    except (HostError, OSError, KeyError) as error:
        fail(str(error), "", MACHINE)
    console().print(
        f"wrote {', '.join(names)} to {directory}, their settings to {made.environment_file}. Next, as root:\n"
        f"  systemctl daemon-reload\n"
        f"  systemctl enable --now {name}.target\n"
        f"  systemctl list-dependencies {name}.target; journalctl -u '{name}-*'"
    )
