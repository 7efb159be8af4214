"""Who is signed in. Kept in a file too, so that a console that is started again sends nobody out."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from ntpd112.console.accounts import Account, Accounts
from ntpd112.host.files import write_atomically

log = structlog.get_logger(__name__)

LASTS_S: Final = 14 * 3600.0
"""A shift of eight hours, and what may come before and after it."""
WALL_LASTS_S: Final = 366 * 86_400.0
"""Nobody sits before the wall who could sign in again."""
_MOST_EACH: Final = 10
"""Browsers that one account is signed in with; the oldest is forgotten."""


class _Session(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    begun_at: float
    lasts_s: float = LASTS_S
    password: str = ""
    """Digest of the password's hash; a new password ends the session, whatever the clocks said when it was set."""


class _File(BaseModel):
    sessions: dict[str, _Session]


def lasts_s(account: Account) -> float:
    """Return how long a session lasts, in seconds."""
    return WALL_LASTS_S if account.role == "wall" else LASTS_S


class Sessions:
    """Keeps them by the digest of their token: who reads the file can sign in as nobody."""

    def __init__(self, file: Path, accounts: Accounts, clock: Callable[[], float]) -> None:
        self._file = file
        self._accounts = accounts
        self._clock = clock
        self._sessions: dict[str, _Session] = {}
        with contextlib.suppress(OSError, ValidationError):  # lost or damaged: everybody signs in again
            self._sessions = _File.model_validate_json(file.read_bytes()).sessions

    def begin(self, account: Account) -> str:
        """Return the token of a new session."""
        token = secrets.token_urlsafe(32)
        theirs = [key for key, session in self._sessions.items() if session.name == account.name]
        for key in theirs[: max(0, len(theirs) - _MOST_EACH + 1)]:
            del self._sessions[key]
        self._sessions[_digest(token)] = _Session(
            name=account.name, begun_at=self._clock(), lasts_s=lasts_s(account), password=_digest(account.password_hash)
        )
        self._keep()
        return token

    def of(self, token: str) -> Account | None:
        """Return whose session this is; None when it is none, or no longer."""
        session = self._sessions.get(_digest(token))
        now = self._clock()
        if session is not None and session.begun_at > now:  # the clock was set back: it lasts from now on
            session = self._sessions[_digest(token)] = session.model_copy(update={"begun_at": now})
        if session is None or now - session.begun_at >= session.lasts_s:
            return None
        account = self._accounts.find(session.name)
        if account is None:
            return None
        is_same = session.password == _digest(account.password_hash)
        if not session.password:  # of an earlier version
            is_same = account.changed_at <= session.begun_at
        return account if is_same else None

    def end(self, token: str) -> None:
        """Forget a session."""
        if self._sessions.pop(_digest(token), None) is not None:
            self._keep()

    def _keep(self) -> None:
        now = self._clock()
        self._sessions = {key: one for key, one in self._sessions.items() if now - one.begun_at < one.lasts_s}
        try:
            write_atomically(self._file, _File(sessions=self._sessions).model_dump_json().encode(), mode=0o600)
        except OSError as error:
            log.warning("sessions_not_kept", reason=str(error), cure="they end with this process; free space")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
