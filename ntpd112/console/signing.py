"""Signing in and out, and one's own password."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import structlog
from aiohttp import hdrs, web
from pydantic import BaseModel, ConfigDict, Field

from ntpd112.console.accounts import LONGEST_PASSWORD, Account, AccountError, Accounts, Language, Role, as_name
from ntpd112.console.endpoint import Asked, Endpoint, Refusal
from ntpd112.console.identity import too_many
from ntpd112.console.sessions import Sessions, lasts_s
from ntpd112.console.throttle import Throttle

log = structlog.get_logger(__name__)

COOKIE: Final = "ntpd112"
_CHECKS_AT_ONCE: Final = 2
"""A password takes a tenth of a second of a processor, which calls need too."""


class SignIn(BaseModel):
    """Name and password."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=100)
    password: str = Field(max_length=LONGEST_PASSWORD, repr=False)


class NewPassword(BaseModel):
    """The password until now, and the one from now on."""

    model_config = ConfigDict(extra="forbid")

    old: str = Field(max_length=LONGEST_PASSWORD, repr=False)
    new: str = Field(max_length=LONGEST_PASSWORD, repr=False)


class SignedIn(BaseModel):
    """Who is signed in."""

    name: str
    full_name: str
    role: Role
    operator: str | None
    """Extension of the operator they are; null for who takes no calls."""
    language: Language


class Signing:
    """Its endpoints, and who asks in any other."""

    def __init__(self, accounts: Accounts, sessions: Sessions) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._throttle = Throttle()
        self._checking = asyncio.Semaphore(_CHECKS_AT_ONCE)
        tries = {401: "Name or password is wrong", 429: "Too many tries; Retry-After tells how long to wait"}
        unreadable = {503: "The accounts cannot be read"}
        self.endpoints = (
            Endpoint("POST", "/session", "Sign in", self._sign_in, None, SignIn, SignedIn, {**tries, **unreadable}),
            Endpoint("GET", "/session", "Who asks", self._look, "wall", None, SignedIn),
            Endpoint("DELETE", "/session", "Sign out", self._sign_out, "wall", for_systems=False),
            Endpoint(
                "PUT",
                "/session/password",
                "Change one's own password; every other browser is signed out",
                self._change,
                "operator",
                NewPassword,
                SignedIn,
                {**tries, 422: "The new password is too easy"},
                for_systems=False,
            ),
        )

    def who(self, request: web.Request) -> Account | None:
        """Return who is signed in. Raises :class:`AccountError`."""
        return self._sessions.of(request.cookies.get(COOKIE, ""))

    async def _sign_in(self, asked: Asked) -> SignedIn:
        body = asked.sent(SignIn)
        account = await self._checked(asked, body.name, body.password)
        self._begin(asked, account)
        log.info("signed_in", account=account.name, role=account.role, address=asked.address)
        return _shown(account)

    async def _look(self, asked: Asked) -> SignedIn:
        return _shown(asked.who)

    async def _sign_out(self, asked: Asked) -> None:
        self._sessions.end(asked.request.cookies.get(COOKIE, ""))
        asked.headers[hdrs.SET_COOKIE] = self._cookie(asked, "", 0)
        log.info("signed_out", account=asked.who.name)

    async def _change(self, asked: Asked) -> SignedIn:
        body = asked.sent(NewPassword)
        account = await self._checked(asked, asked.who.name, body.old)
        try:
            async with self._checking:
                await asyncio.to_thread(self._accounts.set_password, account.name, body.new, time.time())
        except AccountError as error:
            raise Refusal(422, "bad_request", str(error)) from None
        self._begin(asked, self._accounts.find(account.name) or account)  # with the new password
        log.info("password_changed", account=account.name)
        return _shown(account)

    async def _checked(self, asked: Asked, name: str, password: str) -> Account:
        name, address = as_name(name), asked.address
        self._wait(name, address)
        async with self._checking:
            self._wait(name, address)  # others may have failed while this one waited
            try:
                account = await asyncio.to_thread(self._accounts.signed_in, name, password)
            except AccountError as error:
                log.error("accounts_unreadable", reason=str(error))
                raise Refusal(503, "accounts_unreadable", "The accounts cannot be read", "Tell an admin") from None
            if account is None:
                self._throttle.failed(name, address, time.monotonic())
        if account is None:
            log.warning("sign_in_failed", address=address)
            raise Refusal(401, "wrong_password", "Name or password is wrong", "An admin can set a new password")
        self._throttle.succeeded(name, address)
        return account

    def _wait(self, name: str, address: str) -> None:
        wait_s = self._throttle.wait_s(name, address, time.monotonic())
        if wait_s:
            raise too_many(wait_s)

    def _begin(self, asked: Asked, account: Account) -> None:
        asked.headers[hdrs.SET_COOKIE] = self._cookie(asked, self._sessions.begin(account), int(lasts_s(account)))

    @staticmethod
    def _cookie(asked: Asked, token: str, lasts_s: int) -> str:
        secure = "; Secure" if asked.request.secure else ""
        return f"{COOKIE}={token}; Path=/; Max-Age={lasts_s}; HttpOnly; SameSite=Strict{secure}"


def _shown(account: Account) -> SignedIn:
    return SignedIn.model_validate(account.model_dump(include=set(SignedIn.model_fields)))
