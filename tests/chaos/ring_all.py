"""Two operators answer the same ring-all at the same instant, again and again: one gets the caller, one hears why."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ntpd112.simulate import Address, Citizen, NoAnswer, Press, SimulationError, SoftPhone
from ntpd112.simulate.phone import PhoneCall
from ntpd112.simulate.tone import hears
from ntpd112.web.link import Link
from tests.operation.room import Room
from tests.stories.city import city_text

_TONES_HZ = {"201": 700.0, "202": 1500.0}
_CITIZEN_HZ = 1000.0
_WITHIN_S = 20.0
_LOUD = 0.2
_SPEECH = 300
"""Difference of the highest and lowest of 16-bit samples."""


@dataclass
class Told:
    """What became of the rounds."""

    rounds: int = 0
    winners: Counter[str] = field(default_factory=Counter)
    picked_up: int = 0
    """Rounds in which the other one had picked up as well before hearing that it was too late."""
    failures: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        won = ", ".join(f"{operator} {count}" for operator, count in sorted(self.winners.items()))
        return (
            f"{self.rounds} rounds of two operators who answer at once: {won} got the caller; "
            f"{self.picked_up} times both had picked up; {len(self.failures)} failures"
        )


def ring_all_city(network: str) -> str:
    """Write the city file: whoever calls rings everybody, and notes take no time."""
    text = city_text(network, ring_s=15).replace("wrap_up_s: 1}", "wrap_up_s: 0}")
    return text.replace("    ring_s: 15\n", "    ring_s: 15\n    strategy: ring_all\n")


@contextlib.contextmanager
def open_ring_all_room(folder: Path, network: str) -> Iterator[Room]:
    """Run such a room."""
    room = Room(folder / "state", network)
    room.more = {"NTPD112_LIFEBOAT_AFTER_S": "20", "NTPD112_BROADCAST_CLAIM_MS": "3000"}  # on a busy machine
    room.folder.mkdir(parents=True, exist_ok=True)
    (room.folder / "city.yaml").write_text(ring_all_city(network), encoding="utf-8")
    try:
        room.up()
        yield room
    finally:
        room.clear_up()


async def ring_all(rooms: Sequence[Room], number: int, say: Callable[[str], None]) -> Told:
    """Play so many rounds, in all rooms at the same time."""
    told, left = Told(), iter(range(number))

    async def play(room: Room) -> None:
        async with _phones(room) as phones:
            for _ in left:
                try:
                    await _round(room, phones, told)
                except SimulationError as error:
                    told.failures.append(f"round {told.rounds}: {str(error).split(';')[0]}")
                told.rounds += 1
                if told.rounds % 50 == 0:
                    say(str(told))

    async with asyncio.TaskGroup() as tasks:
        for room in rooms:
            tasks.create_task(play(room))
    return told


@asynccontextmanager
async def _phones(room: Room) -> AsyncIterator[dict[str, SoftPhone]]:
    async with AsyncExitStack() as stack:
        phones = {}
        for host, (operator, tone_hz) in enumerate(_TONES_HZ.items(), start=21):
            made = SoftPhone(
                Address(f"{room.network}.1"),
                f"{room.network}.{host}",
                operator,
                room.password(operator),
                behaviour=NoAnswer(),
                tone_hz=tone_hz,
            )
            phones[operator] = await stack.enter_async_context(made)
            await made.dial_and_wait("*11")
        yield phones


async def _round(room: Room, phones: dict[str, SoftPhone], told: Told) -> None:
    ani = f"0218{told.rounds:06}"
    counts = {operator: len(phone.calls) for operator, phone in phones.items()}
    caller = Citizen(
        Address(f"{room.network}.1"), f"{room.network}.11", ani=ani, tone_hz=_CITIZEN_HZ, steps=[Press("2")]
    )
    async with caller:
        rings = [await phone.call(counts[operator] + 1, _WITHIN_S) for operator, phone in phones.items()]
        for phone in phones.values():
            phone.audio.forget()
        for ring in rings:
            ring.answer()
        winner = await _one_speaks(caller, told, ani)
        loser = next(ring for operator, ring in zip(phones, rings, strict=True) if operator != winner)
        await _hears_why(loser, phones, winner, told, ani)
        caller.hang_up()
        await caller.ended(_WITHIN_S)
    await _nobody_is_stuck(room, told, ani)


async def _one_speaks(caller: Citizen, told: Told, ani: str) -> str:
    """Return whom the caller hears: exactly one."""
    heard: list[str] = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_WITHIN_S):
            while not heard:
                await asyncio.sleep(0.05)
                latest = caller.audio.latest(1600)
                heard = [operator for operator, tone_hz in _TONES_HZ.items() if hears(latest, tone_hz) >= _LOUD]
    if len(heard) != 1:
        told.failures.append(f"{ani} heard {heard or 'nobody'}")
    winner = heard[0] if heard else next(iter(_TONES_HZ))
    told.winners[winner] += 1
    return winner


async def _hears_why(loser: PhoneCall, phones: dict[str, SoftPhone], winner: str, told: Told, ani: str) -> None:
    """See that the other one is told, by sound if they had picked up, and let go."""
    other = next(operator for operator in phones if operator != winner)
    try:
        await loser.ended(_WITHIN_S)
    except SimulationError:
        told.failures.append(f"{ani}: {other} was not let go")
        return
    if loser.is_answered:
        told.picked_up += 1
        samples = phones[other].audio.heard
        if not samples or max(samples) - min(samples) < _SPEECH:
            told.failures.append(f"{ani}: {other} picked up and heard nothing")
        if hears(samples, _CITIZEN_HZ) >= _LOUD:
            told.failures.append(f"{ani}: {other} heard the caller too")


async def _nobody_is_stuck(room: Room, told: Told, ani: str) -> None:
    try:
        async with Link(room.settings) as link, asyncio.timeout(_WITHIN_S):
            while True:
                state = (await link.state()).room
                if not state.calls and all(one.activity == "idle" for one in state.operators):
                    return
                await asyncio.sleep(0.05)
    except TimeoutError:
        told.failures.append(f"after {ani} somebody is stuck")
