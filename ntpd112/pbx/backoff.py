"""When to connect again after a failure, as a decision without a clock, a socket or randomness.

Both clients of Asterisk ask :func:`after_failure`; they only carry the answer out. Durations are seconds.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast to try again: the waits double from ``first_s`` to ``longest_s``."""

    first_s: float = 0.1
    longest_s: float = 2.0

    def __post_init__(self) -> None:
        """Refuse a pace that would spin, or shrink."""
        if not 0 < self.first_s <= self.longest_s:
            raise ValueError(f"Pace needs 0 < first_s <= longest_s, not {self.first_s} and {self.longest_s}")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a connection did not come to be, or ended."""

    what: str
    cure: str = ""
    """What a human has to do about it; empty: nothing, Asterisk is expected to come back by itself."""
    tries: int = 1
    """So many failures in a row, this one included, prove that waiting is in vain; only read when there is a cure."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Connect again after ``after_s``."""

    after_s: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Waiting does not help: say ``why`` (cause and cure) and stop."""

    why: str


def after_failure(failure: Failure, failed_before: int, jitter: float, pace: Pace) -> Retry | GiveUp:
    """Decide what to do after a failure.

    ``failed_before``: failures in a row before this one; a connection that stood for a while starts again at 0.
    ``jitter``: a random number 0..1, which shortens the wait by up to a half, so that several controllers do not knock
    in step.
    """
    if failure.cure and failed_before + 1 >= failure.tries:
        return GiveUp(f"{failure.what}. {failure.cure}")
    full_s = min(pace.longest_s, pace.first_s * 2 ** min(failed_before, 32))
    return Retry(full_s * (1 - jitter / 2))
