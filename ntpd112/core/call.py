"""One call: its stages, its legs and the table of legal moves.

The table is the truth: a trigger that is not in a stage's row changes nothing. The README's state chart is generated
from it (``python -m ntpd112.core.chart``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from msgspec import Struct

from ntpd112.core.commands import Listening
from ntpd112.core.messages import CallArrived, CancelReason
from ntpd112.core.plan import Plan, QueuePolicy
from ntpd112.core.records import OfferKind, OfferRecord, Refusal, Side, Stage

State = Literal[
    "arriving",
    "greeting",
    "menu",
    "waiting",
    "ringing",
    "talking",
    "on_hold",
    "consulting",
    "conference",
    "transferring",
    "leaving",
    "ended",
]
Trigger = Literal[
    "answered",
    "greeted",
    "queued",
    "offered",
    "unoffered",
    "joined",
    "held",
    "resumed",
    "consulted",
    "conferenced",
    "third_left",
    "handed_over",
    "sent_on",
    "cut_off",
    "given_back",
    "closing",
    "gone",
]

ALWAYS: dict[Trigger, State] = {"given_back": "leaving", "gone": "ended"}

TRANSITIONS: dict[State, dict[Trigger, State]] = {
    # waits for our 200 OK
    "arriving": {"answered": "greeting", **ALWAYS},
    # hears the greeting; a key ends it
    "greeting": {"greeted": "menu", "queued": "waiting", **ALWAYS},
    # hears the menu; a key, silence or the time limit ends it
    "menu": {"queued": "waiting", **ALWAYS},
    # in the queue, nobody rings
    "waiting": {"offered": "ringing", **ALWAYS},
    # in the queue, at least one phone rings
    "ringing": {"offered": "ringing", "unoffered": "waiting", "joined": "talking", **ALWAYS},
    # with one human
    "talking": {
        "closing": "leaving",
        "held": "on_hold",
        "consulted": "consulting",
        "sent_on": "transferring",
        "cut_off": "waiting",
        **ALWAYS,
    },
    # hears music, the operator waits
    "on_hold": {
        "resumed": "talking",
        "consulted": "consulting",
        "sent_on": "transferring",
        "cut_off": "waiting",
        **ALWAYS,
    },
    # hears music while the operator speaks with (or rings) a third party
    "consulting": {
        "third_left": "talking",
        "conferenced": "conference",
        "handed_over": "talking",
        "sent_on": "transferring",
        "cut_off": "waiting",
        **ALWAYS,
    },
    # caller, operator and third party hear each other
    "conference": {
        "third_left": "talking",
        "handed_over": "talking",
        "sent_on": "transferring",
        "cut_off": "waiting",
        **ALWAYS,
    },
    # the operator has left, the next party's phone rings, or whoever answered it has not confirmed yet
    "transferring": {"joined": "talking", "cut_off": "waiting", **ALWAYS},
    # was told to end, or to go to the dialplan's fallback
    "leaving": {"gone": "ended"},
    "ended": {},
}

STAGE_OF: dict[State, Stage] = {
    "arriving": "arriving",
    "greeting": "greeting",
    "menu": "menu",
    "waiting": "waiting",
    "ringing": "ringing",
    "talking": "talking",
    "on_hold": "talking",
    "consulting": "talking",
    "conference": "talking",
    "transferring": "talking",
    "leaving": "fallback",
    "ended": "fallback",
}
"""The stage that stands on the record when a call ends in a state."""

_MOST_NOTES = 100

IN_QUEUE: frozenset[State] = frozenset({"waiting", "ringing"})
IN_MENU: frozenset[State] = frozenset({"greeting", "menu"})
WITH_HUMAN: frozenset[State] = frozenset({"talking", "on_hold", "consulting", "conference"})


@dataclass(slots=True, eq=False)
class Leg:
    """One phone that rings or speaks for one call."""

    leg_id: str
    call_id: str
    kind: OfferKind
    target: str
    operator: str
    """Equal to ``target`` when an operator's phone is rung, else empty."""
    offered_at: float
    rang_at: float | None = None
    answered_at: float | None = None
    ending: bool = False
    cancel_reason: CancelReason | None = None
    spoke: bool = False
    """Was brought together with somebody."""
    muted: bool = False
    soft: str = ""
    """Why its end need not have been meant by a human."""
    to: str = ""
    """The leg that a supervisor's listens to."""
    mode: Listening = "listen"
    """How it does."""
    keys: str = ""
    """Digits of a code that is being pressed."""
    keyed_at: float = 0.0
    held: bool = False
    """The far phone has put the call on hold by its own key."""
    transfer_at: float | None = None
    """When the far phone last asked for a transfer by its own key."""
    confirm: bool = False
    """Counts as a human only once somebody there has pressed a key."""
    asked: bool = False
    """Hears which key that is, and nothing else."""
    confirmed_at: float | None = None
    joined_at: float | None = None
    """Was brought together with the caller."""
    late_at: float | None = None
    """Was brought together with the caller only then, after a while of hearing nobody."""
    before: Contact | None = None
    """What the record would have said without that."""
    reasons: tuple[str, ...] = ()
    """What the leg's network says of its end (RFC 3326)."""

    @property
    def is_human(self) -> bool:
        """Somebody has picked up, and is no machine."""
        return self.answered_at is not None and (not self.confirm or self.confirmed_at is not None)

    @property
    def is_unconfirmed(self) -> bool:
        """Something has picked up, and nobody knows yet whether it is a human."""
        return self.answered_at is not None and not self.is_human

    @property
    def hears_the_question(self) -> bool:
        """Something has picked up, and is asked to press the key."""
        return self.asked and self.is_unconfirmed


