"""Reads Asterisk's own description of ARI (Swagger 1.1, ``rest-api/*.json``) into what the generator writes about."""

from __future__ import annotations

import json
import keyword
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

JsonObject = dict[str, Any]

_PLAIN = {
    "string": "str",
    "int": "int",
    "long": "int",
    "double": "float",
    "boolean": "bool",
    "Date": "AwareDatetime",
    "object": "dict[str, Any]",
    "binary": "bytes",
    "void": "None",
}


@dataclass(frozen=True)
class FieldOf:
    """One property of a model."""

    name: str
    type: str
    required: bool


@dataclass(frozen=True)
class Model:
    """One model: something Asterisk sends."""

    name: str
    base: str
    fields: tuple[FieldOf, ...]


@dataclass(frozen=True)
class Parameter:
    """One parameter of an operation."""

    name: str
    kind: str
    """``path``, ``query`` or ``body``."""
    type: str
    required: bool


@dataclass(frozen=True)
class Endpoint:
    """One operation of one resource."""

    name: str
    method: str
    path: str
    answer: str
    parameters: tuple[Parameter, ...]
    refusals: tuple[int, ...]
    upgrades: bool

    @property
    def bare(self) -> bool:
        """Whether the body is the body parameter itself, and not an object in which it stands under its name.

        The event filter is documented so. ``POST /bridges`` is documented otherwise, but Asterisk 22.10 takes its whole
        body for variables (and leaves the bridge behind when it answers 400).
        """
        return self.name in ("applications_filter", "bridges_create")


@dataclass(frozen=True)
class Description:
    """All of ARI, in the order in which code can be written: a model comes after those it needs."""

    version: str
    models: tuple[Model, ...]
    endpoints: tuple[Endpoint, ...]
    events: tuple[str, ...]


def read_description(folder: Path) -> Description:
    """Read every resource in ``folder``. Raises :class:`FileNotFoundError` when it holds none."""
    files = sorted(file for file in folder.glob("*.json") if file.name != "resources.json")
    if not files:
        raise FileNotFoundError(
            f"no API description in {folder}: give the folder rest-api of Asterisk, like /usr/share/asterisk/rest-api"
        )
    resources = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    found = {name: model for resource in resources for name, model in resource.get("models", {}).items()}
    return Description(
        version=resources[0]["apiVersion"],
        models=_ordered(_models(found)),
        endpoints=tuple(
            _endpoint(file.stem, api["path"], operation)
            for file, resource in zip(files, resources, strict=True)
            for api in resource["apis"]
            for operation in api["operations"]
        ),
        events=tuple(sorted(found["Event"]["subTypes"])),
    )


def snake(name: str) -> str:
    """Spell a name of the API as Python does: ``absorbDTMF`` -> ``absorb_dtmf``, ``from`` -> ``from_``."""
    return identifier(re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower())


def identifier(name: str) -> str:
    """Make a name of the API usable in Python, keeping its case: ``a-b`` -> ``a_b``, ``from`` -> ``from_``."""
    plain = re.sub(r"\W+", "_", name)
    return f"{plain}_" if keyword.iskeyword(plain) else plain


def python_type(name: str) -> str:
    """Name the Python type of a Swagger type."""
    inner = re.fullmatch(r"List\[(\w+)\]", name)
    return f"list[{python_type(inner[1])}]" if inner else _PLAIN.get(name, name)


def _models(found: JsonObject) -> dict[str, Model]:
    base = {child: name for name, model in found.items() for child in model.get("subTypes", [])}
    return {
        name: Model(
            name=name,
            base=base.get(name, "AriModel"),
            fields=tuple(
                FieldOf(field, python_type(about["type"]), bool(about.get("required")))
                for field, about in model["properties"].items()
            ),
        )
        for name, model in found.items()
    }


def _ordered(models: dict[str, Model]) -> tuple[Model, ...]:
    done: dict[str, Model] = {}

    def visit(model: Model) -> None:
        if model.name in done:
            return
        needed = [model.base, *(word for field in model.fields for word in re.findall(r"\w+", field.type))]
        for name in needed:
            if name in models and name != model.name:
                visit(models[name])
        done[model.name] = model

    for name in sorted(models):
        visit(models[name])
    return tuple(done.values())


def _endpoint(resource: str, path: str, operation: JsonObject) -> Endpoint:
    return Endpoint(
        name=f"{snake(resource)}_{snake(operation['nickname'])}",
        method=operation["httpMethod"],
        path=path,
        answer=python_type(operation["responseClass"]),
        parameters=tuple(_parameter(resource, about) for about in operation.get("parameters", [])),
        refusals=tuple(sorted({int(error["code"]) for error in operation.get("errorResponses", [])})),
        upgrades=operation.get("upgrade") == "websocket",
    )


def _parameter(resource: str, about: JsonObject) -> Parameter:
    return Parameter(
        name=about["name"],
        kind=about["paramType"],
        type=_parameter_type(resource, about),
        required=bool(about.get("required")) or about["paramType"] == "path",
    )


def _parameter_type(resource: str, about: JsonObject) -> str:
    if about["paramType"] == "body":
        sets_variables = about["name"] == "variables" and resource in ("channels", "bridges")
        if sets_variables:
            return "SetVariables"
        return "Sequence[Mapping[str, str]]" if about["name"] == "fields" else "Mapping[str, object]"
    values = about.get("allowableValues", {})
    plain = _PLAIN[about["dataType"]]
    if values.get("valueType") == "LIST":
        plain = f"Literal[{', '.join(json.dumps(value) for value in values['values'])}]"
    return f"Sequence[{plain}]" if about.get("allowMultiple") else plain
