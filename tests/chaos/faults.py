"""What is broken in a drill: done to real processes and sockets, and undone."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ntpd112.store.engine import open_database
from ntpd112.store.transaction import close_database
from tests.chaos.ground import Ground
from tests.chaos.people import People, Stage
from tests.operation.room import Room


@dataclass(frozen=True)
class Fault:
    """One way to break something, and what DESIGN says of it."""

    name: str
    strike: Callable[[People], Awaitable[None]]
    mend: Callable[[Ground], Awaitable[None]] | None = None
    """Undoes it, once it is known what became of the callers, before the records are counted."""
    lost: frozenset[Stage] = frozenset()
    """The stages whose callers may be lost."""
    lone: frozenset[Stage] = frozenset()
    """Those whose caller has lost a human, and is to hear another."""
    alarm: str = ""
    """The kind of alarm that has to be raised."""


async def _kill_controller(people: People) -> None:
    await _signal(people, signal.SIGKILL)


async def _stop_controller(people: People) -> None:
    await _signal(people, signal.SIGSTOP)


async def _hand_over(people: People) -> None:
    await _signal(people, signal.SIGUSR1)


async def _kill_both(people: People) -> None:
    """Kill the standby, then the controller: only the exchange and the lifeboat are left for a moment."""
    run = people.room.folder / "run"
    for name in ("standby.pid", "controller.pid"):
        os.kill(int((run / name).read_text()), signal.SIGKILL)


async def _freeze_both(people: People) -> None:
    """Let neither controller do anything for long: the lifeboat has to."""
    run = people.room.folder / "run"
    pids = [int((run / name).read_text()) for name in ("standby.pid", "controller.pid")]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    await asyncio.sleep(6.0)
    for pid in pids:
        try:
            os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            continue


async def _kill_asterisk(people: People) -> None:
    os.kill(people.room.asterisk(), signal.SIGKILL)


async def _signal(people: People, number: signal.Signals) -> None:
    os.kill(await asyncio.to_thread(people.room.controller), number)


async def _cut_connections(room: Room, port: int) -> None:
    """Reset every connection to this port of the exchange's, as a broken network or a firewall does."""
    address = f"{room.network}.1"
    for words in (("dst", address, "dport", "=", str(port)), ("src", address, "sport", "=", str(port))):
        await asyncio.to_thread(subprocess.run, ["ss", "-K", *words], capture_output=True, check=True)


async def _cut_ari(people: People) -> None:
    await _cut_connections(people.room, 8088)


async def _cut_ami(people: People) -> None:
    await _cut_connections(people.room, 5038)


async def _phone_vanishes_ringing(people: People) -> None:
    people.phones["203"].vanish()


async def _phone_vanishes_talking(people: People) -> None:
    people.phones["201"].vanish()
    await asyncio.sleep(0.5)
    people.ears["talking"].start()


async def _stop_database(people: People) -> None:
    people.ground.database.stop()


async def _start_database(ground: Ground) -> None:
    await asyncio.sleep(60.0 - _DRILL_S)
    ground.database.start()


async def _fill_database_disk(people: People) -> None:
    """Fill it, and use up what the database had set aside for its log: a few records would still fit in there."""
    people.ground.database_disk.fill()
    engine = open_database(people.ground.database.url())
    try:
        async with engine.connect() as connection:
            for _ in range(_LOG_MIB):
                await connection.execute(text("SELECT pg_logical_emit_message(false, 'full', repeat('x', 1 << 20))"))
    except (DBAPIError, OSError):
        pass  # full
    finally:
        await close_database(engine)


async def _empty_database_disk(ground: Ground) -> None:
    ground.database_disk.make_room()
    ground.database.stop()  # it gives up by itself when it cannot write its log any more
    ground.database.start()


async def _fill_recordings_disk(people: People) -> None:
    people.ground.recordings_disk.fill()


async def _empty_recordings_disk(ground: Ground) -> None:
    ground.recordings_disk.make_room()


async def _kill_names(people: People) -> None:
    people.ground.names.die()


async def _revive_names(ground: Ground) -> None:
    ground.names.revive()


async def _step_clock(people: People, seconds: int) -> None:
    people.ground.clock.step(seconds)
    await asyncio.sleep(1.2)  # libfaketime looks once a second


async def _step_clock_and_kill(people: People, seconds: int) -> None:
    await _step_clock(people, seconds)
    await _kill_controller(people)


async def _set_clock_right(ground: Ground) -> None:
    ground.clock.step(0)


@dataclass(frozen=True)
class Kill:
    """Something of a room that dies at random."""

    name: str
    strike: Callable[[Room], Awaitable[None]]


async def _kill_one(room: Room, place: str, number: signal.Signals) -> None:
    """Signal whoever has this place now, if anybody has."""
    try:
        os.kill(int((room.folder / "run" / place).read_text()), number)
    except (OSError, ValueError):
        return


RANDOM = (
    Kill("controller killed", partial(_kill_one, place="controller.pid", number=signal.SIGKILL)),
    Kill("controller hangs", partial(_kill_one, place="controller.pid", number=signal.SIGSTOP)),
    Kill("controller hands over", partial(_kill_one, place="controller.pid", number=signal.SIGUSR1)),
    Kill("standby killed", partial(_kill_one, place="standby.pid", number=signal.SIGKILL)),
    Kill("ARI connections cut", partial(_cut_connections, port=8088)),
    Kill("AMI connections cut", partial(_cut_connections, port=5038)),
)
_LOG_MIB = 1000
_DRILL_S = 15.0
"""What a drill takes, about."""
_HOUR_S = 3600
ASTERISK_GONE: frozenset[Stage] = frozenset({"greeting", "menu", "waiting", "ringing", "talking"})
FAULTS = (
    Fault("controller killed", _kill_controller),
    Fault("controller hangs", _stop_controller),
    Fault("controller hands over", _hand_over),
    Fault("both controllers killed", _kill_both),
    Fault("both controllers hang 6 s", _freeze_both),
    Fault("ARI connections cut", _cut_ari),
    Fault("AMI connections cut", _cut_ami),
    Fault("phone vanishes while it rings", _phone_vanishes_ringing),
    Fault("phone vanishes while talking", _phone_vanishes_talking, lone=frozenset({"talking"}), alarm="human_cut_off"),
    Fault("database stopped 60 s", _stop_database, _start_database, alarm="records_database_down"),
    Fault("database's disk full", _fill_database_disk, _empty_database_disk, alarm="records_database_down"),
    Fault("recordings' disk full", _fill_recordings_disk, _empty_recordings_disk, alarm="disk_nearly_full"),
    Fault("DNS dead", _kill_names, _revive_names),
    Fault("clock steps +1 h", partial(_step_clock, seconds=_HOUR_S), _set_clock_right),
    Fault("clock steps -1 h", partial(_step_clock, seconds=-_HOUR_S), _set_clock_right),
    Fault("clock -1 h, controller killed", partial(_step_clock_and_kill, seconds=-_HOUR_S), _set_clock_right),
    Fault("Asterisk killed", _kill_asterisk, lost=ASTERISK_GONE),
)
