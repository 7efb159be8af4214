"""The table of every key of the city file, in markdown, for the README: made from the models."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ntpd112.config.fields import BreakDigit, Digit, Extension, Language
from ntpd112.config.prompts import PURPOSE, PromptName
from ntpd112.config.schema import City, KeyMeaning

_HEAD = "| key | type | default | meaning |\n| --- | --- | --- | --- |"
_KEYS: tuple[tuple[Any, str], ...] = (
    (Extension, "extension"),
    (Digit, "key"),
    (BreakDigit, "digit"),
    (Language, "language"),
    (PromptName, "prompt"),
)
_PLAIN = {bool: "yes or no", str: "text", int: "whole number", float: "number"}


def reference_markdown() -> str:
    """Return the table of every key: path, type, default, meaning. ``<name>`` stands for a name of your own."""
    rows = [
        *_rows(City, ""),
        *(f"| `prompts.{name}` | text per language | built in | {PURPOSE[name]} |" for name in PURPOSE),
    ]
    return "\n".join([_HEAD, *rows]) + "\n"


def _rows(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        path = f"{prefix}{name}"
        yield f"| `{path}` | {_type(field.annotation)} | {_default(field)} | {field.description} |"
        for suffix, nested in _nested(field.annotation):
            yield from _rows(nested, f"{path}{suffix}.")


def _nested(annotation: Any) -> Iterator[tuple[str, type[BaseModel]]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield "", annotation
    elif get_origin(annotation) is dict:
        key, value = get_args(annotation)
        yield from ((f".<{_placeholder(key)}>", model) for _, model in _nested(value))
    elif get_origin(annotation) is tuple:
        yield from (("[]", model) for _, model in _nested(get_args(annotation)[0]))
    elif get_origin(annotation) in {Annotated, Union, UnionType}:
        for part in _alternatives(annotation):
            yield from _nested(part)


def _placeholder(key: Any) -> str:
    return next((word for kind, word in _KEYS if key is kind), "name")


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    bare = _unwrapped(annotation)
    return get_args(bare) if get_origin(bare) in {Union, UnionType} else (bare,)


def _unwrapped(annotation: Any) -> Any:
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return annotation


def _type(annotation: Any) -> str:
    if annotation is KeyMeaning:
        return "meaning"
    kind = next(_unwrapped(part) for part in _alternatives(annotation) if part is not NoneType)
    origin = get_origin(kind)
    if origin is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(kind))
    if origin is tuple:
        return f"list of {_type(get_args(kind)[0])}"
    if origin is dict:
        key, value = get_args(kind)
        return f"{_type(value)} per {_placeholder(key)}"
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return re.sub("(?<=[a-z])(?=[A-Z])", " ", kind.__name__).lower()
    return _PLAIN.get(kind, "value")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel) or value in ({}, (), "", None):
        return "-"
    plain = _plain(value)
    return f"`{json.dumps(plain, ensure_ascii=False)}`" if len(str(plain)) < 60 else "see meaning"  # noqa: PLR2004


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return int(value) if isinstance(value, float) and value.is_integer() else value
