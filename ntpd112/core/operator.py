"""One operator: presence is theirs, activity is observed.

Activity is never a flag of its own: it is derived from the leg that rings or speaks and from deadlines, so that no
lost event can leave an operator stuck in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ntpd112.core.call import Leg
from ntpd112.core.messages import PhoneState, Presence
from ntpd112.core.plan import OperatorPlan

Activity = Literal["idle", "ringing", "talking", "wrap_up"]


@dataclass(slots=True, eq=False)
class Operator:
    """One operator of the room."""

    plan: OperatorPlan
    skills: frozenset[str]
    presence: Presence = "logged_out"
    reason: str = ""
    presence_since: float = 0.0
    phone: PhoneState = "free"
    """As the exchange reports it; believed free while nobody reports phones at all."""
    forwards: bool = False
    """The phone wants its calls forwarded, and has answered none since."""
    leg: Leg | None = None
    wrap_up_until: float = 0.0
    paused_until: float = 0.0
    """Not rung before this instant, after a ring that failed."""
    idle_since: float = 0.0
    last_offer: int = 0
    """Number of the room's offer that rang here last; for round-robin."""
    calls: int = 0
    """Callers spoken with since log-in."""
    keys: tuple[tuple[float, ...], ...] = ()
    """Where this operator stands in the idle lists, while available."""

    @property
    def operator(self) -> str:
        """Extension and identity."""
        return self.plan.operator

    def activity(self, now: float) -> Activity:
        """What this operator is doing."""
        if self.leg is not None:
            return "ringing" if self.leg.answered_at is None else "talking"
        return "wrap_up" if self.wrap_up_until > now else "idle"

    @property
    def reachable(self) -> bool:
        """The phone is registered and answers the exchange."""
        return self.phone != "unreachable"

    @property
    def on_duty(self) -> bool:
        """Willing to take calls, and reachable, whatever they are doing now."""
        return self.presence == "available" and self.reachable

    def available(self, now: float) -> bool:
        """A call may be offered now."""
        return (
            self.presence == "available"
            and self.leg is None
            and self.phone == "free"
            and self.wrap_up_until <= now
            and self.paused_until <= now
        )
