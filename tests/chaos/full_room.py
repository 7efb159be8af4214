"""A room full of waiting callers loses both controllers: how soon do callers have somebody again, with whose turns?"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import time
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ntpd112.host.secrets import load_secrets
from ntpd112.pbx.ami.client import AmiClient
from ntpd112.simulate import Address, Answer, Citizen, Press, SoftPhone
from ntpd112.supervise.controller_process import log_file
from ntpd112.web.link import Link, LinkError
from tests.chaos.drill import recorded, serves_again
from tests.operation.room import Room
from tests.stories.city import city_text

SCENARIOS = Path(__file__).parents[2] / "sipp-scenarios"
_RATE = 40
_WITHIN_S = 60.0


@dataclass
class Told:
    """What became of them."""

    callers: int
    has_media: bool
    kill_to_serving_s: float
    start_to_serving_s: float
    """Of the new controller's process: from its start to the first call that it takes up."""
    failures: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        media = "with" if self.has_media else "without"
        return (
            f"{self.callers} callers wait {media} music and recordings, both controllers are killed: served again "
            f"{self.kill_to_serving_s:.1f} s later, {self.start_to_serving_s:.1f} s after the start of the next "
            f"controller; {len(self.failures)} failures"
        )


@contextmanager
def open_full_room(folder: Path, network: str) -> Iterator[Room]:
    """Run a room with nowhere to overflow to for now."""
    room = Room(folder / "state", network)
    room.more = {
        "NTPD112_MOST_CALLS": "2000",
        "NTPD112_RTP_LAST": "19999",
        "NTPD112_LIFEBOAT_AFTER_S": "20",  # it has drills of its own; on a busy machine it would be faster
        "NTPD112_BROADCAST_CLAIM_MS": "3000",
        "NTPD112_MUSIC_A_CPU": "1000",  # all of them hear some, where there is any
    }
    room.folder.mkdir(parents=True)
    text = city_text(network).replace("    ring_s: 3\n", "    ring_s: 3\n    max_waiting: 2000\n")
    text = text.replace("comfort_every_s: 5\n", "comfort_every_s: 30\n")  # as in a city
    for after_s in (6, 8, 20, 40):
        text = text.replace(f"after_s: {after_s}, to", f"after_s: {3500 + after_s}, to")
    (room.folder / "city.yaml").write_text(text, encoding="utf-8")
    try:
        room.up()
        yield room
    finally:
        room.clear_up()


async def full_room(room: Room, number: int, patience_s: float = 60.0, *, has_media: bool = True) -> Told:
    """Let so many wait, kill, look.

    ``patience_s``: they stay for so long after the last one has come. ``has_media``: with music and recordings, which
    take the processor from the controller that is timed.
    """
    if not has_media:
        await _quieten(room)
    async with _busy_operator(room), _crowd(room, number, patience_s) as crowd:
        before = await _waiting(room, number)
        run = room.folder / "run"
        for place in ("standby.pid", "controller.pid"):
            os.kill(int((run / place).read_text()), signal.SIGKILL)
        killed = time.monotonic()
        await serves_again(room)
        told = Told(number, has_media, time.monotonic() - killed, _start_to_serving(room))
        after = await _waiting(room, number)
        if after != before:
            told.failures.append("turns are others than before")
        await crowd.wait()
    told.failures += await _not_recorded(room, number)
    return told


async def _quieten(room: Room) -> None:
    """Let Asterisk make neither music nor recordings: a thousand times both are more than this machine's cores."""
    place, password = str(room.settings.manage_address), load_secrets(room.folder).ami_password
    async with AmiClient(place, room.settings.ami_port, "ntpd112", password, timeout_s=5.0) as ami:
        await anext(ami)  # connected
        reading = asyncio.ensure_future(ami.run(lambda _: None))
        try:
            for module in ("app_mixmonitor.so", "res_musiconhold.so"):
                await ami.action("ModuleLoad", Module=module, LoadType="unload")
        finally:
            reading.cancel()


@asynccontextmanager
async def _busy_operator(room: Room) -> AsyncIterator[None]:
    """Somebody is on duty, and speaks."""
    target = Address(f"{room.network}.1")
    password = room.password("203")
    phone = SoftPhone(target, f"{room.network}.21", "203", password, behaviour=Answer(0.1))
    async with phone, Citizen(target, f"{room.network}.12", ani="0219999999", steps=[Press("2")]):
        await phone.dial_and_wait("*11")
        await (await phone.call()).answered()
        yield


@asynccontextmanager
async def _crowd(room: Room, number: int, patience_s: float) -> AsyncIterator[asyncio.subprocess.Process]:
    """So many call, and stay for a while after the last one has come."""
    folder = room.folder.parent / "scenarios"
    shutil.copytree(SCENARIOS, folder)
    stay_ms = int((number / _RATE + patience_s) * 1000)
    callers = (f'"x" <sip:021{ani:07}@{room.network}.11>;112;{stay_ms}' for ani in range(number))
    (folder / "152-flood" / "data.csv").write_text("SEQUENTIAL\n" + "\n".join(callers) + "\n")
    command = [
        *("sipp", f"{room.network}.1:5060", "-nostdin", "-inf", "data.csv", "-i", f"{room.network}.11"),
        *("-m", str(number), "-r", str(_RATE), "-l", str(number), "-sf", "../shared/flood.xml"),
    ]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder / "152-flood", stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _waiting(room: Room, number: int) -> list[str]:
    """Return the waiting calls in the order of their turns, once there are so many."""
    async with Link(room.settings) as link, asyncio.timeout(number / _RATE + _WITHIN_S):
        while True:
            with contextlib.suppress(LinkError):
                calls = [call for call in (await link.state()).room.calls if call.state == "waiting"]
                if len(calls) == number:
                    return [call.call_id for call in sorted(calls, key=lambda call: (call.priority, call.turn))]
            await asyncio.sleep(0.25)


def _start_to_serving(room: Room) -> float:
    """Return how long the process that serves took, from its start to what it says when it has taken up the calls."""
    pid = int((room.folder / "run" / "controller.pid").read_text())
    ticks = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    up_s = float(Path("/proc/uptime").read_text().split()[0])
    started_at = time.time() - up_s + ticks / os.sysconf("SC_CLK_TCK")
    said = [json.loads(line) for line in log_file(room.settings).read_text().splitlines()]
    taken_up = next(line for line in reversed(said) if line["event"] == "taken_up")
    return datetime.fromisoformat(taken_up["timestamp"]).timestamp() - started_at


async def _not_recorded(room: Room, number: int) -> list[str]:
    wanted = {f"021{ani:07}" for ani in range(number)}
    found: list[str] = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_WITHIN_S):
            while not wanted <= set(found):
                await asyncio.sleep(0.5)
                found = [record.ani_raw for record in await recorded(room) if record.outcome == "abandoned"]
    missing = sum(found.count(ani) != 1 for ani in wanted)
    return [f"{missing} callers have not one record that says that they hung up"] if missing else []
