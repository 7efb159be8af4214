"""What a story can do and see, whichever world it happens in: the core with a fake clock, or the real Asterisk."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ntpd112.core.call import Call, State
from ntpd112.core.operator import Operator
from ntpd112.core.records import CallRecord
from ntpd112.core.room import Room
from ntpd112.simulate import Answer, Identity
from ntpd112.simulate.behaviour import Behaviour
from ntpd112.simulate.citizen import DtmfMethod, Step

PATIENCE_S = 15.0


@dataclass
class Caller:
    """One citizen of a story."""

    call_id: str = ""
    party: Any = field(default=None, repr=False)
    """What the world knows the citizen by."""


class World(ABC):
    """A room with phones, trunks and time."""

    @property
    @abstractmethod
    def room(self) -> Room:
        """The controller's room, to look at."""

    # people

    @abstractmethod
    async def phone(self, operator: str, behaviour: Behaviour) -> None:
        """Switch an operator's phone on, or change how it behaves."""

    @abstractmethod
    async def dial(self, operator: str, code: str) -> None:
        """Let an operator dial a feature code."""

    @abstractmethod
    async def agency(self, trunk: str, behaviour: Behaviour) -> None:
        """Let calls to numbers outside through this trunk be taken."""

    @abstractmethod
    async def citizen(
        self,
        trunk: str = "landline",
        steps: Sequence[Step] = (),
        *,
        identity: Identity | None = None,
        ani: str = "",
        ddi: str = "112",
        late_offer: bool = False,
        inband_only: bool = False,
        transport: str = "udp",
    ) -> Caller:
        """Let a citizen call; returns when the controller has the call."""

    @abstractmethod
    async def press(self, caller: Caller, digits: str, method: DtmfMethod = "rfc4733") -> None:
        """Let a citizen press keys."""

    @abstractmethod
    async def hang_up(self, caller: Caller) -> None:
        """Let a citizen hang up."""

    @abstractmethod
    async def operator_hangs_up(self, operator: str) -> None:
        """Let an operator hang up."""

    @abstractmethod
    async def operator_presses(self, operator: str, keys: str) -> None:
        """Let an operator press keys in mid-call."""

    @abstractmethod
    async def reload(self, **changes: int) -> None:
        """Change the city file and reload."""

    # time

    @abstractmethod
    async def until(self, condition: Callable[[], bool], within_s: float = PATIENCE_S) -> None:
        """Let time pass until something is so; fail when it does not become so."""

    @abstractmethod
    async def pause(self, seconds: float) -> None:
        """Let time pass."""

    # results

    @abstractmethod
    async def record(self, caller: Caller) -> CallRecord:
        """Return the record of a call that is over; fail unless there is exactly one."""

    # in a story's words

    async def operator(self, operator: str, behaviour: Behaviour | None = None) -> None:
        """Given an operator with a phone, logged in and ready."""
        await self.phone(operator, behaviour or Answer())
        await self.dial(operator, "*11")
        await self.until(lambda: self.seat(operator).presence == "available")

    def call(self, caller: Caller) -> Call | None:
        """Return the live call of a citizen."""
        return self.room.calls.get(caller.call_id)

    def seat(self, operator: str) -> Operator:
        """Return an operator as the room sees them."""
        return self.room.operators[operator]

    async def is_in(self, caller: Caller, *states: State, within_s: float = PATIENCE_S) -> Call:
        """Wait until a call is in one of these states."""

        def there() -> bool:
            call = self.call(caller)
            return call is not None and call.state in states

        await self.until(there, within_s)
        call = self.call(caller)
        assert call is not None
        return call

    async def speaks(self, caller: Caller, *parties: str, within_s: float = PATIENCE_S) -> None:
        """Wait until a caller speaks with these parties."""

        def speaking() -> bool:
            call = self.call(caller)
            if call is None or call.state not in {"talking", "conference"}:
                return False
            return [leg.target for leg in (call.main, call.third) if leg is not None and leg.spoke] == list(parties)

        await self.until(speaking, within_s)

    async def is_over(self, caller: Caller, within_s: float = PATIENCE_S) -> CallRecord:
        """Wait for the end of a call and return its record."""
        await self.until(lambda: self.call(caller) is None, within_s)
        return await self.record(caller)

    async def third_speaks(self, caller: Caller) -> None:
        """Wait until the operator speaks with a third party while the caller waits."""
        call = await self.is_in(caller, "consulting")
        await self.until(lambda: call.third is not None and call.third.spoke)

    async def agency_is_rung_again(self, caller: Caller, destination: str) -> None:
        """Wait until a destination that was rung for a caller before is rung once more."""

        def rung() -> bool:
            call = self.call(caller)
            before = call is not None and destination in {offer.target for offer in call.offers}
            return before and call is not None and destination in {leg.target for leg in call.ringing.values()}

        await self.until(rung)

    async def rings(self, *operators: str, within_s: float = PATIENCE_S) -> None:
        """Wait until these operators' phones, and no others, ring."""
        await self.until(
            lambda: (
                {name for name, seat in self.room.operators.items() if seat.leg is not None and seat.leg.rang_at}
                == set(operators)
            ),
            within_s,
        )
