"""The table of keys is complete."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ntpd112.config.document import Document
from ntpd112.config.load import DEFAULT_CITY
from ntpd112.config.reference import reference_markdown
from ntpd112.config.wording import model_at

TABLE = reference_markdown()
KEYS = [line.split("`")[1] for line in TABLE.splitlines()[2:]]


def names(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from names(value, (*path, key))


def test_every_key_of_the_example_is_in_the_table() -> None:
    for path in names(Document(DEFAULT_CITY.read_text()).data):
        model = model_at(path[:-1])
        if model is not None and isinstance(path[-1], str) and path[:2] != ("menu", "keys"):
            assert any(key.split(".")[-1] == path[-1] for key in KEYS), path


def test_every_row_says_type_default_and_meaning() -> None:
    for line in TABLE.splitlines()[2:]:
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        assert len(cells) == 4, line
        assert all(cells), line
        assert "value" not in cells[1], line


def test_no_key_stands_in_the_table_twice() -> None:
    assert len(KEYS) == len(set(KEYS))


def test_paths_show_what_is_a_name_of_ones_own() -> None:
    assert {"operators.<extension>.wrap_up_s", "menu.keys.<key>.type", "queues.<name>.overflow[].to"} <= set(KEYS)
