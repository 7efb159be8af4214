"""Which instance a command means, and questions to its controller and its records."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from pydantic import ValidationError

from ntpd112.cli.output import CANNOT, MACHINE, NOT_RUNNING, WRONG, fail
from ntpd112.config.load import CityFile, load_city
from ntpd112.config.problem import CityError
from ntpd112.core.messages import Event
from ntpd112.settings import Settings
from ntpd112.store.engine import database_url, is_sqlite, open_database, sqlite_file
from ntpd112.store.errors import StoreError
from ntpd112.store.queries import Records
from ntpd112.store.trouble import TROUBLE, explain
from ntpd112.web.control import State
from ntpd112.web.link import Link, LinkError, RefusedError

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
    own = Path(sys.argv[0]).absolute()
    return str(own.relative_to(Path.cwd())) if own.is_relative_to(Path.cwd()) else str(own)


def city(chosen: Settings) -> CityFile:
    """Return the city file, or end the command with its mistakes."""
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


def ask_records(question: Callable[[Records], Awaitable[T]]) -> T:
    """Ask the records, whether the controller runs or not."""
    chosen = settings()

    async def asked() -> T:
        engine = open_database(chosen.database)
        try:
            return await question(Records(engine))
        finally:
            await engine.dispose()

    try:
        url = database_url(chosen.database)
        if is_sqlite(url) and not sqlite_file(url).exists():
            fail(
                f"there are no records yet in {chosen.state_dir}",
                "name the right folder: ntpd112 --state-dir FOLDER ...",
            )
        return asyncio.run(asked())
    except StoreError as error:
        fail(str(error), "", MACHINE)
    except TROUBLE as error:
        what = explain(error) if isinstance(error, Exception) else str(error)
        fail(f"the records cannot be asked: {what}", "calls go on without them; is the database running?", MACHINE)
