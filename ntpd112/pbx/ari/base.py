"""What the generated models and operations are built of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NotRequired, TypedDict, TypeVar
from urllib.parse import quote

from aiohttp import ClientWebSocketResponse
from pydantic import BaseModel, ConfigDict

T = TypeVar("T")

Method = Literal["GET", "POST", "PUT", "DELETE"]
Param = str | int | float | bool | Sequence[str] | Sequence[Mapping[str, str]] | Mapping[str, object] | None
EventSocket = ClientWebSocketResponse[Literal[False]]
"""A WebSocket whose text frames are left as bytes."""


class ReportedValue(TypedDict):
    """A variable that Asterisk repeats in every event and every GET of its channel or bridge."""

    value: str
    report_events: NotRequired[bool]


SetVariables = Mapping[str, str | ReportedValue]
"""Variables to set, by name."""


def reported(value: str) -> ReportedValue:
    """Mark a variable's value as repeated in every event and GET (``channelvars``, ``bridgevars``)."""
    return {"value": value, "report_events": True}


READING = ConfigDict(cache_strings="keys")
"""Only keys come again and again; pydantic would keep 16,384 ids and names of channels that are long gone as well."""


class AriModel(BaseModel):
    """Something Asterisk told us. Unknown fields are ignored, so that a newer Asterisk breaks nothing."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True, **READING)


@dataclass(frozen=True, slots=True)
class Operation:
    """One request, not yet sent."""

    name: str
    method: Method
    path: str
    """Quoted, without a leading slash."""
    params: Mapping[str, Param]
    """Sent as a query by GET, as a JSON body by all others unless ``bare``; None is left out."""
    bare: bool = False
    """Asterisk takes the JSON body as ``body`` alone, so that the parameters have to travel in the query."""
    body: Mapping[str, object] | None = None
    creates: str | None = None
    """Where GET finds what this request makes, when we chose its id."""


class Caller(ABC):
    """Whoever sends the generated operations."""

    @abstractmethod
    async def _call(self, operation: Operation, read: Callable[[bytes], T]) -> T:
        """Send the request and read its answer."""

    @abstractmethod
    async def _upgrade(self, operation: Operation) -> EventSocket:
        """Open the WebSocket that the request asks for."""


@lru_cache(1024)
def _quoted(segment: str) -> str:
    return quote(segment, safe="")


def path(*segments: str | None) -> str:
    """Join path segments, quoting each.

    An empty id would silently name another resource (``DELETE channels/``): it raises :class:`ValueError`.
    """
    for segment in segments:
        if not segment:
            raise ValueError(f"an empty id in the path {'/'.join(str(s) for s in segments)}: pass the object's id")
    return "/".join([_quoted(str(segment)) for segment in segments])


def nothing(_body: bytes) -> None:
    """Read an answer that carries nothing."""
