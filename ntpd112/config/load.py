"""Read a city file: either a city that every call can rely on, or every mistake at once, each with its line."""

from __future__ import annotations

import errno
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from ntpd112.config.check import cross_check
from ntpd112.config.compile import compile_plan
from ntpd112.config.document import Document
from ntpd112.config.problem import CityError, Finding, PathInFile, Problem
from ntpd112.config.prove import prove
from ntpd112.config.schema import City
from ntpd112.config.wording import is_echo, problem_of
from ntpd112.core.plan import Plan

DEFAULT_CITY: Final = Path(__file__).with_name("default_city.yaml")
"""The example of Kota Tangerang; a new instance begins with a copy of it."""
_DIGEST_CHARACTERS: Final = 12


@dataclass(frozen=True)
class CityFile:
    """A city file that may be used."""

    name: str
    """As shown in front of problems, usually the path."""
    city: City
    plan: Plan
    digest: str
    """Of the file's bytes; ``plan.version``, and thereby on every record."""
    warnings: tuple[Problem, ...]
    document: Document

    def line(self, *path: str | int) -> int:
        """Return the line of the value at a path, or of the nearest part of the path that stands in the file."""
        here: PathInFile = path
        while here not in self.document.values:
            here = here[:-1]
        return (self.document.keys.get(here) or self.document.values[here])[0]


def load_city(path: Path) -> CityFile:
    """Read a city file.

    Raises :class:`CityError` with every problem when the file has an error, or cannot be read at all.
    """
    try:
        if not path.is_file() and path.exists():  # a pipe would hold us up for ever
            raise OSError(errno.EINVAL, "it is no ordinary file")
        raw = path.read_bytes()
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        cure = "give another path, or begin with a copy of default_city.yaml" if missing else "check its permissions"
        problem = Problem(0, 0, "", f"the file cannot be read: {error.strerror}", cure)
        raise CityError((problem,), str(path)) from error
    return read_city(raw, str(path))


def read_city(raw: bytes | str, name: str = "city.yaml") -> CityFile:
    """Read the content of a city file; like :func:`load_city`."""
    data = raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CityError((_not_utf8(data, error),), name) from error
    document = Document(text)
    problems = list(document.problems)
    city = _validated(document, problems)
    if document.data is not None:
        problems += [document.problem(finding) for finding in cross_check(document)]
    digest = hashlib.sha256(data).hexdigest()[:_DIGEST_CHARACTERS]
    ordered = _in_order(problems)
    if city is None or any(problem.severity == "error" for problem in ordered):
        raise CityError(ordered, name)
    plan = compile_plan(city, digest)
    ordered = _in_order([*ordered, *(document.problem(finding) for finding in prove(city, plan))])
    if any(problem.severity == "error" for problem in ordered):
        raise CityError(ordered, name)
    return CityFile(name, city, plan, digest, ordered, document)


def _validated(document: Document, problems: list[Problem]) -> City | None:
    if document.data is None:
        return None
    if not isinstance(document.data, dict):
        finding = Finding(
            (), "the file is no mapping of keys to values", "begin with a line such as city: Kota Tangerang"
        )
        problems.append(document.problem(finding))
        return None
    try:
        return City.model_validate(document.data)
    except ValidationError as error:
        problems += [problem_of(one, document) for one in error.errors(include_url=False) if not is_echo(one)]
    return None


def _in_order(problems: list[Problem]) -> tuple[Problem, ...]:
    """Sort by line, and keep one of several problems that say the same of the same place."""
    return tuple(sorted({(p.line, p.column, p.path, p.message): p for p in problems}.values()))


def _not_utf8(data: bytes, error: UnicodeDecodeError) -> Problem:
    before = data[: error.start]
    line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
    return Problem(line, column, "", f"byte 0x{data[error.start]:02x} is no UTF-8", "save the file as UTF-8")
