"""The play: operators come, citizens call for a while, everybody goes home, and nobody was forgotten."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Final

from ntpd112.config.schema import City
from ntpd112.core.plan import FeatureCodes
from ntpd112.core.view import OperatorView
from ntpd112.demo.mix import Caller, Crowd, Kind
from ntpd112.demo.operators import SimulatedOperator
from ntpd112.simulate.behaviour import Answer
from ntpd112.simulate.citizen import Citizen, CitizenResult
from ntpd112.simulate.phone import Phone
from ntpd112.simulate.sipp import Address, SimulationError
from ntpd112.web.control import State

PATIENCE_S: Final = 6.0
"""So long the last callers go on by themselves."""
_LOOK_S: Final = 0.5
_CALL_ENDS_WITHIN_S: Final = 60.0
_AGAIN_AFTER_S: Final = 2.0
_OPENS_WITHIN_S: Final = 10.0


@dataclass
class Tally:
    """What SIPp did, to be compared with what the records say."""

    sent: Counter[Kind] = field(default_factory=Counter)
    """INVITEs sent, one a call."""
    numbers: Counter[str] = field(default_factory=Counter)
    """The same calls, by the caller's number; empty where it was withheld."""
    repeated: int = 0
    """Of them, by somebody who had just hung up."""
    ended: int = 0
    answered: int = 0
    """Calls the exchange answered with 200 OK."""
    troubles: list[str] = field(default_factory=list)
    """What SIPp could not do."""


class Play:
    """One run of the demo on a room that serves calls already."""

    def __init__(
        self, network: str, city: City, passwords: dict[str, str], codes: FeatureCodes, crowd: Crowd, seed: int
    ) -> None:
        self.tally = Tally()
        self.state: State | None = None
        """The room as last seen; whoever watches it puts it here."""
        self._on_the_line: set[Citizen] = set()
        self._going_home = False
        self._network = network
        self._target = Address(f"{network}.1")
        self._random = Random(seed)  # noqa: S311  a play, no secret
        self._crowd = crowd
        self._operators = [
            SimulatedOperator(
                self._target,
                f"{network}.{int(extension) % 100 + 20}",
                extension,
                passwords[extension],
                codes,
                partial(self._seen, extension),
                Random(self._random.random()),  # noqa: S311
            )
            for extension in sorted(city.operators)
        ]

    async def run(self, length_s: float, stop: asyncio.Event) -> None:
        """Let people call for ``length_s`` or until ``stop``, then let the last ones finish or give up."""
        closing = asyncio.Event()
        async with (
            Phone(self._target, f"{self._network}.11", local_port=5060, user="landline", behaviour=Answer(1.0, 6.0)),
            Phone(self._target, f"{self._network}.12", local_port=5060, user="mobile", behaviour=Answer(1.0, 6.0)),
            asyncio.TaskGroup() as shift,
        ):
            opened = asyncio.Event()
            for operator in self._operators:
                shift.create_task(self._work(operator, closing, opened.set))
            try:
                async with asyncio.timeout(_OPENS_WITHIN_S):
                    await opened.wait()
            except TimeoutError:
                self.tally.troubles.append(f"no operator could log in within {_OPENS_WITHIN_S:g} s")
            async with asyncio.TaskGroup() as calls:
                await self._let_call(calls, length_s, stop)
                calls.create_task(self._send_home(0.0 if stop.is_set() else PATIENCE_S, stop))
            closing.set()

    async def _work(self, operator: SimulatedOperator, until: asyncio.Event, open_room: Callable[[], None]) -> None:
        try:
            await operator.work(until, open_room)
        except (SimulationError, OSError) as error:
            self.tally.troubles.append(f"operator {operator.phone.user}: {error}")

    async def _let_call(self, calls: asyncio.TaskGroup, length_s: float, stop: asyncio.Event) -> None:
        room = asyncio.Semaphore(self._crowd.most_at_once)
        coming, waits = self._crowd.callers(self._random), self._crowd.waits(self._random)
        try:
            async with asyncio.timeout(length_s):
                while not stop.is_set():
                    await room.acquire()
                    calls.create_task(self._call(next(coming), room))
                    try:
                        async with asyncio.timeout(next(waits)):
                            await stop.wait()
                    except TimeoutError:
                        continue
        except TimeoutError:
            return

    async def _send_home(self, patience_s: float, stop: asyncio.Event) -> None:
        """Let callers finish for a while, then hang up for them."""
        self._going_home = True
        until = asyncio.get_running_loop().time() + patience_s
        while self._on_the_line:
            if stop.is_set() or asyncio.get_running_loop().time() > until:
                for citizen in tuple(self._on_the_line):
                    citizen.hang_up()
            await asyncio.sleep(_LOOK_S)

    async def _call(self, caller: Caller, room: asyncio.Semaphore) -> None:
        try:
            await self._dial(caller)
            if caller.dials_again:
                await asyncio.sleep(_AGAIN_AFTER_S)
            if caller.dials_again and not self._going_home:
                self.tally.repeated += 1
                await self._dial(caller)
        except (SimulationError, OSError) as error:
            self.tally.troubles.append(str(error))
        finally:
            room.release()

    async def _dial(self, caller: Caller) -> CitizenResult:
        citizen = Citizen(
            self._target,
            f"{self._network}.{caller.host}",
            identity=caller.identity,
            steps=caller.steps,
            tone_hz=caller.tone_hz,
        )
        async with citizen:
            self.tally.sent[caller.kind] += 1
            self.tally.numbers[caller.identity.ani] += 1
            self._on_the_line.add(citizen)
            try:
                result = await citizen.ended(_CALL_ENDS_WITHIN_S)
            finally:
                self._on_the_line.discard(citizen)
        self.tally.ended += 1
        self.tally.answered += result.final_status == 200  # noqa: PLR2004
        return result

    @property
    def on_the_line(self) -> int:
        """How many citizens call at present."""
        return len(self._on_the_line)

    def _seen(self, extension: str) -> OperatorView | None:
        operators = self.state.room.operators if self.state is not None else ()
        return next((one for one in operators if one.operator == extension), None)
