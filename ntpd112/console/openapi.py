"""The API's description: OpenAPI 3.1, made of the endpoints as they are served."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from ntpd112.console.endpoint import Endpoint, ErrorAnswer
from ntpd112.console.server import API

_PLACE = "#/components/schemas/{model}"
_INFO = """The JSON API of an ntpd112 instance: everything its pages do. People sign in with `POST /session`, which
sets a cookie; other systems send `Authorization: Bearer TOKEN`, with a token that `ntpd112 token add` makes. What
changes something needs `Content-Type: application/json`. Instants are POSIX seconds.

Beside it there are, without signing in, `/live` (204: the process runs), `/ready` (200 or 503, and JSON that tells what
lacks) and, for this machine and for tokens with the scope `metrics`, `/metrics` in the text format of Prometheus."""
_SCHEMES = {
    "session": {"type": "apiKey", "in": "cookie", "name": "ntpd112"},
    "token": {"type": "http", "scheme": "bearer", "description": "Of another system; each has scopes"},
}


def describe(endpoints: Iterable[Endpoint], version: str) -> dict[str, Any]:
    """Return the description."""
    endpoints = list(endpoints)
    models = {model for one in endpoints for model in (one.body, one.answer) if model is not None} | {ErrorAnswer}
    ordered = sorted(models, key=lambda model: model.__name__)
    _, schemas = models_json_schema([(model, "validation") for model in ordered], ref_template=_PLACE)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {"title": "ntpd112", "version": version, "description": _INFO},
        "servers": [{"url": API}],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": _SCHEMES,
        },
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    refusals = {
        str(status): {"description": when, **_content(ErrorAnswer)} for status, when in endpoint.statuses().items()
    }
    told: dict[str, Any] = {
        "summary": endpoint.summary,
        "description": _for_whom(endpoint),
        "security": _security(endpoint),
        "responses": {**_success(endpoint), **refusals},
    }
    if endpoint.body is not None:
        told["requestBody"] = {"required": True, **_content(endpoint.body)}
    parameters = [
        {"name": name, "in": "path", "required": True, "description": what, "schema": {"type": "string"}}
        for name, what in endpoint.parameters.items()
    ]
    if endpoint.query is not None:
        parameters += _query(endpoint.query)
    if parameters:
        told["parameters"] = parameters
    return told


def _success(endpoint: Endpoint) -> dict[str, Any]:
    if endpoint.answer is not None:
        return {"200": {"description": "Done", **_content(endpoint.answer)}}
    if endpoint.streams is not None:
        return {"200": {"description": "Done", "content": {endpoint.streams: {"schema": {"type": "string"}}}}}
    return {"204": {"description": "Done"}}


def _query(model: type[BaseModel]) -> list[dict[str, Any]]:
    """Describe what may stand behind the question mark; what is left out there is null in the model."""
    described = model.model_json_schema()
    return [
        {
            "name": name,
            "in": "query",
            "required": name in described.get("required", ()),
            "description": shape.get("description", ""),
            "schema": _without_null(shape),
        }
        for name, shape in described["properties"].items()
    ]


def _without_null(shape: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in shape.items() if name not in {"anyOf", "default", "description"}}
    choices = [one for one in shape.get("anyOf", ()) if one != {"type": "null"}]
    return kept | choices[0] if len(choices) == 1 else kept | ({"anyOf": choices} if choices else {})


def _for_whom(endpoint: Endpoint) -> str:
    if endpoint.role is None:
        return "For anybody."
    systems = f"for tokens with the scope `{endpoint.scope}`" if endpoint.scope else "for no token"
    return f"For the role {endpoint.role} and above, and {systems}."


def _security(endpoint: Endpoint) -> list[dict[str, list[str]]]:
    if endpoint.role is None:
        return []
    return [{"session": []}, {"token": []}] if endpoint.scope else [{"session": []}]


def _content(model: type[BaseModel]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": {"$ref": _PLACE.format(model=model.__name__)}}}}
