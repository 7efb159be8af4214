"""The people of a drill: one caller at every stage of a call, three operators, and what each of them hears."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

from ntpd112.simulate import Address, Answer, Citizen, NoAnswer, Press, SimulationError, SoftPhone
from ntpd112.simulate.tone import hears
from ntpd112.web.link import Link
from tests.chaos.ground import Ground
from tests.operation.room import Room

Stage = Literal["greeting", "menu", "waiting", "ringing", "talking", "wrap_up"]
STAGES: tuple[Stage, ...] = ("greeting", "menu", "waiting", "ringing", "talking", "wrap_up")
OPERATOR_HZ = 1500.0
SHORT_TALK = Answer(0.3, talk_s=2.0)
_LOUD = 0.2
_LOOK_S = 0.1
_SAMPLES_PER_S = 8000
_PATIENCE_S = 20.0


@dataclass
class Ear:
    """What one caller hears, looked at ten times a second."""

    citizen: Citizen
    stage: Stage
    ani: str
    heard_at: float | None = None
    """When an operator was first heard after :meth:`start`."""
    silence_s: float = 0.0
    """The longest time without any sound."""
    without_operator_s: float = 0.0
    """The longest time without the operator's voice."""
    _since: float = field(default_factory=time.monotonic)

    def start(self) -> None:
        """Measure from here."""
        self._since = time.monotonic()
        self.heard_at, self.silence_s, self.without_operator_s = None, 0.0, 0.0

    async def listen(self) -> None:
        """Listen until cancelled."""
        sound_at = voice_at = time.monotonic()
        seen = 0
        while True:
            await asyncio.sleep(_LOOK_S)
            now, heard = time.monotonic(), self.citizen.audio.heard_samples
            sound_at, voice_at = max(sound_at, self._since), max(voice_at, self._since)
            latest = self.citizen.audio.latest(_SAMPLES_PER_S // 4)
            if heard > seen and max(latest) - min(latest) > _AUDIBLE:
                sound_at = now
            if heard > seen and hears(latest, OPERATOR_HZ) >= _LOUD:
                voice_at = now
                self.heard_at = self.heard_at or now
            seen = heard
            if self.heard_at is not None and self.stage != "talking":
                continue  # served
            self.silence_s = max(self.silence_s, now - sound_at)
            self.without_operator_s = max(self.without_operator_s, now - voice_at)


_AUDIBLE = 300
"""Difference of the highest and lowest of 16-bit samples."""


@dataclass
class People:
    """Everybody, at their stages."""

    ground: Ground
    ears: dict[Stage, Ear]
    phones: dict[str, SoftPhone]
    number: int

    @property
    def room(self) -> Room:
        """The room they call."""
        return self.ground.room

    def anis(self) -> list[str]:
        """Return every number that called."""
        return [ear.ani for ear in self.ears.values()]

    async def answer_from_now_on(self) -> None:
        """Let whoever rings be answered, and talk for two seconds."""
        self.phones["203"].behaviour = SHORT_TALK
        ringing = [call for call in self.phones["203"].calls if not call.is_answered and not call.is_over]
        for call in ringing:
            with contextlib.suppress(SimulationError, OSError):
                call.answer()


@asynccontextmanager
async def people(ground: Ground, number: int) -> AsyncIterator[People]:
    """Bring a caller to each stage: the room stands still like this for a few seconds."""
    room = ground.room
    target = Address(f"{room.network}.1")
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as listening:

        async def phone(operator: str, host: int, behaviour: Answer | NoAnswer) -> SoftPhone:
            made = SoftPhone(
                target,
                f"{room.network}.{host}",
                operator,
                room.password(operator),
                behaviour=behaviour,
                tone_hz=OPERATOR_HZ,
            )
            entered = await stack.enter_async_context(_forgiving(made))
            await entered.dial_and_wait("*11")
            return entered

        async def citizen(stage: Stage, host: int, *steps: Press) -> Ear:
            ani = f"0215{number:03}{STAGES.index(stage):03}"
            made = Citizen(target, f"{room.network}.{host}", ani=ani, steps=steps)
            ear = Ear(await stack.enter_async_context(_forgiving_citizen(made)), stage, ani)
            tasks.append(listening.create_task(ear.listen()))
            return ear

        tasks: list[asyncio.Task[None]] = []
        ears: dict[Stage, Ear] = {}
        phones = {"201": await phone("201", 21, Answer(0.1))}
        ears["talking"] = await citizen("talking", 11, Press("2", 0.3))
        await _heard(ears["talking"])
        phones["202"] = await phone("202", 22, Answer(0.1))
        ears["wrap_up"] = await citizen("wrap_up", 12, Press("2", 0.3))
        await _heard(ears["wrap_up"])
        ears["wrap_up"].citizen.hang_up()
        await ears["wrap_up"].citizen.ended()
        phones["202"].behaviour = SHORT_TALK
        phones["203"] = await phone("203", 23, NoAnswer())
        ears["ringing"] = await citizen("ringing", 11, Press("2", 0.3))
        await _in_states(room, "talking", "ringing")
        ears["waiting"] = await citizen("waiting", 12, Press("2", 0.3))
        await _in_states(room, "talking", "ringing", "waiting")
        ears["menu"] = await citizen("menu", 11)
        await _in_states(room, "talking", "ringing", "waiting", "menu")
        ears["greeting"] = await citizen("greeting", 12)
        await _in_states(room, "talking", "ringing", "waiting", "menu", "greeting")
        try:
            yield People(ground, ears, phones, number)
        finally:
            for task in tasks:
                task.cancel()


async def _heard(ear: Ear) -> None:
    async with asyncio.timeout(_PATIENCE_S):
        while ear.heard_at is None:  # noqa: ASYNC110  sound tells nobody
            await asyncio.sleep(0.05)


async def _in_states(room: Room, *states: str) -> None:
    async with Link(room.settings) as link, asyncio.timeout(_PATIENCE_S):
        while True:
            calls = (await link.state()).room.calls
            if [call.state for call in calls] == list(states):
                return
            await asyncio.sleep(0.05)


@asynccontextmanager
async def _forgiving(phone: SoftPhone) -> AsyncIterator[SoftPhone]:
    """A phone whose end need not go well: the exchange may have forgotten it."""
    with contextlib.suppress(SimulationError):
        async with phone as entered:
            yield entered


@asynccontextmanager
async def _forgiving_citizen(citizen: Citizen) -> AsyncIterator[Citizen]:
    with contextlib.suppress(SimulationError):
        async with citizen as entered:
            yield entered
