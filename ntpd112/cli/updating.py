"""``update``: Asterisk and the programs it needs, renewed beside the room that runs."""

from __future__ import annotations

from typing import Final

from ntpd112.cli.context import program, settings
from ntpd112.cli.output import MACHINE, console, fail
from ntpd112.cli.terminal import Terminal
from ntpd112.host.asterisk_process import running_pid
from ntpd112.host.asterisk_root import AsteriskInstall, find_asterisk
from ntpd112.host.errors import HostError
from ntpd112.host.layout import Layout
from ntpd112.host.packages import PRIVATE_ROOT, VOICE, renew_packages
from ntpd112.host.renewal import described, renew
from ntpd112.settings import Settings

_MACHINES_OWN: Final = "Asterisk is a package of this machine: upgrade it with apt-get while no call is here"


def update() -> None:
    """Renew Asterisk and the programs it needs. No call is ended: the new Asterisk is used from its next start.

    What runs here by Python (aiohttp, SQLAlchemy ...) is pinned, and comes with a new version of ntpd112.
    """
    chosen = settings()
    terminal = Terminal(chosen.state_dir / "log" / "up.log")
    failed = []
    try:
        renew_packages((*VOICE, *PRIVATE_ROOT), terminal.progress)
    except HostError as error:
        failed.append(str(error))
    try:
        there = find_asterisk(chosen.asterisk, chosen.cache_dir)
        if there is not None and there.root is None:
            console().print(_MACHINES_OWN)
        else:
            new = renew(chosen.cache_dir, terminal.progress)
            console().print(_said(chosen, there, new))
    except (HostError, OSError) as error:
        failed.append(str(error))
    terminal.clear()
    if failed:
        fail("\n".join(failed), "what is there goes on; try again once the package mirror answers", MACHINE)


def _said(chosen: Settings, there: AsteriskInstall | None, new: AsteriskInstall) -> str:
    if there is not None and running_pid(Layout.of(chosen)):
        return (
            f"Asterisk {described(new)} is ready. {described(there)} goes on serving, with every call; the new one is "
            f"used from the next start: {program()} stop, which waits for the calls to end, then {program()} up"
        )
    return f"Asterisk {described(new)} is ready, and is used from the next start: {program()} up"
