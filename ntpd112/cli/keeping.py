"""``asterisk``: Asterisk alone, in the foreground, for a service manager that runs the controllers beside it."""

from __future__ import annotations

import asyncio
import os
from typing import Annotated

import typer

from ntpd112.cli.context import program, settings
from ntpd112.cli.output import MACHINE, fail
from ntpd112.cli.running import take_room, taken, told
from ntpd112.cli.terminal import Terminal
from ntpd112.config.problem import CityError
from ntpd112.host.aside import clear_the_way
from ntpd112.host.asterisk_process import running_pid
from ntpd112.host.asterisk_root import AsteriskInstall, find_asterisk
from ntpd112.host.errors import HostError
from ntpd112.host.last_good import put_back
from ntpd112.host.layout import Layout
from ntpd112.host.renewal import take_next
from ntpd112.host.service_manager import ServiceManager
from ntpd112.host.setup import open_anyway
from ntpd112.settings import Settings
from ntpd112.supervise.asterisk_keeper import AsteriskKeeper
from ntpd112.supervise.pidlock import PidLock


def asterisk(
    drain: Annotated[
        float, typer.Option("--drain", metavar="S", help="At the end, wait so long for calls in progress to end.")
    ] = 300.0,
) -> None:
    """Keep Asterisk alone alive, in the foreground: for a service manager, which runs `ntpd112 run` beside it.

    An Asterisk that runs already is taken over. On SIGTERM, new calls are refused and the others may end; on SIGQUIT
    nothing is waited for. When this process is killed, Asterisk and its calls live on.
    """
    chosen = settings()
    manager = ServiceManager(os.environ)
    room, own = take_room(chosen), PidLock.of_asterisk(chosen)
    try:
        taken(own)
        terminal = Terminal(chosen.state_dir / "log" / "asterisk-keeper.log")
        if chosen.asterisk != "machine" and not running_pid(Layout.of(chosen)):
            take_next(chosen.cache_dir, terminal.progress)
        with told():
            install = find_asterisk(chosen.asterisk, chosen.cache_dir)
        if install is None:
            fail(f"Asterisk is not in {chosen.cache_dir}", f"run `{program()} setup`", MACHINE)
        keeper = AsteriskKeeper(chosen, install, _changes(chosen, install, terminal), terminal.say)
        asyncio.run(_keep(keeper, terminal, drain, manager))
    finally:
        own.release()
        room.release()


def _changes(chosen: Settings, install: AsteriskInstall, terminal: Terminal) -> tuple[str, ...]:
    """Bring Asterisk's configuration up to date; a mistake in it is no reason to serve nobody with the former one."""
    layout = Layout.of(chosen)
    try:
        troubles = clear_the_way(layout)
        layout.create()
        ready = open_anyway(chosen, install, terminal.progress, [*troubles, *put_back(chosen)])
    except (CityError, HostError, OSError) as error:
        if not (layout.etc / "extensions.conf").exists():
            fail(str(error), f"correct it, or run `{program()} setup`", MACHINE)
        terminal.say("error", f"Asterisk goes on with its former configuration: {error}")
        return ()
    for trouble in ready.troubles:
        terminal.say("error", trouble)
    return ready.rendered.reloads


async def _keep(keeper: AsteriskKeeper, terminal: Terminal, drain_s: float, manager: ServiceManager) -> None:
    with terminal.signals() as asked, manager.watching():
        with told():
            await keeper.start()
        manager.ready("keeps Asterisk alive")
        await keeper.keep_last_good()
        terminal.say("info", f"Asterisk runs (pid {keeper.asterisk.pid})")
        try:
            async with asyncio.TaskGroup() as tasks:
                keeping = tasks.create_task(keeper.keep(), name="keep")
                await asked.stop.wait()
                keeping.cancel()
        finally:
            manager.stopping("waits for calls in progress to end")
            await keeper.stop(drain_s, asked.hurry)
    terminal.say("info", "Asterisk has stopped")
