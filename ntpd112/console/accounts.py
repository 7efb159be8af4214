"""Who may sign in: a file of the instance, so that nobody is shut out while the database is down.

Passwords are kept as argon2id hashes (:mod:`ntpd112.console.kept` tells how the file is).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import BaseModel, ConfigDict, Field

from ntpd112.console.kept import Kept, KeptError

Role = Literal["wall", "operator", "supervisor", "admin"]
"""Each may do what those before it may; ``wall`` is no person, but a screen that nobody touches."""
Language = Literal["id", "en"]

SHORTEST_PASSWORD: Final = 10
LONGEST_PASSWORD: Final = 200
NAME: Final = re.compile(r"[\w.@-]{1,64}")
_hasher = PasswordHasher()
_NOBODYS_HASH: Final = _hasher.hash("nobody's")
"""Looked at for a name that does not exist, so that it takes as long as for one that does."""


class AccountError(KeptError):
    """An account cannot be made or changed so. The text names the cure."""


class Account(BaseModel):
    """One person who may sign in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    """To sign in with; letter case does not matter."""
    full_name: str = Field(max_length=100)
    role: Role
    operator: str | None = None
    """Extension of the operator they are."""
    language: Language = "id"
    password_hash: str = Field(repr=False)
    changed_at: float
    """When the password was set (POSIX seconds): who signed in before has to do so again."""


class Accounts:
    """Reads and changes the accounts of one instance."""

    def __init__(self, state_dir: Path) -> None:
        self.path = state_dir / "accounts.json"
        self._kept = Kept(self.path, "accounts", Account, AccountError)

    def all(self) -> Mapping[str, Account]:
        """Return every account by name. Raises :class:`AccountError` when the file cannot be read."""
        return self._kept.all()

    def find(self, name: str) -> Account | None:
        """Return the account of this name, in any letter case."""
        return self.all().get(as_name(name))

    def signed_in(self, name: str, password: str) -> Account | None:
        """Return the account if the password is right. Takes a tenth of a second of a processor: use a thread."""
        account = self.find(name)
        try:
            _hasher.verify(account.password_hash if account is not None else _NOBODYS_HASH, password)
        except (VerificationError, InvalidHashError):
            return None
        return account

    def add(self, account: Account) -> None:
        """Add one. Raises :class:`AccountError`."""
        if not NAME.fullmatch(account.name) or account.name != as_name(account.name):
            raise AccountError("a name has 1 to 64 small letters, digits and . - _ @")
        with self._kept.changing() as accounts:
            if account.name in accounts:
                raise AccountError(f"there is an account {account.name} already; give it another name")
            taken = next(
                (one for one in accounts.values() if account.operator and one.operator == account.operator), None
            )
            if taken is not None:
                raise AccountError(f"operator {account.operator} is {taken.name} already; remove that account first")
            accounts[account.name] = account

    def set_password(self, name: str, password: str, now: float) -> None:
        """Set somebody's password. Raises :class:`AccountError`."""
        hashed = hash_password(name, password)
        with self._kept.changing() as accounts:
            accounts[name] = _there(accounts, name).model_copy(update={"password_hash": hashed, "changed_at": now})

    def remove(self, name: str) -> None:
        """Remove an account. Raises :class:`AccountError`."""
        with self._kept.changing() as accounts:
            _there(accounts, name)
            del accounts[name]


def as_name(text: str) -> str:
    """Return a name as accounts are found by it."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def hash_password(name: str, password: str) -> str:
    """Return the hash to keep. Raises :class:`AccountError` for a password that is too easy."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise AccountError(
            f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} letters; a sentence is a good one"
        )
    if name in as_name(password) or len(set(password)) < 5:  # noqa: PLR2004
        raise AccountError("that password is easily guessed; take several words that have nothing to do with you")
    return _hasher.hash(password)


def _there(accounts: dict[str, Account], name: str) -> Account:
    try:
        return accounts[name]
    except KeyError:
        known = ", ".join(accounts) or "none"
        raise AccountError(f"there is no account {name}; there are: {known}") from None
