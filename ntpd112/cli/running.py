"""Commands that run the room: ``up`` (everything), ``run`` (the controller alone), ``setup``, ``stop``."""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import os
import signal
import time
from collections.abc import Callable
from functools import partial
from typing import Annotated, Final

import structlog
import typer
import uvloop

from ntpd112.cli.context import program, settings
from ntpd112.cli.output import CANNOT, GOOD, MACHINE, NOT_RUNNING, WRONG, console, fail
from ntpd112.cli.page import build_page
from ntpd112.cli.terminal import Terminal
from ntpd112.cli.welcome import welcome
from ntpd112.config.problem import CityError
from ntpd112.console.build import PageError, build
from ntpd112.host.aside import clear_the_way
from ntpd112.host.asterisk_process import AsteriskProcess, running_pid
from ntpd112.host.asterisk_root import find_asterisk
from ntpd112.host.errors import HostError
from ntpd112.host.layout import Layout
from ntpd112.host.priority import go_first
from ntpd112.host.service_manager import ServiceManager
from ntpd112.host.setup import Ready, prepare
from ntpd112.host.testing import ensure_test_machine
from ntpd112.host.troubles import also
from ntpd112.logs import configure
from ntpd112.settings import Settings
from ntpd112.supervise.among_others import serve_among_others
from ntpd112.supervise.asterisk_keeper import PortsTakenError
from ntpd112.supervise.controller_process import end_leftover, log_file
from ntpd112.supervise.pidlock import PidLock
from ntpd112.supervise.standby import Standby
from ntpd112.supervise.supervisor import Supervisor

_STOP_WITHIN_S: Final = 30.0
Drain = Annotated[
    float, typer.Option("--drain", metavar="S", help="At the end, wait so long for calls in progress to end.")
]


def up(drain: Drain = 30.0) -> None:
    """Set up what is missing, then run Asterisk and the controller until Ctrl-C.

    A closed terminal does not stop the room; `ntpd112 stop` does, from anywhere.
    """
    chosen = settings()
    lock = take_room(chosen)
    terminal = Terminal(chosen.state_dir / "log" / "up.log")
    try:
        ready = prepared(chosen, terminal, with_page=False)
        with terminal.foreground():
            code = asyncio.run(_keep_open(chosen, ready, terminal, drain))
    finally:
        lock.release()
    raise typer.Exit(code)


def run(
    standby: Annotated[
        bool, typer.Option("--standby", help="Wait beside the controller that serves, and take over when it dies.")
    ] = False,
    started_by: Annotated[int, typer.Option("--started-by", hidden=True)] = 0,
) -> None:
    """Run the controller alone, in the foreground: for a service manager, beside an Asterisk that runs.

    On SIGTERM it gives its callers to the fallback, unless a controller on another machine stands by; on SIGUSR1 it
    ends and leaves every call to the next controller.
    """
    chosen = settings()
    manager = ServiceManager(os.environ)
    with told():
        moved = clear_the_way(Layout.of(chosen))
    also(Layout.of(chosen), moved)
    lock = PidLock.of_controller(chosen)
    if not standby and (pid := taken(lock)):
        fail(f"a controller runs already in {chosen.state_dir} (pid {pid})", f"`{program()} up` keeps it", NOT_RUNNING)
    configure(log_file(chosen, standby=standby))
    log = structlog.get_logger("ntpd112.run")
    for each in moved:
        log.error("moved_aside", what=each)
    with (log_file(chosen).parent / "controller.crash").open("a", encoding="utf-8") as crash:
        faulthandler.enable(crash)
        try:
            uvloop.run(_serve(chosen, lock, manager, started_by if standby else None))
        except (CityError, HostError) as error:
            log.error("controller_cannot_start", reason=str(error))
            raise typer.Exit(MACHINE) from error
        except BaseException:
            log.critical("controller_crashed", exc_info=True)
            raise typer.Exit(WRONG) from None
        finally:
            faulthandler.disable()
            lock.release()


def setup(
    tests: Annotated[
        bool, typer.Option("--tests", help="Also install what the tests need: SIPp, a softphone ...")
    ] = False,
) -> None:
    """Set up everything, and start nothing."""
    chosen = settings()
    terminal = Terminal(chosen.state_dir / "log" / "up.log")
    if tests:
        with told():
            ensure_test_machine(chosen, terminal.progress)
        terminal.clear()
        return
    ready = prepared(chosen, terminal)
    version = ".".join(map(str, ready.install.version))
    console().print(
        f"ready in {chosen.state_dir}: Asterisk {version}, {ready.city.city.city}, "
        f"{len(ready.city.city.operators)} operators. Start it: {program()} up"
    )


