"""``console``: the operators' pages and the API alone, in the foreground."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable
from typing import Annotated, Final

import structlog
import typer

from ntpd112.cli.context import program, settings
from ntpd112.cli.output import MACHINE, fail
from ntpd112.console.console import Console
from ntpd112.host.errors import HostError
from ntpd112.host.service_manager import ServiceManager
from ntpd112.logs import configure
from ntpd112.supervise.pidlock import PidLock

_LOOK_EVERY_S: Final = 1.0
_NICE: Final = 5
"""Calls go first."""


def console(started_by: Annotated[int, typer.Option("--started-by", hidden=True)] = 0) -> None:
    """Run the console alone, in the foreground: for a service manager, beside a controller that runs.

    It may end and start at any moment: calls do not need it.
    """
    chosen = settings()
    if not chosen.state_dir.is_dir():
        fail(f"there is no instance in {chosen.state_dir}", f"run `{program()} setup`", MACHINE)
    configure(chosen.state_dir / "log" / "console.log")

    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, _NICE)
    manager = ServiceManager(os.environ)
    lock = PidLock.of_console(chosen)

    async def serve() -> None:
        with manager.watching():
            while not lock.try_take():  # noqa: ASYNC110  of one whose supervisor has died, which ends in a moment
                await asyncio.sleep(_LOOK_EVERY_S)
            made = Console(chosen, manager)
            looking = asyncio.create_task(_end_with(started_by, made.stop), name="supervisor")
            try:
                await made.run()
            finally:
                looking.cancel()

    try:
        asyncio.run(serve())
    except HostError as error:
        structlog.get_logger(__name__).error("console_cannot_start", reason=str(error))
        raise typer.Exit(MACHINE) from error
    finally:
        lock.release()


async def _end_with(supervisor: int, stop: Callable[[], None]) -> None:
    """Stop once the supervisor has gone: the next one starts a console of its own. 0: there is none."""
    while supervisor in {0, os.getppid()}:  # noqa: ASYNC110  the system tells nobody
        await asyncio.sleep(_LOOK_EVERY_S)
    stop()
