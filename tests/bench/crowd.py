"""Everybody who phones in a trial: SIPp processes that run without us and write down every instant."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from ntpd112.simulate.sipp import STOP_WITHIN_S, SimulationError
from tests.bench import scenarios

_SIPP = ("sipp", "-nostdin", "-timer_resol", "1", "-default_behaviors", "all,-abortunexp")
_BIND_S = 0.3
_REGISTER_WITHIN_S = 15.0
_REGISTER_TRIES = 3


@dataclass(frozen=True)
class Crowd:
    """So many callers, so many a second, and how long everybody takes."""

    callers: int
    rate: float
    press_after_s: float = 0.3
    """From the answer to the press of the key."""
    answer_after_s: float = 0.2
    talk_s: float = 2.0

    @property
    def key_after_s(self) -> float:
        """From the answer to the release of the key, which is when Asterisk knows it."""
        return self.press_after_s + scenarios.KEY_LASTS_S

    @property
    def handling_s(self) -> float:
        """How long an operator is busy with one caller."""
        return self.answer_after_s + self.talk_s


@dataclass(frozen=True)
class Logs:
    """What both processes wrote."""

    citizens: list[str]
    phones: list[str]
    sent: int


@dataclass(frozen=True)
class Place:
    """Where everybody is: the centre, a trunk and the operators, each on an address of its own."""

    network: str

    @property
    def centre(self) -> str:
        return f"{self.network}.1:5060"

    @property
    def trunk(self) -> str:
        return f"{self.network}.11"

    @property
    def operators(self) -> str:
        return f"{self.network}.21"


async def register(place: Place, passwords: dict[str, str], folder: Path) -> None:
    """Register every phone from the port where :func:`phones` will listen, all once more when one was not heard.

    Raises :class:`SimulationError`.
    """
    for _ in range(_REGISTER_TRIES):
        said = await _register(place, passwords, folder)
        if not said:
            return
    raise SimulationError(f"not every phone could register: {said}")


async def _register(place: Place, passwords: dict[str, str], folder: Path) -> str:
    rows = [f"{name};[authentication username={name} password={word}];" for name, word in passwords.items()]
    options = ("-m", str(len(rows)), "-r", "200")
    process = await _start(
        place, place.operators, 5060, "register", scenarios.register(), folder, *options, injected=rows
    )
    try:
        async with asyncio.timeout(_REGISTER_WITHIN_S):
            status = await process.wait()
    except TimeoutError:
        return f"no answer within {_REGISTER_WITHIN_S:g} s"
    finally:
        await _stop(process)
    errors = folder / "register.errors"
    said = errors.read_text(errors="replace")[-1000:] if errors.exists() else ""
    return f"SIPp's exit code is {status}; {said}" if status else ""


@asynccontextmanager
async def phones(place: Place, crowd: Crowd, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Let the operators' phones listen for the length of the block."""
    text = scenarios.phones(_ms(crowd.answer_after_s), _ms(crowd.talk_s))
    process = await _start(place, place.operators, 5060, "phones", text, folder)
    try:
        await asyncio.sleep(_BIND_S)
        yield process
    finally:
        await _stop(process)


class Citizens:
    """The callers of a trial, who begin to call at once."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self._process = process
        self._folder = folder

    @classmethod
    @asynccontextmanager
    async def calling(cls, place: Place, crowd: Crowd, numbers: Iterable[str], folder: Path) -> AsyncIterator[Citizens]:
        """Let them call for the length of the block."""
        text = scenarios.citizens(_ms(crowd.press_after_s))
        rows = [f"{number};" for number in numbers]
        options = ("-m", str(crowd.callers), "-r", f"{crowd.rate:g}", "-l", str(crowd.callers))
        process = await _start(place, place.trunk, 5060, "citizens", text, folder, *options, injected=rows)
        try:
            yield cls(process, folder)
        finally:
            await _stop(process)

    def happened(self, event: str) -> int:
        """Return how often an event was logged so far."""
        return sum(line.startswith(f"{event}\t") for line in lines(self._folder / "citizens.log"))

    async def everybody(self, event: str, crowd: Crowd, within_s: float) -> bool:
        """Return once it has happened to every caller; False when it does not."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self.happened(event) + self.happened("refused") < crowd.callers:  # noqa: ASYNC110  a file
                    await asyncio.sleep(0.2)
                return True
        return False

    async def finished(self, within_s: float) -> bool:
        """Return once everybody has been served or refused; False when that does not happen in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._process.wait()
                return True
        return False

    @property
    def pid(self) -> int:
        return self._process.pid


def collect(folder: Path, crowd: Crowd) -> Logs:
    """Return what was written."""
    return Logs(lines(folder / "citizens.log"), lines(folder / "phones.log"), crowd.callers)


def lines(file: Path) -> list[str]:
    """Return a log's whole lines; none when there is no log yet."""
    if not file.exists():
        return []
    return file.read_text(errors="replace").splitlines()


def clear(folder: Path) -> None:
    """Forget the last trial."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


async def _start(
    place: Place, ip: str, port: int, name: str, text: str, folder: Path, *options: str, injected: Sequence[str] = ()
) -> asyncio.subprocess.Process:
    (folder / f"{name}.xml").write_text(text, encoding="utf-8")
    more: tuple[str, ...] = ()
    if injected:
        (folder / f"{name}.csv").write_text("\n".join(["SEQUENTIAL", *injected]) + "\n", encoding="utf-8")
        more = ("-inf", f"{name}.csv")
    return await asyncio.create_subprocess_exec(
        *(*_SIPP, place.centre, "-i", ip, "-p", str(port), "-t", "u1", *options, *more),
        *("-trace_logs", "-log_file", f"{name}.log", "-trace_err", "-error_file", f"{name}.errors"),
        *("-sf", f"{name}.xml"),
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        process_group=0,
    )


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(STOP_WITHIN_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
