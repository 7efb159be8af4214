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
from pydantic import ValidationError

from ntpd112.cli.output import CANNOT, NOT_RUNNING, WRONG, fail
from ntpd112.core.messages import Event
from ntpd112.settings import Settings
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
    """Return the instance's settings; ends the command when they are wrong."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'instance.yaml'}: {one['msg']}"
            for one in error.errors(include_url=False)
        )
        fail(f"the instance's settings are wrong: {wrong}", "correct NTPD112_... in the environment, or instance.yaml")
    except (OSError, ValueError) as error:
        fail(f"the instance's settings cannot be read: {error}", "correct instance.yaml in the instance's folder")


def program() -> str:
    """Return how this user calls us, for examples that can be copied."""
    if shutil.which("ntpd112"):
        return "ntpd112"
    here, own = Path.cwd(), Path(sys.executable).with_name("ntpd112")
    return str(own.relative_to(here)) if own.is_relative_to(here) else str(own)


def city(chosen: Settings) -> CityFile:
    """Return the city file, or end the command with its mistakes."""
    from ntpd112.config.load import load_city  # noqa: PLC0415  its schema takes longer to load than `status` to run
    from ntpd112.config.problem import CityError  # noqa: PLC0415

    try:
        return load_city(chosen.city_file)
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
