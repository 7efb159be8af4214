"""The two sides: the same Asterisk with ntpd112, and with its own `app_queue` and a plain dialplan."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import shutil
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ntpd112.core.messages import PresenceSet
from ntpd112.host.asterisk_process import AsteriskProcess
from ntpd112.host.layout import Layout
from ntpd112.host.render import word
from ntpd112.host.secrets import load_secrets
from ntpd112.host.setup import Ready, prepare
from ntpd112.pbx.ami.client import AmiClient
from ntpd112.settings import Settings
from ntpd112.web.link import Link
from tests.bench.city import bench_city, operators
from tests.bench.crowd import Place
from tests.operation.room import Room
from tests.soak.processes import all_processes, processes

MOST_CALLS = 5_000
_OPPONENT = Path(__file__).parent / "opponent"
_EMPTY_WITHIN_S = 30.0
_SOURCE = 1
"""Column of Asterisk's ledger: who calls."""


class Side(Protocol):
    """One of both, running."""

    name: str
    place: Place
    settings: Settings
    asterisk: AsteriskProcess

    def pids(self) -> dict[str, int]:
        """Return the pid of each process that lives."""

    async def staff(self, on_duty: Iterable[str]) -> None:
        """Let these operators take calls, and no others."""


async def empty(side: Side) -> bool:
    """Return once no call is left, and delete the recordings; False when some stay."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_EMPTY_WITHIN_S):
            while "0 active channels" not in await side.asterisk.rx("core show channels count"):  # noqa: ASYNC110  Asterisk tells nobody
                await asyncio.sleep(0.3)
            for made in Layout.of(side.settings).recordings.iterdir():
                await asyncio.to_thread(shutil.rmtree if made.is_dir() else Path.unlink, made)
            return True
    return False


def fallbacks(side: Side) -> int:
    """Return how many calls the dialplan's fallback has served so far, by Asterisk's own ledger."""
    ledger = Layout.of(side.settings).ledger
    if not ledger.exists():
        return 0
    with ledger.open(newline="", encoding="utf-8", errors="replace") as file:
        # A call has a line for each phone that rang.
        return len({row[_SOURCE] for row in csv.reader(file) if any(cell.endswith(":fallback") for cell in row)})


async def reachable(side: Side, phones: int) -> None:
    """Return once Asterisk reaches so many phones. Raises :class:`TimeoutError`."""
    async with asyncio.timeout(_EMPTY_WITHIN_S):
        while (await side.asterisk.rx("pjsip show contacts")).count(" Avail ") < phones:  # noqa: ASYNC110  as above
            await asyncio.sleep(0.3)


def passwords(side: Side) -> dict[str, str]:
    """Return the phones' passwords."""
    return load_secrets(side.settings.state_dir).sip_passwords


class Ours:
    """ntpd112: a whole room with controller, standby and lifeboat."""

    def __init__(self, room: Room, asterisk: AsteriskProcess, number: int) -> None:
        self.name = "ntpd112"
        self.place = Place(room.network)
        self.settings = room.settings
        self.asterisk = asterisk
        self._room = room
        self._number = number

    def pids(self) -> dict[str, int]:
        return {name: pid for name, pid in processes(self._room).items() if pid}

    async def staff(self, on_duty: Iterable[str]) -> None:
        wanted = set(on_duty)
        async with Link(self.settings) as link:
            for name in operators(self._number):
                await link.send(PresenceSet(name, "available" if name in wanted else "logged_out", "", "bench"))


class AppQueue:
    """Asterisk's `app_queue`."""

    def __init__(self, settings: Settings, asterisk: AsteriskProcess, number: int) -> None:
        self.name = "app_queue"
        self.place = Place(str(settings.sip_address).rpartition(".")[0])
        self.settings = settings
        self.asterisk = asterisk
        self._number = number

    def pids(self) -> dict[str, int]:
        return {"asterisk": self.asterisk.pid}

    async def staff(self, on_duty: Iterable[str]) -> None:
        wanted = set(on_duty)
        password = load_secrets(self.settings.state_dir).ami_password
        address = str(self.settings.manage_address)
        async with AmiClient(address, self.settings.ami_port, "ntpd112", password, timeout_s=5.0) as ami:
            await anext(ami)  # connected
            reading = asyncio.ensure_future(_read(ami))
            try:
                for name in operators(self._number):
                    paused = "false" if name in wanted else "true"
                    await ami.action("QueuePause", Interface=f"PJSIP/{name}", Paused=paused, Queue="citizens")
            finally:
                reading.cancel()


async def _read(ami: AmiClient) -> None:
    async for _ in ami:
        pass


@asynccontextmanager
async def ours(folder: Path, network: str, number: int) -> AsyncIterator[Side]:
    """Run ntpd112 for the length of the block."""
    room = Room(folder / "state", network)
    room.folder.mkdir(parents=True)
    (room.folder / "city.yaml").write_text(bench_city(network, number), encoding="utf-8")
    (room.folder / "instance.yaml").write_text(f"most_calls: {MOST_CALLS}\n", encoding="utf-8")
    try:
        await asyncio.to_thread(room.up)
        await all_processes(room)
        ready = await asyncio.to_thread(prepare, room.settings)
        asterisk = AsteriskProcess(room.settings, ready.install)
        await asterisk.adopt()
        yield Ours(room, asterisk, number)
    finally:
        await asyncio.to_thread(_close, room)


def _close(room: Room) -> None:
    with contextlib.suppress(AssertionError):
        room.interrupt()
    room.clear_up()


@asynccontextmanager
async def app_queue(folder: Path, network: str, number: int) -> AsyncIterator[Side]:
    """Run `app_queue` for the length of the block: the same configuration but for the dialplan and the queue."""
    state = folder / "state"
    state.mkdir(parents=True)
    (state / "city.yaml").write_text(bench_city(network, number), encoding="utf-8")
    address = ip_address(f"{network}.1")
    settings = Settings(state_dir=state, sip_address=address, manage_address=address, most_calls=MOST_CALLS)
    ready = await asyncio.to_thread(prepare, settings)
    _replace_plan(settings, ready)
    asterisk = AsteriskProcess(settings, ready.install)
    await asterisk.start(die_with_parent=True)
    try:
        yield AppQueue(settings, asterisk, number)
    finally:
        await asterisk.stop()


def _replace_plan(settings: Settings, ready: Ready) -> None:
    layout = Layout.of(settings)
    environment = Environment(
        loader=FileSystemLoader(_OPPONENT),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  not HTML
    )
    environment.filters["word"] = word
    language = ready.city.city.languages[0]
    for file in _OPPONENT.glob("*.j2"):
        text = environment.get_template(file.name).render(
            layout=layout, city=ready.city.city, prompt=lambda name: str(layout.sounds / language / name)
        )
        (layout.etc / file.stem).write_text(text, encoding="utf-8")


def settings_of_opponent() -> str:
    """Return how `app_queue` is set, in one line."""
    lines = (_OPPONENT / "queues.conf.j2").read_text(encoding="utf-8").partition("[citizens]")[2].splitlines()
    return ", ".join(line.replace(" ", "") for line in lines if " = " in line)
