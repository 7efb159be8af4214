"""Serves endpoints over HTTP: checks who asks and what is sent, and answers errors as JSON with a cure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final

import structlog
from aiohttp import hdrs, web
from pydantic import BaseModel, ValidationError

from ntpd112.console.endpoint import Asked, Code, Endpoint, Refusal
from ntpd112.console.identity import Identity, check_origin

log = structlog.get_logger(__name__)

API: Final = "/api/v1"
MOST_BYTES: Final = 64 << 10
"""In one request."""
_CODES: Final[dict[int, Code]] = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "font-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), geolocation=(), camera=()",
}

_Next = Callable[[web.Request], Awaitable[web.StreamResponse]]


def application(endpoints: Iterable[Endpoint], identity: Identity) -> web.Application:
    """Make the application."""
    app = web.Application(client_max_size=MOST_BYTES, middlewares=[_answered])
    app.on_response_prepare.append(_add_headers)
    for endpoint in endpoints:
        app.router.add_route(endpoint.method, API + endpoint.path, _handler(endpoint, identity))
    return app


def _handler(endpoint: Endpoint, identity: Identity) -> _Next:
    async def handle(request: web.Request) -> web.StreamResponse:
        check_origin(request)
        account = identity.allowed(request, endpoint.role, endpoint.scope)
        body = await _body(request, endpoint.body) if endpoint.body is not None else None
        query = _query(request, endpoint.query) if endpoint.query is not None else None
        asked = Asked(request, account, body, query)
        answer = await endpoint.handler(asked)
        if isinstance(answer, web.StreamResponse):
            return answer
        if answer is None:
            return web.Response(status=204, headers=asked.headers)
        return as_json(200, answer, asked.headers)

    return handle


async def _body(request: web.Request, model: type[BaseModel]) -> BaseModel:
    if request.content_type != "application/json":
        raise Refusal(400, "bad_request", "The body is not JSON", "Send Content-Type: application/json")
    raw = await request.read()
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise Refusal(400, "bad_request", explained(error), "Correct that and send it again") from None


def _query(request: web.Request, model: type[BaseModel]) -> BaseModel:
    if len(set(request.query)) < len(request.query):
        raise Refusal(400, "bad_request", "The address says something twice", "Say it once")
    try:
        return model.model_validate(dict(request.query))
    except ValidationError as error:
        raise Refusal(400, "bad_request", explained(error), "Correct that in the address") from None


def explained(error: ValidationError) -> str:
    """Say what is wrong with a body, without repeating what was sent."""
    each = (
        f"{'.'.join(map(str, one['loc'])) or 'body'}: {one['msg']}"
        for one in error.errors(include_url=False, include_input=False, include_context=False)[:5]
    )
    return "; ".join(each)


@web.middleware
async def _answered(request: web.Request, handler: _Next) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refusal as error:
        refusal = error
    except web.HTTPException as error:
        if error.status < 400 or not request.path.startswith("/api/"):  # noqa: PLR2004
            raise
        kept = {str(name): error.headers[name] for name in (hdrs.ALLOW,) if name in error.headers}
        refusal = Refusal(error.status, _CODES.get(error.status, "bad_request"), error.reason, headers=kept)
    except ConnectionError as error:  # whoever asked has gone
        log.debug("gone_before_the_answer", method=request.method, path=request.path, reason=str(error))
        refusal = Refusal(400, "bad_request", "Whoever asked has gone", "Ask again")
    except Exception:  # the console's one place: a defect in one answer must not become a stranger's stack trace
        log.exception("request_failed", method=request.method, path=request.path)
        refusal = Refusal(500, "internal", "That went wrong on our side; nothing is known to be done", "See the log")
    return as_json(refusal.status, refusal.answer, refusal.headers)


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")
    response.headers.pop(hdrs.SERVER, None)


def as_json(status: int, answer: BaseModel, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return an answer of this status."""
    return web.Response(
        status=status, body=answer.model_dump_json().encode(), content_type="application/json", headers=headers
    )
