from __future__ import annotations

import ast
from pathlib import Path

import pytest

from ntpd112.pbx.ari.describe import identifier, python_type, read_description, snake
from ntpd112.pbx.ari.generate import OUTPUT, generate
from tests.pbx.bare_asterisk import BareAsterisk


def test_the_committed_module_is_what_asterisk_describes(one_asterisk: BareAsterisk) -> None:
    assert generate(one_asterisk.descriptions) == OUTPUT.read_text(encoding="utf-8")


def test_every_model_and_operation_of_the_description_is_there(one_asterisk: BareAsterisk) -> None:
    module = ast.parse(OUTPUT.read_text(encoding="utf-8"))
    classes = {node.name: node for node in module.body if isinstance(node, ast.ClassDef)}
    methods = [node.name for node in classes["Operations"].body if isinstance(node, ast.AsyncFunctionDef)]
    described = read_description(one_asterisk.descriptions)

    assert len(described.models) == 85
    assert {model.name for model in described.models} == classes.keys() - {"Operations"}
    assert methods == [endpoint.name for endpoint in described.endpoints]
    assert len(set(methods)) == 109


def test_a_folder_without_a_description_is_refused_with_the_cure(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="give the folder rest-api"):
        read_description(tmp_path)


@pytest.mark.parametrize(
    ("name", "python"),
    [
        ("channelId", "channel_id"),
        ("absorbDTMF", "absorb_dtmf"),
        ("sendDTMF", "send_dtmf"),
        ("from", "from_"),
        ("transfer_progress", "transfer_progress"),
        ("DTMFKey", "dtmf_key"),
    ],
)
def test_names_are_spelt_as_python_does(name: str, python: str) -> None:
    assert snake(name) == python


def test_names_with_hyphens_become_identifiers() -> None:
    assert identifier("x-call-id") == "x_call_id"


@pytest.mark.parametrize(
    ("name", "python"),
    [("List[Channel]", "list[Channel]"), ("List[string]", "list[str]"), ("Date", "AwareDatetime"), ("void", "None")],
)
def test_types_are_translated(name: str, python: str) -> None:
    assert python_type(name) == python
