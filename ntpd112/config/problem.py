"""A mistake in the city file: where it is, what is wrong, and what would be right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]
PathInFile = tuple[str | int, ...]


@dataclass(frozen=True)
class Finding:
    """A mistake at a path, before its line is known."""

    path: PathInFile
    message: str
    cure: str
    severity: Severity = "error"


@dataclass(frozen=True, order=True)
class Problem:
    """A mistake with its place. ``line`` and ``column`` count from 1; 0 means the file as a whole."""

    line: int
    column: int
    path: str
    """Such as ``queues.main.overflow[1].to``."""
    message: str
    cure: str
    severity: Severity = "error"

    def __str__(self) -> str:
        """Return one line without the file's name."""
        where = f"{self.path}: " if self.path else ""
        return f"{self.line}:{self.column}: {self.severity}: {where}{self.message}; {self.cure}"


class CityError(Exception):
    """The city file cannot be used. ``problems`` holds every error and warning, in the order of lines."""

    def __init__(self, problems: tuple[Problem, ...], name: str = "") -> None:
        self.problems = problems
        self.name = name
        super().__init__("\n".join(f"{name}:{problem}" if name else str(problem) for problem in problems))


def written(path: PathInFile) -> str:
    """Write a path as people do: ``queues.main.overflow[1].to`` (list items count from 1)."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text
