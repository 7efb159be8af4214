"""Who serves, among controllers on several machines: a lease that Asterisk keeps, for all of them see it.

Rules, the clock an argument throughout:

1. Who serves writes its name and a number that grows into one global variable of Asterisk's, every
   :data:`RENEW_EVERY_S`. Clocks of two machines are never compared: the others watch whether the text changes.
2. Who wants to serve waits until it has not changed for :data:`LEASE_S` while Asterisk was asked and answered, writes
   itself, waits longer than a write may take, and goes on only if its own name is still there (M. Fischer's mutual
   exclusion, as told by L. Lamport, "A fast mutual exclusion algorithm", 1987).
3. Who serves does nothing unless it has renewed the lease within :data:`FENCED_AFTER_S`, which is shorter. After a
   longer sleep it looks first, and ends if the lease is somebody else's.
4. Who ends on purpose says so, and nobody waits. Nor does the successor in the same instance: it has the lock of the
   folder, so the former one is dead.
5. The lease also says whose journal tells how the room is: who claimed it and died before it served has none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

VARIABLE: Final = "NTPD_SERVES"
RENEW_EVERY_S: Final = 0.2
"""Shorter than :data:`SETTLE_S`: who serves has seen somebody else's claim before that one acts."""
LOOK_EVERY_S: Final = 0.2
LEASE_S: Final = 1.2
FENCED_AFTER_S: Final = 0.9
SETTLE_S: Final = 0.25
"""Longer than it may take from looking at the lease to having written it."""
_BLIND_S: Final = 0.8
"""Looks further apart tell nothing of what was between them."""
_RELEASED: Final = "released"
_NOBODY: Final = "-"
_FORM: Final = re.compile(r"(\d+|released) ([0-9a-z]+) (\S+:\d{1,5}) (-|[0-9a-z]+@\S+:\d{1,5})")


@dataclass(frozen=True, slots=True)
class Lease:
    """What the variable says."""

    process: str
    """A name that no other controller ever had."""
    instance: str
    """Where its journal is to be had, ``address:port``: no two instances have the same."""
    beat: int
    released: bool = False
    journal: str = ""
    """Whose journal tells how the room is, ``process@address:port``: who served last. Empty: nobody's."""

    def __str__(self) -> str:
        beat = _RELEASED if self.released else self.beat
        return f"{beat} {self.process} {self.instance} {self.journal or _NOBODY}"


def parse(text: str) -> Lease | None:
    """Read the variable; None when it says nothing, as after a start of Asterisk."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    released = found[1] == _RELEASED
    journal = "" if found[4] == _NOBODY else found[4]
    return Lease(found[2], found[3], 0 if released else int(found[1]), released, journal)


class LeaseWatch:
    """Judges a lease by its changes. ``instance``: our own, whose lock we have. ``process``: our own too."""

    def __init__(self, instance: str, process: str) -> None:
        self._instance = instance
        self._process = process
        self._text: str | None = None
        self._since = 0.0
        """When the text was seen for the first time, by our clock."""
        self._looked_at = 0.0

    def is_free(self, asked_at: float, answered_at: float, text: str) -> bool:
        """Take one look, and tell whether the lease may be claimed."""
        if text != self._text or answered_at - self._looked_at > _BLIND_S:
            self._text, self._since = text, answered_at
        self._looked_at = answered_at
        lease = parse(text)
        if lease is not None and (lease.released or (lease.instance == self._instance and not self._is_own(lease))):
            return True
        return asked_at - self._since >= LEASE_S

    def _is_own(self, lease: Lease) -> bool:
        """Tell whether we wrote it, but too late: over somebody's, perhaps, who has to notice first."""
        return lease.process == self._process


class Fence:
    """Tells whether its owner may act: shut until the lease was renewed, and again when that was too long ago."""

    def __init__(self) -> None:
        self._open_until = float("-inf")

    def renewed(self, asked_at: float) -> None:
        """Take note of a renewal that has succeeded; ``asked_at``: before it was sent."""
        self._open_until = max(self._open_until, asked_at + FENCED_AFTER_S)

    def shut(self) -> None:
        """Let nothing pass any more."""
        self._open_until = float("-inf")

    def is_open(self, now: float) -> bool:
        """Tell whether its owner may act."""
        return now < self._open_until
