"""Citizens by the hundred: a few SIPp processes, fed with the same mix of people as the demo's."""

from __future__ import annotations

import asyncio
import contextlib
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

from ntpd112.demo.mix import Caller, Crowd
from ntpd112.simulate.citizen import HangUp, Press

_SHARED = Path(__file__).parents[2] / "sipp-scenarios" / "shared"
_AGAIN_AFTER = 10
"""Who dials again does so this many callers later."""
FIRST_PORT = 5070
"""Of the SIP ports; each lot of callers has one of its own."""
_FIRST_AUDIO_PORT, _AUDIO_PORTS, _AUDIO_RANGES = 20_000, 1_000, 40
_PERIOD_MS = 10_000
"""SIPp spreads its calls evenly over this time, so that rates need not be whole numbers."""


def crowd_of(number: int, crowd: Crowd, random: Random) -> list[Caller]:
    """Return so many calls in their order, those of people who dial again among them."""
    coming: list[Caller] = []
    again: dict[int, Caller] = {}
    for caller in crowd.callers(random):
        while (late := again.pop(len(coming), None)) is not None:
            coming.append(late)
        if len(coming) >= number:
            return coming[:number]
        coming.append(caller)
        if caller.dials_again:
            place = len(coming) + _AGAIN_AFTER
            while place in again:
                place += 1
            again[place] = caller
    return coming


def row(caller: Caller, network: str) -> str:
    """Write the line of ``caller.xml``'s data that makes this call."""
    identity, host = caller.identity, f"{network}.{caller.host}"
    who = f"<sip:{identity.ani}@{host}>" if identity.ani else '"Anonymous" <sip:anonymous@anonymous.invalid>'
    presses = [step for step in caller.steps if isinstance(step, Press)]
    ends = next(step for step in caller.steps if isinstance(step, HangUp))
    key = presses[-1].digits if presses else ""
    before_s = presses[-1].after_s if presses else 0.0
    stay_s = max(0.5, ends.after_s - before_s)
    privacy = "Privacy: id" if identity.privacy else ""
    fields = (who, identity.ddi, key, "event", f"{before_s * 1000:.0f}", f"{int(bool(key))}", f"{stay_s * 1000:.0f}")
    return ";".join((*fields, privacy, "", "8 98"))


@asynccontextmanager
async def calling(
    callers: Sequence[Caller], rate: float, network: str, port: int, folder: Path
) -> AsyncIterator[list[Process]]:
    """Let them call at this rate, a process for each trunk, for the length of the block."""
    started: list[Process] = []
    try:
        for host in sorted({caller.host for caller in callers}):
            theirs = [caller for caller in callers if caller.host == host]
            data = folder / f"callers-{port}-{host}.csv"
            data.write_text("SEQUENTIAL\n" + "\n".join(row(one, network) for one in theirs) + "\n", encoding="utf-8")
            started.append(await _start(data, f"{network}.{host}", f"{network}.1", port, theirs, rate / len(callers)))
        yield started
    finally:
        for process in started:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _start(data: Path, ip: str, centre: str, port: int, callers: Sequence[Caller], share: float) -> Process:
    in_period = max(1, round(share * len(callers) * _PERIOD_MS / 1000))
    command = [
        *("sipp", f"{centre}:5060", "-nostdin", "-i", ip, "-p", str(port), "-inf", str(data)),
        *("-m", str(len(callers)), "-l", str(len(callers)), "-r", str(in_period), "-rp", str(_PERIOD_MS)),
        *("-mp", str(_FIRST_AUDIO_PORT + (port - FIRST_PORT) % _AUDIO_RANGES * _AUDIO_PORTS)),
        *("-trace_err", "-error_file", str(data.with_suffix(".errors")), "-sf", "../shared/caller.xml"),
    ]
    return await asyncio.create_subprocess_exec(*command, cwd=_SHARED, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)


def failed(folder: Path) -> Iterable[str]:
    """Yield what SIPp found wrong with calls."""
    for file in sorted(folder.glob("*.errors")):
        yield from (line for line in file.read_text(errors="replace").splitlines() if "Aborting call" in line)
