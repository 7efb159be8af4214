"""The commands: what they print, and their exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from ntpd112.cli.routing import check, explain_call
from ntpd112.cli.trunks import trunk_password
from ntpd112.config.load import DEFAULT_CITY
from ntpd112.host.secrets import ensure_secrets, load_secrets
from tests.config.test_load import MINIMAL

APP = typer.Typer()
APP.command("check")(check)
APP.command("explain")(explain_call)
APP.command("trunk-password")(trunk_password)
BROKEN = Path(__file__).parent / "broken"


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(APP, arguments)
    return result.exit_code, result.output


def test_a_good_file_is_exit_code_0() -> None:
    code, output = run("check", str(DEFAULT_CITY))
    assert code == 0
    assert "2 trunks, 5 types, 1 queue, 4 operators" in output
    assert "256 ways to call were tried: every one reaches a human" in output


def test_every_problem_is_one_greppable_line_and_exit_code_1() -> None:
    file = BROKEN / "keys_unknown.yaml"
    code, output = run("check", str(file))
    assert code == 1
    assert f"{file}:2:1: error: langauges: there is no key" in output
    assert len(output.splitlines()) == 4 + 1
    assert output.splitlines()[-1] == "4 errors"


def test_a_warning_is_exit_code_0_unless_strict(tmp_path: Path) -> None:
    file = tmp_path / "city.yaml"
    file.write_text(MINIMAL)
    code, output = run("check", str(file))
    assert code == 0
    assert f"{file}:1:1: warning: queues.main.overflow:" in output
    assert "with nobody logged in a caller can only wait" in output
    assert run("check", "--strict", str(file))[0] == 1


def test_no_such_file_is_exit_code_2(tmp_path: Path) -> None:
    code, output = run("check", str(tmp_path / "none.yaml"))
    assert code == 2
    assert "none.yaml: error: the file cannot be read" in output


def test_explain_prints_file_and_line_of_each_step() -> None:
    code, output = run("explain", str(DEFAULT_CITY), "--from", "081234567890", "--digits", "1", "--at", "02:00")
    assert code == 0
    assert "With everybody logged in" in output
    assert "With nobody logged in" in output
    assert f"{DEFAULT_CITY}:" in output
    assert ": key: 1: fire" in output


@pytest.mark.parametrize(
    ("option", "value", "why"),
    [
        ("--at", "25:00", "is no time of day"),
        ("--digits", "1a", "no telephone has"),
        ("--trunk", "x", "there is no trunk x"),
        ("--staff", "201,999", "there is no operator 999"),
    ],
)
def test_an_impossible_question_is_exit_code_2(option: str, value: str, why: str) -> None:
    code, output = run("explain", str(DEFAULT_CITY), option, value)
    assert code == 2
    assert why in output


def test_explain_of_a_broken_file_says_what_is_wrong() -> None:
    code, output = run("explain", str(BROKEN / "nobody_at_all.yaml"))
    assert code == 1
    assert "no human could ever answer" in output


def test_a_trunk_with_a_user_name_and_no_password_is_a_warning_until_it_has_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NTPD112_STATE_DIR", str(tmp_path))
    file = tmp_path / "city.yaml"
    file.write_text(
        DEFAULT_CITY.read_text().replace("    kind: landline", "    kind: landline\n    outward: {username: u}")
    )
    assert "no password" not in run("check", str(file))[1], "there is no instance yet"
    ensure_secrets(tmp_path, ["201"])
    code, output = run("check", str(file))
    assert (code, "warning: trunks.landline.outward.username: trunk landline has a user name and no" in output) == (
        0,
        True,
    )
    assert run("check", "--strict", str(file))[0] == 1
    assert run("trunk-password", "nowhere", "--stdin")[0] == 2
    result = CliRunner().invoke(APP, ["trunk-password", "landline", "--stdin"], input="s3cret\n")
    assert (result.exit_code, "s3cret" in result.output) == (0, False)
    assert load_secrets(tmp_path).trunk_passwords == {"landline": "s3cret"}
    assert run("check", "--strict", str(file))[0] == 0
    result = CliRunner().invoke(APP, ["trunk-password", "mobile", "--stdin"], input="m\n")
    assert "once the city file has a username" in result.output
    assert CliRunner().invoke(APP, ["trunk-password", "landline", "--stdin"], input="\n").exit_code == 2
    assert run("trunk-password", "landline", "--forget")[0] == 0
    assert load_secrets(tmp_path).trunk_passwords == {"mobile": "m"}
