"""What pydantic found, said so that an admin knows what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from ntpd112.config.document import Document
from ntpd112.config.fields import shown
from ntpd112.config.problem import Finding, PathInFile, Problem
from ntpd112.config.schema import ASK_OPERATOR, City

_NUMBER_ERRORS = {"float_type", "int_type", "float_parsing", "int_parsing", "int_from_float", "finite_number"}
_LIMITS = {
    "greater_than_equal": ("too small", "at least", "ge"),
    "less_than_equal": ("too large", "at most", "le"),
    "greater_than": ("too small", "more than", "gt"),
}


def similar(word: object, known: Iterable[str]) -> str:
    """Return the known word that was probably meant, or nothing."""
    if not isinstance(word, str):
        return ""
    close = difflib.get_close_matches(word.lower(), sorted(known), n=1, cutoff=0.6)
    return close[0] if close else ""


def one_of(known: Iterable[str], word: object = "") -> str:
    """Write the cure for a word that is none of the known ones."""
    listed = list(known)
    if guess := similar(word, listed):
        return f"did you mean {guess}?"
    return f"write one of {', '.join(listed)}" if listed else "there is none to choose from"


def is_echo(error: ErrorDetails) -> bool:
    """Tell an error that only repeats others: a list counts as empty when all its items are wrong."""
    given = error["input"]
    return error["type"] == "too_short" and isinstance(given, list | dict) and len(given) > 0


def problem_of(error: ErrorDetails, document: Document) -> Problem:
    """Turn one of pydantic's errors into a problem with its line."""
    path, about_key = _path_in_file(error["loc"])
    context: Mapping[str, Any] = error.get("ctx", {})
    message, cure = _words(error, path, document, context)
    at_key = about_key or error["type"] == "extra_forbidden"
    return document.problem(Finding(path, message, cure), at_key=at_key)


def _path_in_file(loc: tuple[int | str, ...]) -> tuple[PathInFile, bool]:
    about_key = bool(loc) and loc[-1] == "[key]"
    parts = loc[:-1] if about_key else loc
    if parts[:2] == ("menu", "keys") and len(parts) > 3:  # noqa: PLR2004 - the fourth part is the union's tag
        parts = (*parts[:3], *parts[4:])
    return parts, about_key


def _words(  # noqa: C901, PLR0911, PLR0912 - one case a kind of error reads better than a table of functions
    error: ErrorDetails, path: PathInFile, document: Document, context: Mapping[str, Any]
) -> tuple[str, str]:
    given = error["input"]
    key = str(path[-1]) if path else "the file"
    match error["type"]:
        case "city":
            return str(context["what"]), str(context["cure"])
        case "missing":
            return f"{key} is missing", f"add {key}: {_meaning(path)}"
        case "extra_forbidden":
            return f"there is no key {shown(key)} here", _allowed_keys(path)
        case "literal_error" if path[:2] == ("menu", "keys") and not similar(given, [ASK_OPERATOR]):
            return (
                f"{_said(given, path, document)} is no meaning of a key",
                "write {type: ...}, {language: ...} or operator",
            )
        case "literal_error":
            return f"{_said(given, path, document)} is not known here", _choices(str(context["expected"]), given)
        case "string_type" if given is None:
            return (
                "the value is missing",
                f"write it after the colon, in quotes if it begins with # or *: {_meaning(path)}",
            )
        case "string_type" if isinstance(given, bool | int | float):
            raw = document.raw.get(path, str(given))
            kind = "a yes or no" if isinstance(given, bool) else "a number"
            return f"{raw} without quotes is {kind}, not a text", f'write it in quotes: "{raw}"'
        case "string_type":
            return f"{_kind(given)} stands where a text is wanted", _meaning(path)
        case which if which in _NUMBER_ERRORS:
            return _no_number(which, given)
        case which if which in _LIMITS:
            size, words, limit = _LIMITS[which]
            return f"{given} is {size}", f"write {words} {context[limit]:g}"
        case "too_short" | "string_too_short":
            return f"{key} is empty", f"write at least one {'item' if isinstance(given, list | dict) else 'character'}"
        case "string_too_long":
            return "the text is too long", f"use at most {context['max_length']} characters"
        case "tuple_type":
            one = given if isinstance(given, str | int | float) else "..."
            return f"{_kind(given)} stands where a list is wanted", f"write [{one}], or one line with - for each item"
        case "dict_type" | "model_type" | "model_attributes_type":
            return f"{_kind(given)} stands where keys with values are wanted", _mapping_cure(path)
    return error["msg"], _meaning(path)


def _said(given: object, path: PathInFile, document: Document) -> str:
    return shown(document.raw.get(path, given)) if isinstance(given, str | int | float) else _kind(given)


def _kind(given: object) -> str:
    match given:
        case None:
            return "nothing"
        case dict():
            return "a mapping (key: value)"
        case list():
            return "a list"
        case bool():
            return "a yes or no (true, false)"
        case str():
            return f"the text {shown(given)}"
    return f"the value {given}"


def _no_number(kind: str, given: object) -> tuple[str, str]:
    if kind == "finite_number":
        return "this is no ordinary number", "write digits, such as 30"
    if kind == "int_from_float" or isinstance(given, float):
        return f"{given} is not a whole number", "write a whole number"
    if isinstance(given, str):
        try:
            plain = f"{float(given):g}"
        except ValueError:
            return f"{shown(given)} is not a number", "write digits only, such as 30 (times are in seconds)"
        return f"{shown(given)} is a text, not a number", f"write {plain} without quotes"
    return f"{_kind(given)} stands where a number is wanted", "write digits, such as 1"


def _choices(expected: str, given: object) -> str:
    known = [word.strip().strip("'") for word in expected.replace(" or ", ", ").split(",")]
    return one_of(known, given)


def _allowed_keys(path: PathInFile) -> str:
    if path[:2] == ("menu", "keys"):
        return "give the key one meaning: {type: ...}, {language: ...} or operator"
    model = model_at(path[:-1])
    return one_of(model.model_fields, path[-1]) if model else "remove it"


def _mapping_cure(path: PathInFile) -> str:
    model = model_at(path)
    return (
        f"write keys such as {', '.join(list(model.model_fields)[:4])}"
        if model
        else "write a name, a colon, and what belongs to it"
    )


def _meaning(path: PathInFile) -> str:
    owner, name = model_at(path[:-1]) if path else None, path[-1] if path else ""
    field = owner.model_fields.get(str(name)) if owner else None
    if field is None and path:
        return _meaning(path[:-1])
    return (field.description or "").split(". ")[0].rstrip(".") if field else "see the table of keys in the README"


def model_at(path: PathInFile) -> type[BaseModel] | None:
    """Return the model that describes the mapping at a path, or None where names are free."""
    here: Any = City
    for part in path:
        if isinstance(here, type) and issubclass(here, BaseModel):
            field = here.model_fields.get(str(part))
            here = field.annotation if field else None
        else:
            here = _item_type(here)
    return here if isinstance(here, type) and issubclass(here, BaseModel) else _only_model(here)


def _item_type(annotation: Any) -> Any:
    arguments = get_args(annotation)
    if get_origin(annotation) is dict:
        return arguments[1]
    return arguments[0] if arguments else None


def _only_model(annotation: Any) -> type[BaseModel] | None:
    """Of a union (a menu key's meanings) the first model: close enough for a hint."""
    if get_origin(annotation) in {dict, tuple}:
        return None
    for part in get_args(annotation):
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part
        if found := _only_model(part):
            return found
    return None