def stop(
    now: Annotated[bool, typer.Option("--now", help="Do not wait for calls in progress to end.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Kill an Asterisk that nobody looks after or that hangs.")
    ] = False,
) -> None:
    """Stop what `up` started, from anywhere: the controller first, then Asterisk once its calls have ended."""
    chosen = settings()
    lock = PidLock.of_room(chosen)
    pid = lock.owner()
    if PidLock.of_asterisk(chosen).owner():
        fail(
            "a service manager keeps it, and would start it again",
            f"as root: systemctl stop ntpd112.target; without systemd: kill {pid}",
            CANNOT,
        )
    if pid:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGQUIT if now or force else signal.SIGTERM)
        console().print(f"asked `ntpd112 up` (pid {pid}) to stop")
        deadline = time.monotonic() + (_STOP_WITHIN_S if now or force else float("inf"))
        while lock.owner():
            if time.monotonic() > deadline:
                fail(f"it still runs after {_STOP_WITHIN_S:g} s", f"kill it: kill -9 {pid}", WRONG)
            time.sleep(0.1)
    leftover = _stop_leftover(chosen, force=force)
    if not pid and not leftover:
        fail(f"ntpd112 does not run in {chosen.state_dir}", f"start it: {program()} up", NOT_RUNNING)
    console().print("stopped")


def take_room(chosen: Settings) -> PidLock:
    """Make sure that nobody else runs this instance; ends the command otherwise."""
    lock = PidLock.of_room(chosen)
    if pid := taken(lock):
        fail(
            f"ntpd112 runs already in {chosen.state_dir} (pid {pid})",
            f"look at it: {program()} watch; stop it: {program()} stop; "
            "or run another beside it: set NTPD112_STATE_DIR and NTPD112_SIP_PORT, _ARI_PORT, _AMI_PORT, _TRACE_PORT",
            NOT_RUNNING,
        )
    return lock


def prepared(
    chosen: Settings, terminal: Terminal, first: Callable[[], None] = lambda: None, *, with_page: bool = True
) -> Ready:
    """Set up, after ``first``; ends the command with cause and cure when that fails."""
    with told():
        first()
        ready = prepare(chosen, terminal.progress)
    for trouble in ready.troubles:
        terminal.say("error", trouble)
    if chosen.console_port and with_page:
        try:
            build(chosen.cache_dir, terminal.progress)
        except PageError as error:
            terminal.say("warning", f"the console has no page: {error}")
    return ready


class told:  # noqa: N801  reads as a statement
    """Turns what can go wrong on the machine into an ended command with cause and cure."""

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, PortsTakenError):
            choose = " ".join(f"{name}={_example(name)}" for name in error.settings)
            fail(str(error), f"stop that program, or choose other ports: {choose} {program()} up", MACHINE)
        if isinstance(error, CityError):
            fail(str(error), "correct the lines named above and start again", WRONG)
        if isinstance(error, HostError):
            fail(str(error), "", MACHINE)


async def start_or_fail(supervisor: Supervisor) -> None:
    """Start; ends the command with cause and cure when that fails."""
    with told():
        await supervisor.start()


async def _keep_open(chosen: Settings, ready: Ready, terminal: Terminal, drain_s: float) -> int:
    supervisor = Supervisor(chosen, ready, terminal.say)
    with terminal.signals() as asked:
        terminal.progress("starting Asterisk and the controller")
        await start_or_fail(supervisor)
        try:
            terminal.print(welcome(chosen, ready, supervisor, with_passwords=terminal.is_one))
            async with asyncio.TaskGroup() as tasks:
                working = (
                    tasks.create_task(supervisor.keep(), name="keep"),
                    tasks.create_task(build_page(chosen, terminal), name="page"),
                )
                await asked.stop.wait()
                for task in working:
                    task.cancel()
        finally:
            terminal.say(
                "info", "stopping: first the controller, which gives its callers to the fallback; then Asterisk"
            )
            await supervisor.stop(drain_s, asked.hurry)
    terminal.say("info", f"stopped; records and recordings stay in {chosen.state_dir}")
    return GOOD


async def _serve(chosen: Settings, lock: PidLock, manager: ServiceManager, started_by: int | None) -> None:
    """Serve; first stand by, unless ``started_by`` is None."""
    from ntpd112.app import Controller  # noqa: PLC0415  half a second that only the controller needs

    go_first()  # not before: to import is no hurry that would be worth a stutter in what people say
    with manager.watching():
        if chosen.has_others:
            await serve_among_others(chosen, lock, manager, started_by, partial(configure, log_file(chosen)))
            return
        if started_by is not None:
            if not await Standby(chosen, lock, started_by, manager).turn():
                return
            configure(log_file(chosen))
        await Controller(chosen, manager=manager).run()


def _stop_leftover(chosen: Settings, *, force: bool) -> bool:
    """Stop an Asterisk whose supervisor was killed."""
    layout = Layout.of(chosen)
    pid = running_pid(layout)
    ended = asyncio.run(end_leftover(chosen))
    if not pid:
        return ended
    if force:
        os.kill(pid, signal.SIGKILL)
        return True

    async def stopped() -> None:
        install = find_asterisk(chosen.asterisk, chosen.cache_dir)
        if install is None:
            raise HostError("Asterisk's program is gone while it runs; use `ntpd112 stop --force`")
        asterisk = AsteriskProcess(chosen, install)
        await asterisk.adopt()
        await asterisk.stop()

    with told():
        asyncio.run(stopped())
    return True


def taken(lock: PidLock) -> int:
    """Take a lock, and return the pid of whoever has it already."""
    with told():
        return lock.take()
    return 0


def _example(setting: str) -> str:
    return {
        "NTPD112_SIP_PORT": "5070",
        "NTPD112_ARI_PORT": "8098",
        "NTPD112_AMI_PORT": "5048",
        "NTPD112_TRACE_PORT": "9070",
    }.get(setting, "...")
