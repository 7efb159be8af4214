"""The documents name tests and alarms that exist."""

from __future__ import annotations

import re
from pathlib import Path

import ntpd112

PROJECT = Path(ntpd112.__file__).parents[1]
DOCUMENTS = sorted((PROJECT / "docs").glob("**/*.md"))


def _read(folder: str) -> str:
    return "\n".join(file.read_text(encoding="utf-8") for file in sorted((PROJECT / folder).glob("**/*.py")))


def test_every_test_that_a_document_names_is_there() -> None:
    stems = {file.stem for file in (PROJECT / "tests").glob("**/*.py")}
    functions = re.findall(r"def ((?:test|given)_\w+)", _read("tests"))
    named = 0
    for document in DOCUMENTS:
        for token in re.findall(r"`([^`]+)`", document.read_text(encoding="utf-8")):
            for name in re.findall(r"\b(?:test|given)_\w+", token):
                named += 1
                known = name in stems or any(function.startswith(name.rstrip("_")) for function in functions)
                assert known, f"{document.name} names {name}, which is no test"
            for part in re.findall(r"\.\.\.\s?(\w+)", token):
                assert any(part in function for function in functions), f"{document.name}: no test is about {part}"
    assert named > 100


def test_every_alarm_that_a_document_names_is_raised_somewhere() -> None:
    source = _read("ntpd112")
    kinds = {
        kind
        for document in DOCUMENTS
        for kind in re.findall(r"alarm `([a-z_]+)`", document.read_text(encoding="utf-8"))
    }
    assert kinds
    for kind in sorted(kinds):
        assert f'"{kind}"' in source, f"no alarm is called {kind}"


def test_the_readme_leads_to_every_document() -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    assert DOCUMENTS
    for document in DOCUMENTS:
        assert f"({document.relative_to(PROJECT).as_posix()})" in readme
