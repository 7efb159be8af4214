"""Simulated operators: they register, log in, answer, talk, and sometimes decline, do not answer or take a break."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random
from typing import Final

from ntpd112.core.plan import FeatureCodes
from ntpd112.core.view import OperatorView
from ntpd112.simulate.behaviour import Answer, Behaviour, Decline, NoAnswer
from ntpd112.simulate.phone import PhoneCall, SoftPhone
from ntpd112.simulate.sipp import Address, SimulationError

_LOOK_S: Final = 1.0
_DECLINES: Final = 0.08
_MISSES: Final = 0.06
_HURRIES: Final = 0.2
"""How likely a wrap-up is ended early, each second of it."""
_BREAKS: Final = 0.01
"""How likely a break is taken, each idle second."""
_BREAK_S: Final = 6.0
_BACK_AFTER_S: Final = 3.0


class SimulatedOperator:
    """One operator with a softphone. ``look``: what the room shows of this operator."""

    def __init__(
        self,
        target: Address,
        local_ip: str,
        extension: str,
        password: str,
        codes: FeatureCodes,
        look: Callable[[], OperatorView | None],
        random: Random,
    ) -> None:
        self._codes = codes
        self._look = look
        self._random = random
        self.phone = SoftPhone(
            target, local_ip, extension, password, behaviour=self._answers(), tone_hz=620.0, on_call=self._next_time
        )

    async def work(self, until: asyncio.Event, open_room: Callable[[], None]) -> None:
        """Work a shift: from registering to logging out. ``open_room`` is called when logged in."""
        async with self.phone:
            await self._dial(self._codes.log_in)
            open_room()
            while not until.is_set():
                await self._react()
                await _pause(_LOOK_S, until)
            await self._dial(self._codes.log_out)

    async def _react(self) -> None:
        me = self._look()
        if me is None:
            return
        if me.presence == "logged_out":
            # The controller was started again.
            await self._dial(self._codes.log_in)
        elif me.presence == "on_break":
            await asyncio.sleep(_BACK_AFTER_S)
            await self._dial(self._codes.ready)
        elif me.activity == "wrap_up" and self._random.random() < _HURRIES:
            await self._dial(self._codes.ready)
        elif me.activity == "idle" and self._random.random() < _BREAKS:
            await self._dial(self._codes.on_break + self._random.choice(list(self._codes.break_reasons) or [""]))
            await asyncio.sleep(_BREAK_S)

    async def _dial(self, code: str) -> None:
        try:
            await self.phone.dial_and_wait(code)
        except SimulationError:
            # The exchange may be down for a moment; the next look shows whether it worked.
            await asyncio.sleep(_LOOK_S)

    def _next_time(self, _call: PhoneCall) -> None:
        """Decide how the next call is treated; this one has been."""
        self.phone.forget()
        chance = self._random.random()
        if chance < _DECLINES:
            self.phone.behaviour = Decline(self._random.uniform(1.0, 2.5))
        elif chance < _DECLINES + _MISSES:
            self.phone.behaviour = NoAnswer()
        else:
            self.phone.behaviour = self._answers()

    def _answers(self) -> Behaviour:
        return Answer(after_s=self._random.uniform(0.8, 2.5), talk_s=self._random.uniform(3.0, 8.0))


async def _pause(seconds: float, unless: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(seconds):
            await unless.wait()
    except TimeoutError:
        return
