"""One drill: everybody at their stages, something breaks, and it is measured what becomes of each caller."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field

from ntpd112.core.messages import PresenceSet
from ntpd112.core.records import CallRecord
from ntpd112.simulate import SimulationError
from ntpd112.store.callbacks import Callbacks
from ntpd112.store.engine import open_database
from ntpd112.store.queries import Records
from ntpd112.store.transaction import close_database
from ntpd112.web.link import Link, LinkError, RefusedError
from tests.chaos.faults import Fault
from tests.chaos.ground import Ground
from tests.chaos.people import Ear, Stage, people
from tests.operation.room import Room

_HUMAN_WITHIN_S = 60.0
_ANSWERED_AFTER_S = 3.0
"""So long the ringing phone goes on ringing after the fault."""
_UNSTUCK_WITHIN_S = 10.0
_ALARM_WITHIN_S = 10.0
_RECORDED_WITHIN_S = 45.0
"""A database that was away is tried again after 30 s at the latest."""
_CUT_S = 1.5
"""A pair that hears nothing for longer has been cut."""


@dataclass
class Outcome:
    """What a fault did to the callers of each stage."""

    fault: Fault
    human_s: dict[Stage, float | None] = field(default_factory=dict)
    """From the fault to an operator's voice; None: never, or not needed."""
    silence_s: dict[Stage, float] = field(default_factory=dict)
    lost: set[Stage] = field(default_factory=set)
    stuck: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    """Numbers without exactly one record."""
    unexplained: str = ""
    """What ``ntpd112 reconcile`` cannot explain."""
    not_called_back: list[str] = field(default_factory=list)
    """Lost callers who are not on the list of whom to call back."""
    unalarmed: str = ""
    """The alarm that was not raised."""

    @property
    def failures(self) -> list[str]:
        """Return what DESIGN does not allow."""
        lost = sorted(self.lost - self.fault.lost)
        return [
            *(f"caller in {stage} lost" for stage in lost),
            *(f"operator {operator} stuck" for operator in self.stuck),
            *(f"records of {ani} are not one" for ani in self.missing),
            *([f"not explained: {self.unexplained}"] if self.unexplained else []),
            *(f"{ani} is not to be called back" for ani in self.not_called_back),
            *([f"no alarm {self.unalarmed}"] if self.unalarmed else []),
        ]


async def drill(ground: Ground, fault: Fault, number: int) -> Outcome:
    """Break something and measure. ``number`` makes the callers' numbers unlike those of other drills."""
    room, outcome, since = ground.room, Outcome(fault), time.time()
    async with people(ground, number) as everybody:
        for ear in everybody.ears.values():
            ear.start()
        began = time.monotonic()
        await fault.strike(everybody)
        await asyncio.sleep(_ANSWERED_AFTER_S)
        await everybody.answer_from_now_on()
        stages: tuple[Stage, ...] = ("greeting", "menu", "waiting", "ringing", *fault.lone)
        waiting = [everybody.ears[stage] for stage in stages]
        eager = asyncio.create_task(_eager(room))
        await asyncio.gather(*(_served(ear) for ear in waiting if ear.stage not in fault.lost))
        eager.cancel()
        for ear in waiting:
            outcome.human_s[ear.stage] = ear.heard_at - began if ear.heard_at is not None else None
            outcome.silence_s[ear.stage] = ear.silence_s
            if ear.heard_at is None:
                outcome.lost.add(ear.stage)
        talking = everybody.ears["talking"]
        outcome.silence_s["talking"] = talking.without_operator_s
        if talking.without_operator_s > _CUT_S and talking not in waiting:
            outcome.lost.add("talking")
        with contextlib.suppress(SimulationError):
            talking.citizen.hang_up()
        outcome.stuck = await stuck_operators(room)
        outcome.unalarmed = await _not_raised(room, fault.alarm, since)
    if fault.mend is not None:
        await fault.mend(ground)
    await serves_again(room)
    outcome.missing = await missing_records(room, everybody.anis())
    lost = [everybody.ears[stage].ani for stage in fault.lost]
    outcome.not_called_back = await _not_called_back(room, lost) if lost else []
    outcome.unexplained = await unexplained_differences(room)
    return outcome


