"""Which instance a command means, and questions to its controller."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from ntpd112.cli.output import CANNOT, NOT_RUNNING, WRONG, fail
from ntpd112.core.messages import Event
from ntpd112.settings import Settings
from ntpd112.settings_file import SettingsError, instance_settings
from ntpd112.web.control import State
from ntpd112.web.link import Link, LinkError, RefusedError

if TYPE_CHECKING:
    from ntpd112.config.load import CityFile

T = TypeVar("T")

StateDir = Annotated[
    Path | None,
    typer.Option(
        "--state-dir", metavar="FOLDER", help="The instance's folder; left out: .ntpd112 or NTPD112_STATE_DIR."
    ),
]


def choose_instance(state_dir: Path | None) -> None:
    """Make the following commands mean this instance."""
    if state_dir is not None:
        os.environ["NTPD112_STATE_DIR"] = str(state_dir)


def settings() -> Settings:
    """Return the instance's settings; the last good ones when its file is damaged. Ends the command without any."""
    try:
        return instance_settings(lambda text: sys.stderr.write(f"warning: {text}\n"))
    except SettingsError as error:
        fail(str(error), "correct NTPD112_... in the environment, or instance.yaml in the instance's folder")


def program() -> str:
    """Return how this user calls us, for examples that can be copied."""
    if shutil.which("ntpd112"):
        return "ntpd112"
    here, own = Path.cwd(), Path(sys.executable).with_name("ntpd112")
    return str(own.relative_to(here)) if own.is_relative_to(here) else str(own)


def city(chosen: Settings) -> CityFile:
    """Return the city file, the last good one when that has mistakes; ends the command with them without one."""
    from ntpd112.config.problem import CityError  # noqa: PLC0415  its schema takes longer to load than `status` to run
    from ntpd112.host.last_good import city_to_serve  # noqa: PLC0415

    try:
        found, trouble = city_to_serve(chosen)
        if trouble:
            sys.stderr.write(f"warning: {trouble}\n")
        return found
    except CityError as error:
        missing = not chosen.city_file.exists()
        cure = f"run `{program()} setup`" if missing else f"run `{program()} check` and correct it"
        fail(str(error), cure, CANNOT if missing else WRONG)


def ask(question: Callable[[Link], Awaitable[T]]) -> T:
    """Ask the running controller; ends the command with cause and cure when that fails."""
    chosen = settings()

    async def asked() -> T:
        async with Link(chosen) as link:
            return await question(link)

    try:
        return asyncio.run(asked())
    except LinkError as error:
        fail(str(error), error.cure, NOT_RUNNING)
    except RefusedError as error:
        fail(str(error), "", CANNOT)


def state() -> State:
    """Return the room as it is now."""
    return ask(Link.state)


def send(*events: Event) -> None:
    """Let the controller hear events."""

    async def sent(link: Link) -> None:
        for event in events:
            await link.send(event)

    ask(sent)
