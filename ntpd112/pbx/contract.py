"""What the exchange is given by its owner, and what it gives."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ntpd112.pbx.gate import Gate, always_open

FellBack = Callable[[Collection[str]], Awaitable[set[str]]]


class ReplacedError(Exception):
    """Another controller has taken our place: we hear nothing any more, and must decide nothing."""


@dataclass(frozen=True)
class Arrival:
    """What Asterisk says of a new call."""

    call_id: str
    trunk: str
    ddi_raw: str
    ani_raw: str
    caller_name: str
    more: Mapping[str, str] = field(default_factory=dict)
    """Further facts that the dialplan handed over, by name (:mod:`ntpd112.config.arguments`)."""


@dataclass(frozen=True)
class ExchangeSettings:
    """Where Asterisk is and how long it may take."""

    ari_url: str
    ari_user: str
    ari_password: str
    ari_timeout_s: float
    ami_host: str
    ami_port: int
    ami_user: str
    ami_password: str
    ami_timeout_s: float
    recordings: Path
    """Where Asterisk writes them."""
    job_timeout_s: float = 30.0
    look_every_s: float = 10.0
    most_music: int = 300
    """So many callers hear music at once, the others only what is said to them."""
    gate: Gate = always_open
    """Passed by whatever changes anything at Asterisk."""
    is_here: bool = True
    """Asterisk runs on this machine: its files can be seen, and its clock is ours."""
    is_of_trunk: Callable[[str, str], bool] = lambda _trunk, _address: False
    """Whether a trunk's voice may come from an address, by the city file."""
