"""The routing plan: what the admin's file says, compiled to the few facts the core decides by.

``ntpd112.config`` checks the YAML file and builds a :class:`Plan`; the core never sees the file. A plan is
immutable, and a call keeps the plan it arrived under, so that a reload changes new calls only.
Durations are seconds. Priorities: 0 is the most urgent.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Strategy = Literal["longest_idle", "round_robin", "fewest_calls", "ring_all"]
"""Whom to ring first: see :mod:`ntpd112.core.roster`."""


QUICK_END_S = 30.0
Confirmation = Literal["key", "none"]
"""Whether an answer outside counts as a human: only once somebody has pressed 1, or at once (a staffed desk)."""


class ChooseType(Struct, frozen=True, tag_field="is", tag=True):
    """The key names the emergency."""

    type: str


class ChooseLanguage(Struct, frozen=True, tag_field="is", tag=True):
    """The key changes the language and repeats the menu."""

    language: str


class AskOperator(Struct, frozen=True, tag_field="is", tag=True):
    """The key leads to an operator at once."""


MenuKey = ChooseType | ChooseLanguage | AskOperator


class Menu(Struct, frozen=True):
    """The spoken menu."""

    keys: dict[str, MenuKey]
    digit_wait_s: float = 4.0
    """Silence after the menu before it is repeated or left for an operator."""
    repeats: int = 1
    """How often the menu is said again (0 or 1)."""
    ring_within_s: float = 8.0
    """With an operator free, a phone rings at the latest this long after the INVITE, menu or not."""
    prompt_limit_s: float = 30.0
    """A prompt that has not ended by then counts as broken."""


class EmergencyType(Struct, frozen=True):
    """What a call can be about."""

    name: str
    queue: str
    priority: int = 5
    skills: tuple[str, ...] = ()
    label: str = ""
    """What an operator's display shows while the phone rings; empty: the name."""


class AnyOperator(Struct, frozen=True, tag_field="is", tag=True):
    """Overflow: skills no longer matter for this call."""


class RingAll(Struct, frozen=True, tag_field="is", tag=True):
    """Overflow: every available operator rings at once."""


class CallDestination(Struct, frozen=True, tag_field="is", tag=True):
    """Overflow: ring a number outside (a neighbour centre, a mobile); the caller keeps the turn meanwhile."""

    destination: str


OverflowTarget = AnyOperator | RingAll | CallDestination


class OverflowStep(Struct, frozen=True):
    """One link of the overflow chain, taken after ``after_s`` of waiting.

    Links outside are taken at once when nobody is logged in or the queue is full.
    """

    after_s: float
    target: OverflowTarget


class QueuePolicy(Struct, frozen=True):
    """How the callers of one queue wait and are offered to operators."""

    name: str
    strategy: Strategy = "longest_idle"
    ring_s: float = 15.0
    skill_wait_s: float = 0.0
    """For this long only operators with all wanted skills are rung, provided one is logged in."""
    max_waiting: int = 500
    """With more callers waiting, a new one takes the overflow chain at once (and keeps its turn here)."""
    comfort_every_s: float = 30.0
    """Pause between two comfort messages; 0 plays music only."""
    overflow: tuple[OverflowStep, ...] = ()
    overflow_ring_s: float = 30.0
    overflow_retry_s: float = 30.0
    """After the last external link failed, the external links are tried again this much later."""


class OperatorPlan(Struct, frozen=True):
    """One operator as configured."""

    operator: str
    """Extension and identity, such as ``201``."""
    name: str
    skills: tuple[str, ...] = ()
    wrap_up_s: float = 30.0


class Destination(Struct, frozen=True):
    """A number outside the room: an agency, a neighbour centre, a mobile."""

    destination: str
    name: str
    number: str
    trunk: str
    confirm: Confirmation = "key"
    shows_own: bool = False
    """Calls show the centre's own number in place of the caller's."""
    own_number: str = ""
    """The centre's number on that trunk; empty: none is known."""
    diverted_by: str = ""
    """SIP address of the own number, for providers that want to hear what number diverted the call; empty: none."""
    hides_withheld: bool = False
    """Whoever answers there must not learn a number that its caller withholds."""


class FeatureCodes(Struct, frozen=True):
    """What an operator dials from the phone, and presses during a call."""

    log_in: str = "*11"
    log_out: str = "*12"
    ready: str = "*13"
    on_break: str = "*14"
    """Followed by the digit of the break reason; bare, the first reason is meant."""
    break_reasons: dict[str, str] = {}
    """Digit -> reason."""
    hold: str = "*4"
    mute: str = "*5"
    blind: str = "*1"
    """Followed by the target's number and ``#``."""
    warm: str = "*2"
    """Followed by the target's number and ``#``."""
    conference: str = "*3"
    complete: str = "*8"
    cancel: str = "*0"


class Plan(Struct, frozen=True):
    """Everything the core needs to know of the routing file."""

    version: str
    """Digest of the file; stands on every record."""
    language: str
    """The language before the caller chose one."""
    menu: Menu
    default_queue: str
    default_priority: int
    types: dict[str, EmergencyType]
    queues: dict[str, QueuePolicy]
    operators: dict[str, OperatorPlan]
    destinations: dict[str, Destination]
    codes: FeatureCodes
    language_skills: dict[str, str] = {}
    """Language -> skill that speaks it, such as ``{"en": "english"}``."""
    decline_pause_s: float = 10.0
    """An operator who declined or was busy is not rung again for this long, unless nobody else is left."""
    unreachable_pause_s: float = 30.0
    """A phone that could not be reached is not rung for this long, or until it registers again."""
    answer_limit_s: float = 3.0
    """A call that cannot be answered within this time goes back to the dialplan's fallback."""
    hangup_grace_s: float = 5.0
    """A leg that was told to end and has not by then is given up, with an alarm."""
    redial_s: float = 900.0
    """Who lost the line and calls again within this time keeps the turn."""
    calls_per_number: int = 0
    """So many calls of one number have their turn at once; 0: any number of them."""
    refuse_repeated: bool = False
    """Further ones are refused; else they wait behind all others."""
    languages: tuple[str, ...] = ()
    """Every language that prompts exist in, the default first; empty: the default alone."""
    confirm_s: float = 20.0
    """A number outside that was answered, but has not confirmed by then that a human is there, is let go."""
    quick_end_s: float = QUICK_END_S
    """A number outside that ends a conversation sooner than this ends the citizen's call with it: no human does."""
