"""An emergency room on several machines: one has Asterisk, all have a controller, which knows nothing of the others.

Each machine is an address and a folder of its own. What an admin would copy is copied: the passwords and the city file.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from ntpd112.core.view import CallView
from ntpd112.host.secrets import load_secrets
from ntpd112.journal import journals
from ntpd112.pbx.ari.client import AriClient
from ntpd112.pbx.ari.errors import NoAnswerError
from ntpd112.pbx.lease import VARIABLE, Lease, parse
from ntpd112.settings import Settings
from ntpd112.simulate import Address, Answer, Citizen, NoAnswer, Press, SoftPhone
from ntpd112.store.engine import open_database
from ntpd112.store.queries import Records
from ntpd112.store.transaction import close_database
from ntpd112.supervise.child import environment
from ntpd112.supervise.pidlock import PidLock
from ntpd112.web.control import State
from ntpd112.web.link import Link, LinkError
from tests.asterisk import Instance, private_asterisk
from tests.exchange.desk import OPERATOR_HZ, hears_an_operator
from tests.networks import network
from tests.postgres import PostgresServer
from tests.stories.city import city_text

NETWORK = network(190)
WITHIN_S = 60.0
_LOOK_S = 0.02
PORT = 5112


class Machine:
    """One machine's controller, as a process that somebody starts again when asked to."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self.more: dict[str, str] = {}
        """Further environment variables."""

    @property
    def place(self) -> str:
        return self.settings.journal_place

    def start(self) -> None:
        """Start its controller: it serves when nobody else does."""
        own = {key: value for key, value in os.environ.items() if not key.startswith("NTPD112_")}
        with (self.settings.state_dir / "words").open("ab") as words:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ntpd112", "run", "--standby"],
                env=own | dict(environment(self.settings)) | self.more,
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
            )

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    async def ended(self) -> int:
        """Wait for its end; return its exit status."""
        assert self._process is not None
        status = await asyncio.to_thread(self._process.wait, WITHIN_S)
        self._process = None
        return status

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def remove(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    async def state(self) -> State | None:
        """Return its room; None while it does not serve."""
        async with Link(self.settings) as link:
            try:
                state = await link.state(5.0)
            except LinkError:
                return None
        return state if state.health.ari else None

    async def calls(self) -> dict[str, CallView]:
        """Return its calls once it serves."""
        async with asyncio.timeout(WITHIN_S):
            while (state := await self.state()) is None:  # noqa: ASYNC110  a process tells nobody
                await asyncio.sleep(_LOOK_S)
        return {call.call_id: call for call in state.room.calls}

    async def has(self, *states: str) -> dict[str, CallView]:
        """Wait until its calls, in the order of their turns, are in these states; return them."""
        found: list[str] = []
        try:
            async with asyncio.timeout(WITHIN_S):
                while found != list(states):
                    calls = await self.calls()
                    found = [call.state for call in calls.values()]
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            raise AssertionError(f"not {states} but {found}; it said:\n{self.log()}") from None
        return calls

    async def stands_by_for(self, other: Machine) -> None:
        """Wait until it has the journal of another machine's controller, which serves."""
        serving = lease_of(other)
        try:
            async with asyncio.timeout(WITHIN_S):
                while not (process := await serving()) or self._follows() != process:  # noqa: ASYNC110  a file tells nobody
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            raise AssertionError(f"it does not stand by for {other.place}; it said:\n{self.log()}") from None

    async def says(self, what: str) -> None:
        """Wait until it has said something."""
        try:
            async with asyncio.timeout(WITHIN_S):
                while what not in self.log():  # noqa: ASYNC110  a file tells nobody
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            raise AssertionError(f"it did not say {what!r}, but:\n{self.log()}") from None

    def _follows(self) -> str:
        mark = self.settings.state_dir / "journal" / "followed"
        return mark.read_text() if mark.exists() else ""

    def is_standing_by(self) -> bool:
        """Tell whether it has the place of a standby, and not that of the one who serves."""
        return bool(PidLock.of_standby(self.settings).owner()) and not PidLock.of_controller(self.settings).owner()

    def journals(self) -> list[Path]:
        """Return its journals, the oldest first."""
        return journals(self.settings.state_dir / "journal")

    def journal(self) -> bytes:
        """Return its latest journal."""
        return self.journals()[-1].read_bytes()

    def log(self) -> str:
        """Return what its controllers have said, serving or standing by."""
        files = [self.settings.state_dir / "log" / name for name in ("standby.log", "controller.log")]
        return "".join(file.read_text(errors="replace") for file in files if file.exists())


def lease_of(machine: Machine) -> Callable[[], Awaitable[str]]:
    """Return a look at the name under which a machine's controller serves; empty while it does not."""
    own = machine.settings
    password = load_secrets(own.state_dir).ari_password

    async def look() -> str:
        lease = await _lease(f"http://{own.manage_address}:8088/ari", password)
        return lease.process if lease is not None and lease.instance == machine.place else ""

    return look


async def _lease(url: str, password: str) -> Lease | None:
    """Look; None also while a busy machine answers too late."""
    async with AriClient(url, "ntpd112", password, timeout_s=2.0) as ari:
        try:
            return parse((await ari.asterisk_get_global_var(variable=VARIABLE)).value)
        except NoAnswerError:
            return None


@dataclass
class Centre:
    """Machines with controllers, and the one Asterisk."""

    instance: Instance
    machines: list[Machine]
    enter: AsyncExitStack

    async def lease(self) -> Lease | None:
        """Return what Asterisk says of who serves."""
        return await _lease(self.instance.ari_url, self.instance.secrets.ari_password)

    async def serves(self, among: Iterable[Machine], *, not_as: str = "") -> Machine:
        """Wait until one of these machines serves, by another process than ``not_as``; return it."""
        among = list(among)
        try:
            async with asyncio.timeout(WITHIN_S):
                while True:
                    lease = await self.lease()
                    for machine in among:
                        if (
                            lease is not None
                            and (lease.instance, lease.released) == (machine.place, False)
                            and lease.process != not_as
                            and await machine.state()
                        ):
                            return machine
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            said = "\n".join(f"{machine.place}: {machine.log()}" for machine in self.machines)
            raise AssertionError(f"nobody serves; {await self.lease()}\n{said}") from None

    async def phone(self, operator: str, host: int, behaviour: Answer | NoAnswer) -> SoftPhone:
        """Switch on an operator's phone and log it in."""
        password = self.instance.secrets.sip_passwords[operator]
        phone: SoftPhone = await self.enter.enter_async_context(
            SoftPhone(
                Address(f"{NETWORK}.1"),
                f"{NETWORK}.{host}",
                operator,
                password,
                behaviour=behaviour,
                tone_hz=OPERATOR_HZ,
            )
        )
        await phone.dial_and_wait("*11")
        return phone

    async def citizen(self, number: int) -> Citizen:
        """Let somebody call, who wants the police."""
        citizen: Citizen = await self.enter.enter_async_context(
            Citizen(Address(f"{NETWORK}.1"), f"{NETWORK}.11", ani=f"021555010{number}", steps=[Press("2")])
        )
        return citizen

    async def records(self, number: int) -> list[tuple[str, str]]:
        """Return call and outcome of every record, once there are so many."""
        engine = open_database(self.machines[0].settings.database)
        try:
            async with asyncio.timeout(WITHIN_S):
                while len(found := await Records(engine).calls_since(0.0)) < number:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
        finally:
            await close_database(engine)
        return sorted((record.call_id, record.outcome) for record in found)


@dataclass
class Scene:
    """A talking, a ringing and a waiting caller, and the phones of two operators."""

    talking: Citizen
    ringing: Citizen
    waiting: Citizen
    talks: SoftPhone
    rings: SoftPhone
    before: dict[str, CallView]
    rang: int
    """How often the phone that rings has been in use."""

    async def is_unchanged_at(self, machine: Machine) -> None:
        """Check that everybody is where they were, with turn and clocks."""
        now = await machine.has("talking", "ringing", "waiting")
        assert [_kept(call) for call in now.values()] == [_kept(call) for call in self.before.values()]
        await hears_an_operator(self.talking)
        assert not self.talks.calls[-1].is_over
        assert not self.rings.calls[-1].is_over
        assert len(self.rings.calls) == self.rang

    async def ends(self, centre: Centre) -> None:
        """Let everybody be answered in turn; each call has one record."""
        self.rings.calls[-1].answer()
        await hears_an_operator(self.ringing)
        self.talking.hang_up()
        await self.talking.ended()
        await hears_an_operator(self.waiting)
        for citizen in (self.ringing, self.waiting):
            citizen.hang_up()
            await citizen.ended()
        assert await centre.records(3) == sorted((call_id, "answered") for call_id in self.before)


def _kept(call: CallView) -> tuple[object, ...]:
    clocks = call.arrived_at, call.queued_at, call.connected_at
    return call.call_id, call.turn, call.state, *clocks, call.ringing, call.speaks_with


async def scene(centre: Centre, machine: Machine) -> Scene:
    """Let three people call the room that a machine serves, with two operators."""
    talks = await centre.phone("203", 21, Answer(0.2))
    first = await centre.citizen(1)
    await hears_an_operator(first)
    rings = await centre.phone("202", 22, NoAnswer())
    second = await centre.citizen(2)
    await machine.has("talking", "ringing")
    third = await centre.citizen(3)
    before = await machine.has("talking", "ringing", "waiting")
    return Scene(first, second, third, talks, rings, before, len(rings.calls))


@asynccontextmanager
async def centre(tmp_path: Path, postgres: PostgresServer, machines: int = 2) -> AsyncIterator[Centre]:
    """Run Asterisk, and prepare so many machines; the first is Asterisk's own. Nobody serves yet."""
    text = (
        city_text(NETWORK, ring_s=60, outside_s=90)
        .replace("after_s: 6,", "after_s: 70,")
        .replace("after_s: 8,", "after_s: 80,")
    )
    shared = {"database_url": postgres.url(), "lifeboat_after_s": 20.0, "journal_port": PORT}
    address = ip_address(f"{NETWORK}.1")
    async with private_asterisk(tmp_path, sip_address=str(address), city=text) as instance:
        first = instance.settings.model_copy(update={**shared, "journal_address": address})
        made = [Machine(first)]
        for number in range(2, machines + 1):
            folder = tmp_path / f"machine{number}"
            folder.mkdir()
            for name in ("secrets.json", "city.yaml"):
                shutil.copy(first.state_dir / name, folder)
            elsewhere = {
                "state_dir": folder,
                "asterisk": "elsewhere",
                "asterisk_state_dir": str(first.state_dir),
                "journal_address": ip_address(f"{NETWORK}.{number}"),
            }
            made.append(Machine(first.model_copy(update=elsewhere)))
        try:
            async with AsyncExitStack() as parties:
                yield Centre(instance, made, parties)
        finally:
            for machine in made:
                machine.remove()
