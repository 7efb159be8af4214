"""What other systems show instead of signing in: tokens, each with a name and what it is for.

Only a digest of each is kept, in a file beside the accounts (:mod:`ntpd112.console.kept`). A token is 32 random bytes,
so a plain digest is enough: nobody finds it by trying.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from ntpd112.console.accounts import NAME, Account, AccountError, as_name
from ntpd112.console.kept import Kept

Scope = Literal["read", "act", "metrics"]
"""``read``: what supervisors see, records too; ``act``: also what they may do; ``metrics``: ``/metrics`` alone."""

BEGINS_WITH: Final = "ntpd112_"
"""Whoever finds one in a file or a log knows whose it is."""


class Token(BaseModel):
    """One token, without its secret."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    scopes: frozenset[Scope] = Field(min_length=1)
    digest: str = Field(repr=False)
    created_at: float
    """POSIX seconds."""
    expires_at: float | None = None
    """None: never."""

    def is_over(self, now: float) -> bool:
        """It opens nothing any more."""
        return self.expires_at is not None and self.expires_at <= now


class System(Account):
    """Another system that asks by its token: a supervisor without a phone, as far as its scopes reach."""

    scopes: frozenset[Scope]


class Tokens:
    """Reads and changes the tokens of one instance."""

    def __init__(self, state_dir: Path) -> None:
        self.path = state_dir / "tokens.json"
        self._kept = Kept(self.path, "tokens", Token, AccountError)

    def all(self) -> Mapping[str, Token]:
        """Return every token by name. Raises :class:`AccountError` when the file cannot be read."""
        return self._kept.all()

    def of(self, secret: str, now: float) -> System | None:
        """Return whose token this is; None when it is none's, or no longer. Raises :class:`AccountError`."""
        digest = _digest(secret)
        # Equal digests are found in a time that tells nothing of the secret: who asks does not choose the digest.
        token = next((one for one in self.all().values() if one.digest == digest), None)
        return None if token is None or token.is_over(now) else _system(token)

    def add(self, name: str, scopes: Iterable[Scope], now: float, lasts_s: float | None = None) -> str:
        """Add one and return its secret, which is kept nowhere. Raises :class:`AccountError`."""
        name = as_name(name)
        if not NAME.fullmatch(name):
            raise AccountError("a name has 1 to 64 small letters, digits and . - _ @")
        secret = BEGINS_WITH + secrets.token_urlsafe(32)
        expires_at = None if lasts_s is None else now + lasts_s
        with self._kept.changing() as tokens:
            if name in tokens:
                raise AccountError(f"there is a token {name} already; remove it first, or give this one another name")
            tokens[name] = Token(
                name=name, scopes=frozenset(scopes), digest=_digest(secret), created_at=now, expires_at=expires_at
            )
        return secret

    def remove(self, name: str) -> None:
        """Remove one. Raises :class:`AccountError`."""
        with self._kept.changing() as tokens:
            if tokens.pop(as_name(name), None) is None:
                raise AccountError(f"there is no token {as_name(name)}; there are: {', '.join(tokens) or 'none'}")


def _system(token: Token) -> System:
    return System(
        name=f"token:{token.name}",
        full_name=token.name,
        role="supervisor",
        language="en",
        password_hash="",
        changed_at=token.created_at,
        scopes=token.scopes,
    )


def _digest(secret: str) -> str:
    return sha256(secret.encode(errors="surrogateescape")).hexdigest()
