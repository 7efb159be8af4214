"""Who calls 112 in an Indonesian city: mostly no emergency.

Reported shares: 20-45 % pranks, 40-55 % silent calls, 1-5 % real ones; in one city 92 % of callers hung up before an
operator spoke. The demo shows a little more of the rare ones, or nobody would see them in ninety seconds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final, Literal

from ntpd112.simulate.citizen import HangUp, Identity, Press, Step

Kind = Literal["early", "silent", "prank", "emergency"]
NAMES: Final[dict[Kind, str]] = {
    "early": "hung up early",
    "silent": "silent",
    "prank": "pranks and questions",
    "emergency": "emergencies",
}
SHARES: Final[dict[Kind, int]] = {"early": 40, "silent": 40, "prank": 14, "emergency": 6}
_MOBILE: Final = 0.7
_NO_NUMBER: Final = 0.06
_DIALS_AGAIN: Final = 0.4
_ENGLISH: Final = 0.1
_OLD_NUMBER: Final = 0.1
_VOICE_HZ: Final = 440.0
_LONGEST_WAIT_S: Final = 5.0


@dataclass(frozen=True)
class Caller:
    """One call to come."""

    kind: Kind
    trunk: Literal["landline", "mobile"]
    identity: Identity
    steps: tuple[Step, ...]
    tone_hz: float
    dials_again: bool
    """The same person calls once more right after hanging up."""

    @property
    def host(self) -> int:
        """Last number of the trunk's address."""
        return 11 if self.trunk == "landline" else 12


@dataclass(frozen=True)
class Crowd:
    """How many people call, and what about."""

    rate: float
    """New callers each second, on average, bursts aside."""
    shares: Mapping[Kind, int] = field(default_factory=lambda: SHARES)
    burst: int = 0
    """So many more call at once every ``burst_every_s``, as after an accident on a busy road."""
    burst_every_s: float = 60.0
    most_at_once: int = 14
    """Callers at one time: a SIPp process each."""

    def waits(self, random: Random) -> Iterator[float]:
        """Yield for ever how many seconds pass before the next caller."""
        until_burst_s = self.burst_every_s
        while True:
            wait_s = min(random.expovariate(self.rate), _LONGEST_WAIT_S)
            until_burst_s -= wait_s
            yield wait_s
            if until_burst_s <= 0:
                until_burst_s = self.burst_every_s
                yield from (0.0 for _ in range(self.burst))

    def callers(self, random: Random) -> Iterator[Caller]:
        """Yield callers for ever. An emergency comes first, and the shares hold over each fifty or hundred."""
        yield caller("emergency", random)
        while True:
            unit = math.gcd(*self.shares.values())
            deck: list[Kind] = [kind for kind, share in self.shares.items() for _ in range(share // unit)]
            random.shuffle(deck)
            yield from (caller(kind, random) for kind in deck)


def caller(kind: Kind, random: Random) -> Caller:
    """Make up one caller of a kind."""
    trunk: Literal["landline", "mobile"] = "mobile" if random.random() < _MOBILE else "landline"
    steps = tuple(_steps(kind, random))
    speaks = kind in {"prank", "emergency"}
    again = kind == "early" and random.random() < _DIALS_AGAIN
    return Caller(kind, trunk, _identity(trunk, random), steps, _VOICE_HZ if speaks else 0.0, again)


def _steps(kind: Kind, random: Random) -> Iterator[Step]:
    match kind:
        case "early":
            yield HangUp(random.uniform(0.8, 7.0), since="dialled")
        case "silent":
            yield HangUp(random.uniform(9.0, 18.0))
        case "prank":
            if random.random() < 1 / 2:
                yield Press("0", after_s=random.uniform(1.0, 4.0))
            yield HangUp(random.uniform(9.0, 16.0))
        case "emergency":
            first = random.uniform(1.0, 3.0)
            if random.random() < _ENGLISH:
                yield Press("9", after_s=first)
                first += 2.0
            yield Press(random.choice("12345"), after_s=first)
            yield HangUp(random.uniform(18.0, 24.0))


def _identity(trunk: str, random: Random) -> Identity:
    ddi = "112" if random.random() > _OLD_NUMBER else "0211500293" if trunk == "landline" else "08111500293"
    if random.random() < _NO_NUMBER:
        return Identity(ani="", ddi=ddi, privacy=True)
    number = random.randrange(10**7)
    ani = f"0812{number:07}9" if trunk == "mobile" else f"021{number:07}"
    return Identity(ani=ani, ddi=ddi)
