"""One endpoint of the API: what it takes, who may ask it, and everything it may answer.

What is declared here is what is checked and what stands in the OpenAPI description, so the two cannot differ.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeVar

from aiohttp import web
from pydantic import BaseModel

from ntpd112.console.accounts import Account, Role
from ntpd112.console.tokens import Scope

Code = Literal[
    "bad_request",
    "signed_out",
    "wrong_password",
    "wrong_token",
    "too_many_tries",
    "forbidden",
    "not_found",
    "no_such_field",
    "not_a_choice",
    "method_not_allowed",
    "no_such_target",
    "target_busy",
    "target_off_duty",
    "target_unreachable",
    "no_call",
    "in_a_call",
    "phone_away",
    "too_large",
    "controller_away",
    "accounts_unreadable",
    "database_away",
    "internal",
]

Method = Literal["GET", "POST", "PUT", "DELETE"]
Body = TypeVar("Body", bound=BaseModel)

RANK: Final[Mapping[Role, int]] = {"wall": 0, "operator": 1, "supervisor": 2, "admin": 3}


class ErrorAnswer(BaseModel):
    """What every answer of 400 and above carries."""

    error: Code
    message: str
    """What is wrong, in English."""
    cure: str = ""
    """What helps."""


class Refusal(Exception):  # noqa: N818  a refusal is an answer
    """Ends a handler with an answer of 400 or above."""

    def __init__(
        self, status: int, code: Code, message: str, cure: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})
        self.answer = ErrorAnswer(error=code, message=message, cure=cure)


@dataclass
class Asked:
    """One request, after everything that was declared has been checked."""

    request: web.Request
    account: Account | None
    """Who asks; None only where nobody has to be signed in."""
    body: BaseModel | None
    query: BaseModel | None = None
    headers: dict[str, str] = field(default_factory=dict)
    """To send with the answer."""

    @property
    def who(self) -> Account:
        """Who asks, at an endpoint for people who are signed in."""
        if self.account is None:
            raise RuntimeError("this endpoint is for nobody")
        return self.account

    @property
    def own_operator(self) -> str:
        """The operator who asks. Raises :class:`Refusal` when the account is none's."""
        if self.who.operator is None:
            raise Refusal(403, "forbidden", "This account takes no calls", "An admin can give it an operator")
        return self.who.operator

    def sent(self, model: type[Body]) -> Body:
        """Return the body, as the endpoint declares it."""
        if not isinstance(self.body, model):
            raise TypeError(f"this endpoint takes no {model.__name__}")
        return self.body

    def filter(self, model: type[Body]) -> Body:
        """Return what stands behind the address's question mark, as the endpoint declares it."""
        if not isinstance(self.query, model):
            raise TypeError(f"this endpoint takes no {model.__name__}")
        return self.query

    @property
    def address(self) -> str:
        """Where the request comes from."""
        return self.request.remote or ""


Handler = Callable[[Asked], Awaitable[BaseModel | web.StreamResponse | None]]


@dataclass(frozen=True)
class Endpoint:
    """``answer``: what a success carries; None: 204 without a body, unless it ``streams``."""

    method: Method
    path: str
    summary: str
    handler: Handler
    role: Role | None = None
    """The least who may ask; None: anybody, signed in or not."""
    body: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    refusals: Mapping[int, str] = field(default_factory=dict)
    """Status -> when; beside those that follow from the rest."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Names in the path -> what they are."""
    for_systems: bool = True
    """Whether another system may ask with its token."""
    query: type[BaseModel] | None = None
    """What may stand behind the address's question mark."""
    streams: str | None = None
    """Media type of a success that is no JSON, and that the handler sends by itself."""

    @property
    def scope(self) -> Scope | None:
        """What a token must be for; None: no token may ask."""
        if not self.for_systems:
            return None
        return "read" if self.method == "GET" else "act"

    def statuses(self) -> dict[int, str]:
        """Return every answer of 400 and above, and when."""
        told = {400: "The request cannot be understood", 413: "The body is too large", 500: "A mistake of ours"}
        if self.body is None:
            del told[413]
            if not self.parameters and self.query is None:
                del told[400]
        if self.role is not None:
            told |= {
                401: "Nobody is signed in, or the token is wrong",
                403: "Not for this role or token, or sent by another site's page",
                429: "Too many wrong tokens from this address; Retry-After tells how long to wait",
                503: "The accounts cannot be read",
            }
        elif self.method != "GET":
            told |= {403: "Sent by another site's page"}
        return dict(sorted({**told, **self.refusals}.items()))
