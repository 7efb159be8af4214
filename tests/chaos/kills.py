"""Random kills under load: callers come all the time, and every few seconds something dies."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from ntpd112.simulate import Address, Answer, Citizen, Press, SimulationError, SoftPhone
from ntpd112.simulate.tone import hears
from tests.chaos.drill import missing_records, serves_again, stuck_operators, unexplained_differences
from tests.chaos.faults import RANDOM, Kill
from tests.chaos.people import OPERATOR_HZ
from tests.operation.room import Room

_OPERATORS = ("201", "202", "203")
_PAUSE_S = (1.0, 4.0)
_EVERY_S = 0.7
"""A new caller comes this often."""
_MOST_AT_ONCE = 8
_HUMAN_WITHIN_S = 90.0
_LOUD = 0.2


@dataclass
class Told:
    """What a run of kills did."""

    kills: Counter[str] = field(default_factory=Counter)
    callers: int = 0
    lost: list[str] = field(default_factory=list)
    longest_s: float = 0.0
    """To a human."""
    stuck: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unexplained: str = ""

    @property
    def failures(self) -> list[str]:
        """Return what DESIGN does not allow."""
        return [
            *(f"caller {ani} never heard an operator" for ani in self.lost),
            *(f"operator {operator} stuck" for operator in self.stuck),
            *(f"records of {ani} are not one" for ani in self.missing),
            *([f"not explained: {self.unexplained}"] if self.unexplained else []),
        ]

    def __str__(self) -> str:
        killed = ", ".join(f"{count} x {name}" for name, count in self.kills.most_common())
        return (
            f"{self.kills.total()} random kills ({killed}); {self.callers} callers, {len(self.lost)} lost, "
            f"{self.longest_s:.1f} s at most to a human, {len(self.stuck)} operators stuck, "
            f"{len(self.missing)} records missing"
        )


async def kills(room: Room, number: int, seed: int, say: Callable[[str], None]) -> Told:
    """Kill so often. Callers wait for an operator, however long it takes, and are hung up on after a second."""
    told = Told()
    _shorten_notes(room)
    chance = random.Random(seed)  # noqa: S311  no secret
    target = Address(f"{room.network}.1")
    async with contextlib.AsyncExitStack() as stack:
        for place, operator in enumerate(_OPERATORS):
            phone = SoftPhone(
                target,
                f"{room.network}.{31 + place}",
                operator,
                room.password(operator),
                behaviour=Answer(0.2, talk_s=1.0),
                tone_hz=OPERATOR_HZ,
            )
            await stack.enter_async_context(phone)
            await phone.dial_and_wait("*11")
        over = asyncio.Event()
        anis: list[str] = []
        async with asyncio.TaskGroup() as calls:
            coming = calls.create_task(_citizens(calls, room, told, anis, over))
            for done in range(number):
                await asyncio.sleep(chance.uniform(*_PAUSE_S))
                kill: Kill = chance.choice(RANDOM)
                told.kills[kill.name] += 1
                await kill.strike(room)
                if (done + 1) % 10 == 0:
                    say(f"{done + 1} kills, {told.callers} callers, {len(told.lost)} lost")
            over.set()
            await coming
        await serves_again(room)
        told.stuck = await stuck_operators(room)
        told.missing = await missing_records(room, anis)
        told.unexplained = await unexplained_differences(room)
    return told


def _shorten_notes(room: Room) -> None:
    """Let operators be free at once: with half a minute for notes, eight callers are more than three can answer."""
    city = room.folder / "city.yaml"
    text = city.read_text(encoding="utf-8")
    city.write_text(re.sub(r"wrap_up_s: \d+", "wrap_up_s: 1", text), encoding="utf-8")
    said = room.command("reload")
    assert said.returncode == 0, said.stderr


async def _citizens(calls: asyncio.TaskGroup, room: Room, told: Told, anis: list[str], over: asyncio.Event) -> None:
    places = asyncio.Semaphore(_MOST_AT_ONCE)
    while not over.is_set():
        await places.acquire()
        told.callers += 1
        ani = f"0217{told.callers:06}"
        anis.append(ani)
        calls.create_task(_call(room, told, ani, places))
        await asyncio.sleep(_EVERY_S)


async def _call(room: Room, told: Told, ani: str, places: asyncio.Semaphore) -> None:
    host = 11 + told.callers % 2
    citizen = Citizen(Address(f"{room.network}.1"), f"{room.network}.{host}", ani=ani, steps=[Press("2", 0.5)])
    began = asyncio.get_running_loop().time()
    heard = False
    try:
        async with citizen, asyncio.timeout(_HUMAN_WITHIN_S):
            while not heard and not citizen.sipp.events.closed:
                await asyncio.sleep(0.1)
                heard = hears(citizen.audio.latest(4000), OPERATOR_HZ) >= _LOUD
            if heard:
                told.longest_s = max(told.longest_s, asyncio.get_running_loop().time() - began)
                citizen.hang_up()
    except (SimulationError, TimeoutError):
        pass  # told by what was heard
    finally:
        if not heard:
            told.lost.append(ani)
        places.release()