async def _eager(room: Room) -> None:
    """End the operators' time for notes again and again, so that the measured time is the exchange's and not theirs."""
    async with Link(room.settings) as link:
        while True:
            for operator in ("202", "203"):
                with contextlib.suppress(LinkError, RefusedError):
                    seats = {one.operator: one for one in (await link.state()).room.operators}
                    if seats[operator].activity == "wrap_up":
                        await link.send(PresenceSet(operator, "available", "", operator))
            await asyncio.sleep(0.2)


async def _served(ear: Ear) -> None:
    """Wait until a caller has heard an operator, and has had the time to be hung up on."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_HUMAN_WITHIN_S):
            while ear.heard_at is None and not ear.citizen.sipp.events.closed:  # noqa: ASYNC110  sound tells nobody
                await asyncio.sleep(0.1)
    if ear.heard_at is not None:
        with contextlib.suppress(SimulationError):
            await ear.citizen.ended(_HUMAN_WITHIN_S)


async def stuck_operators(room: Room) -> list[str]:
    """Return the operators who are neither idle nor at their notes 10 s after everything was over."""
    busy: list[str] = ["nobody can tell"]
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_UNSTUCK_WITHIN_S), Link(room.settings) as link:
            while busy:
                try:
                    operators = (await link.state()).room.operators
                except LinkError:
                    await asyncio.sleep(0.2)
                    continue
                busy = [one.operator for one in operators if one.activity in {"ringing", "talking"}]
                await asyncio.sleep(0.2)
    return busy


async def _not_raised(room: Room, kind: str, since: float) -> str:
    """Return the kind of an alarm that nobody has raised since, or nothing."""
    if not kind:
        return ""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_ALARM_WITHIN_S), Link(room.settings) as link:
            while True:
                with contextlib.suppress(LinkError):
                    if any(alarm.kind == kind and alarm.at > since for alarm in (await link.state()).alarms):
                        return ""
                await asyncio.sleep(0.2)
    return kind


async def serves_again(room: Room) -> None:
    """Return once a controller serves."""
    async with asyncio.timeout(30), Link(room.settings) as link:
        while True:
            with contextlib.suppress(LinkError):
                if (await link.state()).health.ari:
                    return
            await asyncio.sleep(0.1)


async def missing_records(room: Room, anis: list[str]) -> list[str]:
    """Return the numbers that have not exactly one record, once every one has had the time."""
    found: dict[str, int] = {}
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_RECORDED_WITHIN_S):
            while any(found.get(ani, 0) < 1 for ani in anis):
                await asyncio.sleep(0.5)
                found = {ani: sum(record.ani_raw == ani for record in await recorded(room)) for ani in anis}
    return [ani for ani in anis if found.get(ani, 0) != 1]


async def recorded(room: Room) -> list[CallRecord]:
    """Return every record of a room."""
    engine = open_database(room.settings.database)
    try:
        return await Records(engine, limit_s=30.0).calls_since(0.0, limit=10**7)
    finally:
        await close_database(engine)


async def _not_called_back(room: Room, anis: list[str]) -> list[str]:
    engine = open_database(room.settings.database)
    try:
        listed = {one.ani_raw for one in await Callbacks(engine).due(0.0)}
    finally:
        await close_database(engine)
    return sorted(set(anis) - listed)


async def unexplained_differences(room: Room, since: str = "1h") -> str:
    """Return what the comparison of the ledgers cannot explain; a record may still be on its way."""
    for _ in range(5):
        said = await asyncio.to_thread(room.ask, "reconcile", "--since", since)
        if said.exit_code == 0:
            return ""
        await asyncio.sleep(3)
    return "; ".join(line for line in said.output.splitlines() if line.endswith("no"))
