"""What can go wrong when Asterisk is asked to do something over ARI.

::

    AriError
    ├── RefusedError            Asterisk answered, with an HTTP status >= 400: it did not do it
    │   ├── BadRequestError     400  a parameter is missing or wrong: a defect of ours
    │   ├── ForbiddenError      401, 403  wrong user or password, a read-only user, a protected object
    │   ├── NotFoundError       404  the channel, bridge, playback ... is gone, or never was
    │   ├── ConflictError       409  the state or the id does not allow it
    │   │   └── NotInStasisError     the channel is not (yet, or any more) in the application
    │   ├── PreconditionError   412  the channel is in the wrong state
    │   ├── UnprocessableError  422  a named thing does not exist or does not fit
    │   └── ServerError         5xx  Asterisk could not: no contact, unknown endpoint, a missing folder ...
    ├── NoAnswerError           it is unknown whether Asterisk did it
    │   ├── AriTimeoutError     no answer in time
    │   ├── ConnectionLostError the connection broke before the answer
    │   └── UnreachableError    no connection could be made: Asterisk certainly did nothing
    ├── FencedError             it was not sent: another controller serves now
    ├── BadAnswerError          Asterisk did it, but the answer is not what its description promises
    └── EventsUnavailableError  the event socket was refused for good; the text names the cure
"""

from __future__ import annotations

import re

import msgspec


class AriError(Exception):
    """Something went wrong between us and ARI. ``operation`` names the request, such as ``channels_play``."""

    def __init__(self, operation: str, reason: str) -> None:
        super().__init__(f"{operation}: {reason}" if operation else reason)
        self.operation = operation
        self.reason = reason


class RefusedError(AriError):
    """Asterisk answered with an error status and did nothing."""

    def __init__(self, operation: str, status: int, reason: str) -> None:
        super().__init__(operation, f"{reason} ({status})")
        self.status = status
        self.reason = reason


class BadRequestError(RefusedError):
    """400: a parameter is missing or wrong."""


class ForbiddenError(RefusedError):
    """401 or 403: wrong user or password, a read-only user, or an object that must not be changed."""


class NotFoundError(RefusedError):
    """404: it is gone, or never was."""


class ConflictError(RefusedError):
    """409: the state of the channel or bridge does not allow it, or the id is taken."""


class NotInStasisError(ConflictError):
    """409: the channel is not (yet, or any more) in a Stasis application."""


class PreconditionError(RefusedError):
    """412: the channel is in the wrong state."""


class UnprocessableError(RefusedError):
    """422: a named thing does not exist or does not fit."""


class ServerError(RefusedError):
    """5xx: Asterisk tried and could not."""


class NoAnswerError(AriError):
    """It is unknown whether Asterisk did it."""


class AriTimeoutError(NoAnswerError):
    """No answer came in time."""


class ConnectionLostError(NoAnswerError):
    """The connection broke before the answer came."""


class UnreachableError(NoAnswerError):
    """No connection could be made, so Asterisk certainly did nothing."""


class BadAnswerError(AriError):
    """The answer is not what Asterisk's own description promises."""


class FencedError(AriError):
    """Not sent, for another controller serves now, and we must not act any more."""


class EventsUnavailableError(AriError):
    """The event socket was refused for good."""


_BY_STATUS: dict[int, type[RefusedError]] = {
    400: BadRequestError,
    401: ForbiddenError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    412: PreconditionError,
    422: UnprocessableError,
}


def refusal(operation: str, status: int, body: bytes) -> RefusedError:
    """Build the error for an answer with ``status`` >= 400, whatever form its body has."""
    reason = reason_in(body)
    if status == 409 and "stasis" in reason.lower() and "not in" in reason.lower():  # noqa: PLR2004
        return NotInStasisError(operation, status, reason)
    kind = ServerError if status >= 500 else _BY_STATUS.get(status, RefusedError)  # noqa: PLR2004
    return kind(operation, status, reason)


def reason_in(body: bytes) -> str:
    """Read the reason out of an error's body.

    Asterisk writes ``{"message": ...}``, for failed allocations ``{"error": ...}``, and its HTTP layer writes HTML.
    """
    try:
        answer = msgspec.json.decode(body)
    except msgspec.DecodeError:
        text = re.sub(r"<[^>]*>", " ", body.decode("utf-8", "replace"))
        return " ".join(text.split())[:200] or "no reason given"
    if isinstance(answer, dict):
        return str(answer.get("message") or answer.get("error") or answer)[:200]
    return str(answer)[:200]
