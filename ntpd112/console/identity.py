"""Who asks: a person by the cookie of their session, or another system by its token.

A request with a token is that system's alone, whatever cookie it carries. No other site's page can make a browser send
one, so such a request is not asked where it comes from.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from ipaddress import ip_address
from typing import Final

import structlog
from aiohttp import hdrs, web

from ntpd112.console.accounts import Account, AccountError, Role
from ntpd112.console.endpoint import RANK, Refusal
from ntpd112.console.throttle import Throttle
from ntpd112.console.tokens import Scope, System, Tokens

log = structlog.get_logger(__name__)

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_PASSED_ON: Final = (hdrs.FORWARDED, hdrs.X_FORWARDED_FOR, "X-Real-IP")
"""Whoever sends one of these speaks for somebody elsewhere."""

WhoAsks = Callable[[web.Request], Account | None]


class Identity:
    """Finds out. ``people``: who is signed in."""

    def __init__(self, people: WhoAsks, tokens: Tokens, clock: Callable[[], float]) -> None:
        self._people = people
        self._tokens = tokens
        self._clock = clock
        self._throttle = Throttle()
        """Apart from that of passwords: a system with an old token, asking every second from behind the same proxy,
        must keep nobody from signing in. It holds up no token that is right: there is no finding one by trying."""

    def known(self, request: web.Request) -> Account | None:
        """Return who asks; None: nobody we know. Raises :class:`AccountError`."""
        token = token_of(request)
        return self._people(request) if token is None else self._tokens.of(token, self._clock())

    def allowed(self, request: web.Request, role: Role | None, scope: Scope | None) -> Account | None:
        """Return who asks; None where anybody may.

        Raises :class:`Refusal` unless they have this role or a higher one, and a token this scope (None: no token may).
        """
        if role is None:
            return None
        account = self._asking(request)
        if isinstance(account, System):
            _check_scope(account, scope)
        if RANK[account.role] < RANK[role]:
            raise Refusal(403, "forbidden", f"This is for the role {role}", "Ask somebody who has it")
        return account

    def check_metrics(self, request: web.Request) -> None:
        """Raise :class:`Refusal` unless this comes from a program on this machine, or with a token for it."""
        if token_of(request) is None:
            if _is_from_here(request):
                return
            raise Refusal(401, "wrong_token", "Metrics are for this machine, and for tokens", "Send a token for them")
        account = self._asking(request)
        if isinstance(account, System):
            _check_scope(account, "metrics")

    def _asking(self, request: web.Request) -> Account:
        try:
            account = self.known(request)
        except AccountError as error:
            log.error("accounts_unreadable", reason=str(error))
            cure = "Tell an admin; see the log"
            raise Refusal(503, "accounts_unreadable", "The accounts cannot be read", cure) from None
        if account is None:
            raise self._refusal(request)
        return account

    def _refusal(self, request: web.Request) -> Refusal:
        if token_of(request) is None:
            return Refusal(401, "signed_out", "Nobody is signed in here (any more)", "Sign in")
        address, now = request.remote or "", time.monotonic()
        if wait_s := self._throttle.wait_s(None, address, now):
            return too_many(wait_s)
        self._throttle.failed(None, address, now)
        log.warning("token_refused", address=address)
        return Refusal(401, "wrong_token", "This token opens nothing (any more)", "`ntpd112 token add` makes another")


def token_of(request: web.Request) -> str | None:
    """Return the token that a request carries; None when it carries none."""
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def check_origin(request: web.Request) -> None:
    """Refuse what another site's page lets a browser send: browsers say where it comes from."""
    origin = request.headers.get(hdrs.ORIGIN)
    is_upgrade = hdrs.UPGRADE in request.headers
    if (request.method in _SAFE and not is_upgrade) or origin is None or token_of(request) is not None:
        return
    if origin.partition("://")[2] != request.host:
        raise Refusal(403, "forbidden", f"Sent by a page of {origin[:100]}", "Use the console's own page")


def too_many(wait_s: float) -> Refusal:
    """Tell somebody who has tried too often how long to wait."""
    seconds = math.ceil(wait_s)
    told = {str(hdrs.RETRY_AFTER): str(seconds)}
    return Refusal(429, "too_many_tries", "Too many tries", f"Wait {seconds} s and try again", told)


def _check_scope(system: System, scope: Scope | None) -> None:
    if scope is None:
        raise Refusal(403, "forbidden", "This is for people, not for tokens", "Sign in")
    if scope not in system.scopes and not (scope == "read" and "act" in system.scopes):
        raise Refusal(403, "forbidden", f"This token has not the scope {scope}", "`ntpd112 token add` makes another")


def _is_from_here(request: web.Request) -> bool:
    if any(name in request.headers for name in _PASSED_ON):
        return False
    try:
        return ip_address(request.remote or "").is_loopback
    except ValueError:
        return False
