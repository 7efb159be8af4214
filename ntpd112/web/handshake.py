"""How two controllers on different machines know each other before one gives the other its journal.

Each proves that it has the instance's secrets, which never travel: the HMAC of the other one's random number. The
proofs differ in their first word, so that nobody's own proof can be played back. Lines of text, UTF-8::

    offer     ntpd112-journal-1 PROCESS NONCE
    follower  NONCE PROOF
    offer     PROOF

and then frames (:mod:`ntpd112.web.frames`). What follows is not hidden: a management network has no strangers.
"""

from __future__ import annotations

import hmac
import secrets
from typing import Final

GREETING: Final = "ntpd112-journal-1"
WITHIN_S: Final = 2.0
LINE_BYTES: Final = 256


def nonce() -> str:
    """Return a random number that was never said before."""
    return secrets.token_hex(16)


def proof(key: bytes, who: str, process: str, offers: str, follows: str) -> str:
    """Return what only somebody with the ``key`` can say. ``offers``, ``follows``: both nonces."""
    return hmac.new(key, f"{who} {process} {offers} {follows}".encode(), "sha256").hexdigest()


def is_proven(key: bytes, who: str, process: str, offers: str, follows: str, said: str) -> bool:
    """Tell whether somebody has proven to know the ``key``."""
    return hmac.compare_digest(proof(key, who, process, offers, follows).encode(), said.encode())