@dataclass(slots=True, frozen=True)
class Contact:
    """What the record will say of the humans a caller has spoken with."""

    connected_at: float | None = None
    operator: str | None = None
    destination: str | None = None
    transferred: bool = False


@dataclass(slots=True, frozen=True)
class Doubt:
    """What was true before the latest joining, which the exchange may still refuse."""

    contact: Contact
    spoke: bool


class LostLine(Struct, frozen=True):
    """What a caller had whose line broke: the turn for when they call again. ``lost_at``: POSIX seconds."""

    call_id: str
    turn: int
    priority: int
    type: str | None
    lost_at: float


class Refused(Struct, frozen=True):
    """All INVITEs that were refused for one reason on one trunk, or from one address. Instants in POSIX seconds."""

    first: Refusal
    count: int
    latest_at: float
    told_at: float
    told: int
    """How many of them the people who run the room know of."""


@dataclass(slots=True, eq=False)
class Call:
    """One caller, from the INVITE to the end of the line."""

    arrived: CallArrived
    arrived_at: float
    turn: int
    """Order of arrival; never changes, whatever happens to the call. Who calls again after a lost line keeps it."""
    plan: Plan
    language: str
    queue: QueuePolicy
    priority: int
    owed: int | None = None
    """Priority that a caller keeps who has lost a line, whatever the menu makes of this one."""
    behind: bool = False
    """Waits behind all others, as its number has many calls here."""
    refused: bool = False
    """Was not answered, on purpose."""
    state: State = "arriving"
    stage: Stage = "arriving"
    """The last stage before leaving."""
    type: str | None = None
    skills: frozenset[str] = frozenset()
    location: str = ""
    """Where the caller is, as the network says."""
    digits: str = ""
    answers: str = ""
    """The last keys that were pressed while a human was there: how somebody answers who cannot speak."""
    answered_at: float | None = None
    queued_at: float | None = None
    waiting_since: float = 0.0
    """Joined the queue, or came back to it; the overflow chain counts from here."""
    first_rang_at: float | None = None
    contact: Contact = Contact()
    doubt: Doubt | None = None
    recording: str | None = None
    incident_id: str | None = None
    cause: str = ""
    side: Side | None = None
    """Who ended the call, known before the line is gone."""
    reasons: tuple[str, ...] = ()
    """What the caller's network says of the line's end (RFC 3326)."""
    reminded: bool = False
    """The exchange was told a second time to end it or to take it back."""
    notes: list[str] = field(default_factory=list)
    offers: list[OfferRecord] = field(default_factory=list)
    ringing: dict[str, Leg] = field(default_factory=dict)
    """Open offers by leg id."""
    main: Leg | None = None
    third: Leg | None = None
    listeners: dict[str, Leg] = field(default_factory=dict)
    """Supervisors' legs, ringing or answered, by leg id. What they do changes nothing for the others."""
    play_id: str = ""
    plays: int = 0
    legs_made: int = 0
    menu_said: int = 0
    menu_languages: int = 0
    skills_matter: bool = True
    ring_all: bool = False
    next_overflow: int = 0
    next_outside: int = 0
    overflow_due: bool = False
    """The queue was full on joining: the chain's outside links are taken without waiting."""
    unheard: list[str] = field(default_factory=list)
    """Legs from which no sound comes; the empty one is the caller's own line."""
    position: tuple[int, int] | None = None
    """Where it stands in the waiting line, while it seeks an operator."""
    call_id: str = field(init=False)
    """Identity, the same at the exchange and on every record."""

    def __post_init__(self) -> None:
        """Keep at hand what is asked for most."""
        self.call_id = self.arrived.call_id

    def move(self, trigger: Trigger) -> bool:
        """Take the table's move; False, and nothing changed, when there is none."""
        target = TRANSITIONS[self.state].get(trigger)
        if target is None:
            return False
        if target not in {"leaving", "ended"}:
            self.stage = STAGE_OF[target]
        self.state = target
        return True

    def note(self, text: str) -> None:
        """Keep a fact for the record, once; nobody can fill the record with them."""
        if text not in self.notes and len(self.notes) < _MOST_NOTES:
            self.notes.append(text if len(self.notes) < _MOST_NOTES - 1 else "more notes were left out")
