"""What a simulated phone does with a call that comes in."""

from __future__ import annotations

from dataclasses import dataclass

from ntpd112.simulate.citizen import Press


@dataclass(frozen=True, slots=True)
class Answer:
    """Ring and answer; hang up ``talk_s`` after the answer, or never (0). A mailbox does no more; humans press keys.

    ``after_s=0`` answers without having rung.
    """

    after_s: float = 0.2
    talk_s: float = 0.0
    presses: Press | None = None
    """Keys, so long after the answer."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Refuse with a SIP status, one of :data:`ntpd112.simulate.scenario.REFUSAL_STATUS`."""

    status: int
    after_s: float = 0.0
    rings: bool = False


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Ring until the caller gives up."""


@dataclass(frozen=True, slots=True)
class EarlyMedia:
    """Speak before the answer (183 with media), as announcements do; refuse ``then_s`` later, or never (0).

    ``status`` 200 answers instead.
    """

    status: int = 404
    then_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Mute:
    """Send 100 Trying and nothing more."""


Behaviour = Answer | Refuse | NoAnswer | EarlyMedia | Mute
AnswerAfter = Answer


def Decline(after_s: float = 0.5) -> Refuse:  # noqa: N802 - reads as the behaviours beside it
    """Ring, then decline (603)."""
    return Refuse(603, after_s, rings=True)


def Busy() -> Refuse:  # noqa: N802 - as above
    """Refuse at once as busy (486)."""
    return Refuse(486)


def Unavailable() -> Refuse:  # noqa: N802 - as above
    """Refuse at once as an overloaded network does (503)."""
    return Refuse(503)
