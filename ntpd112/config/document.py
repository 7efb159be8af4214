"""The YAML text as plain data, with the place of every key and value, and every mistake of spelling.

ruamel.yaml parses to nodes; the data is built here, because only here duplicate keys, the exact text of an unquoted
number (``0211500293`` loses its 0 as a number) and the lines of all of it are still known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from ntpd112.config.fields import shown
from ntpd112.config.problem import Finding, PathInFile, Problem, Severity, written

MAX_CHARACTERS: Final = 1_000_000
MAX_VALUES: Final = 100_000
"""Aliases of aliases grow without bound; a real file has some hundred values."""
MAX_DEPTH: Final = 50

_TAG: Final = "tag:yaml.org,2002:"


class Document:
    """A parsed file. ``data`` holds what could be read, even when ``problems`` has errors."""

    def __init__(self, text: str) -> None:
        self.problems: list[Problem] = []
        self.values: dict[PathInFile, tuple[int, int]] = {(): (1, 1)}
        """Path -> line and column of the value."""
        self.keys: dict[PathInFile, tuple[int, int]] = {}
        """Path -> line and column of the key."""
        self.raw: dict[PathInFile, str] = {}
        """Path of a scalar -> as it is written."""
        self._count = 0
        node = self._parse(text)
        self.data: Any = self._build(node, ()) if node is not None else None
        if self.data is None and not self.problems:
            self._say(1, 1, "the file is empty", "begin with a copy of default_city.yaml")

    def place(self, path: PathInFile) -> tuple[int, int]:
        """Return line and column of the value at ``path``, or of the nearest part of the path that exists."""
        while path not in self.values:
            path = path[:-1]
        inside = isinstance(self.at(path), dict | list)
        return (inside and self.keys.get(path)) or self.values[path]

    def problem(self, finding: Finding, *, at_key: bool = False) -> Problem:
        """Give a finding its line."""
        line, column = (at_key and self.keys.get(finding.path)) or self.place(finding.path)
        return Problem(line, column, written(finding.path), finding.message, finding.cure, finding.severity)

    def at(self, path: PathInFile) -> Any:
        """Return the data at a path, or None."""
        here = self.data
        for part in path:
            fits = (isinstance(here, dict) and part in here) or (
                isinstance(here, list) and isinstance(part, int) and part < len(here)
            )
            if not fits:
                return None
            here = here[part]
        return here

    def find(self, *pattern: str) -> Iterator[tuple[PathInFile, Any]]:
        """Yield path and data of everything that fits the pattern; ``*`` stands for any key or item."""
        yield from _find((), self.data, pattern)

    def texts(self, *pattern: str) -> Iterator[tuple[PathInFile, str]]:
        """Yield what :meth:`find` finds, texts only."""
        yield from ((path, value) for path, value in self.find(*pattern) if isinstance(value, str))

    def names(self, *path: str) -> list[str]:
        """Return the keys of the mapping at a path."""
        here = self.at(path)
        return list(here) if isinstance(here, dict) else []

    def _parse(self, text: str) -> Node | None:
        if len(text) > MAX_CHARACTERS:
            self._say(0, 0, "the file is larger than a million characters", "check that this is the city file")
            return None
        for number, line in enumerate(text.splitlines(), start=1):
            if tab := re.match(r" *\t", line):
                self._say(number, tab.end(), "a tab in the indentation", "indent with spaces")
        if self.problems:
            # YAML forbids tabs there; read on with spaces, so that the other mistakes are reported too.
            text = re.sub(r"^[ \t]+", lambda blank: blank[0].expandtabs(2), text, flags=re.MULTILINE)
        try:
            node: Node | None = YAML(typ="safe", pure=True).compose(text)
        except MarkedYAMLError as error:
            self._syntax(error)
        except YAMLError as error:
            self._unreadable(text, error)
        except (RecursionError, ValueError) as error:
            self._say(1, 1, f"the file cannot be read as YAML ({type(error).__name__})", "check brackets and quotes")
        else:
            return node
        return None

    def _say(self, line: int, column: int, message: str, cure: str) -> None:
        self.problems.append(Problem(line, column, "", message, cure))

    def _syntax(self, error: MarkedYAMLError) -> None:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        what = str(error.problem or error.context or "this is no YAML").split("\n", maxsplit=1)[0]
        began = error.context_mark
        if began and began.line + 1 != line:
            what += f" ({error.context}, begun in line {began.line + 1})"
        self._say(line, column, f"YAML: {what}", _syntax_cure(what))

    def _unreadable(self, text: str, error: YAMLError) -> None:
        bad = re.search(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
        before = text[: bad.start()] if bad else ""
        name = f"character {bad[0]!r}" if bad else str(error).split("\n", maxsplit=1)[0]
        line = before.count("\n") + 1
        self._say(line, len(before) - before.rfind("\n"), f"{name} may not stand in a YAML file", "remove it")

    def _build(self, node: Node, path: PathInFile) -> Any:
        self._count += 1
        self.values[path] = _start(node)
        if self._count > MAX_VALUES or len(path) > MAX_DEPTH:
            if self._count < 2 * MAX_VALUES:
                self._count = 2 * MAX_VALUES
                self._mark(
                    node, path[:3], "the file holds too many values", "look for an alias (*name) that repeats itself"
                )
            return None
        match node:
            case MappingNode():
                return self._mapping(node, path)
            case SequenceNode():
                return [self._build(item, (*path, n)) for n, item in enumerate(node.value)]
            case ScalarNode():
                return self._scalar(node, path)
        return None

    def _mapping(self, node: MappingNode, path: PathInFile) -> dict[str, Any]:
        built: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node, path)
            if key is None:
                continue
            if _is_cut_text(node, key, value_node):
                self._mark(key_node, path, f"the text is cut at the comma before {shown(key)}", "put it into quotes")
                continue
            here = (*path, key)
            if key in built:
                first = self.keys[here][0]
                self._mark(key_node, here, f"{key} stands here twice, first in line {first}", "remove one of them")
                continue
            self.keys[here] = _start(key_node)
            built[key] = self._build(value_node, here)
        return built

    def _key(self, node: Node, path: PathInFile) -> str | None:
        if not isinstance(node, ScalarNode):
            self._mark(node, path, "a list or mapping is used as a key", "write a name, a colon, and then the value")
            return None
        if node.value == "<<" and node.style is None:
            self._mark(node, path, "merging with << is not supported", "write the keys out")
            return None
        if node.tag != f"{_TAG}str":
            self._mark(node, (*path, node.value), f"{node.value} without quotes is no text", _in_quotes(node.value))
        return self._whole(node, path)

    def _whole(self, node: ScalarNode, path: PathInFile) -> str:
        """Return the text without half characters (lone surrogates), which escapes can make and nothing can print."""
        text = str(node.value)
        if any("\ud800" <= c <= "\udfff" for c in text):
            self._mark(node, path, "the text holds half a character (\\ud800 to \\udfff)", "write the character itself")
            text = re.sub("[\ud800-\udfff]", "?", text)
        return text

    def _scalar(self, node: ScalarNode, path: PathInFile) -> Any:
        text = self._whole(node, path)
        self.raw[path] = text
        kind = str(node.tag).removeprefix(_TAG)
        match kind:
            case "null":
                return None
            case "bool":
                return text.lower() in {"true", "yes", "on"}
            case "int":
                return _integer(text)
            case "float":
                return _float(text)
            case "str" | "timestamp":
                return text
        self._mark(node, path, f"the tag {node.tag} is not supported", "remove the word with the exclamation mark")
        return text

    def _mark(self, node: Node, path: PathInFile, message: str, cure: str, severity: Severity = "error") -> None:
        self.problems.append(Problem(*_start(node), written(path), message, cure, severity))


def _find(path: PathInFile, here: Any, pattern: tuple[str, ...]) -> Iterator[tuple[PathInFile, Any]]:
    if not pattern:
        yield path, here
        return
    first, *rest = pattern
    items: list[tuple[str | int, Any]] = []
    if isinstance(here, dict):
        items = list(here.items()) if first == "*" else [(first, here[first])] if first in here else []
    elif isinstance(here, list) and first == "*":
        items = list(enumerate(here))
    for key, value in items:
        yield from _find((*path, key), value, tuple(rest))


def _start(node: Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _is_cut_text(node: MappingNode, key: str, value: Node) -> bool:
    """``{id: tekan satu, atau tunggu}`` is two keys to YAML; nobody means that."""
    empty = isinstance(value, ScalarNode) and value.value == "" and value.style is None
    return bool(node.flow_style) and empty and " " in key


def _in_quotes(text: str) -> str:
    return f'write it in quotes: "{text}"'


def _integer(text: str) -> int | float:
    plain = text.replace("_", "")
    try:
        return int(plain, 10)
    except ValueError:
        pass
    try:
        return int(plain, 0)
    except ValueError:
        return float("nan")


def _float(text: str) -> float:
    try:
        return float(text.replace("_", "").replace(".inf", "inf").replace(".Inf", "inf").replace(".INF", "inf"))
    except ValueError:
        return float("nan")


_SYNTAX_CURES: Final = (
    ("undefined alias", 'a text that begins with * needs quotes, such as "*11"'),
    ("'\\t'", "use spaces instead of the tab"),
    ("cannot start any token", "put the text into quotes"),
    ("expected ',' or ']'", "close the list with ], with commas between its items"),
    (
        "expected ',' or '}'",
        "close the mapping with }, with commas between its keys; give each key a colon and a blank",
    ),
    ("expected <block end>", "align this line with the lines above; inside quotes, write no further quotes"),
    ("mapping values are not allowed", "put a text that contains a colon into quotes, and check the indentation"),
    ("could not find expected ':'", "write a colon and a blank after the key"),
    ("unexpected end of stream", "close the quote"),
    ("single document", "leave out the line ---: one file is one city"),
)


def _syntax_cure(what: str) -> str:
    return next(
        (cure for sign, cure in _SYNTAX_CURES if sign in what), "check quotes, brackets, colons and indentation"
    )
