"""Commands against a running room, and what they say when it does not run."""

from __future__ import annotations

import pytest

from tests.operation.room import Room


def test_presence_is_set_by_command_and_shown_by_status(room: Room) -> None:
    assert room.ask("operator", "log-in", "201").exit_code == 0
    assert room.ask("operator", "break", "202", "sholat").stdout == "202 is on break (sholat)\n"
    lines = room.ask("status").stdout.splitlines()
    assert any(line.startswith("operator\t201\tSari\tavailable\t-") for line in lines)
    assert any(line.startswith("operator\t202\tBudi\ton_break\tsholat") for line in lines)
    assert room.ask("operator", "log-out", "201").exit_code == 0


@pytest.mark.parametrize(
    ("command", "code", "cause", "cure"),
    [
        ("operator ready 299", 2, "there is no operator 299", "201 Sari"),
        ("operator break 201 lunch", 2, "no break reason lunch", "istirahat, sholat"),
        ("hold 201", 1, "operator 201 speaks with nobody", "ntpd112 status"),
        ("transfer 201 nowhere", 2, "nobody called nowhere", "damkar"),
        ("transfer 201 201", 2, "201 cannot transfer to themselves", "somebody else"),
        ("call 17", 2, "no record of a call 17", "ntpd112 calls"),
        ("calls --since yesteryear", 2, "--since yesteryear is no time", "7d"),
        ("calls --outcome lost", 2, "no outcome lost", "abandoned"),
        ("called-back 17", 2, "no call 17", "ntpd112 callbacks"),
        ("incident note 17 hello", 2, "no incident 17", "incident show"),
        ("replay /nowhere.journal", 2, "/nowhere.journal cannot be read", "journal/"),
        ("replay --call 17", 2, "call 17 is not in", "without --call"),
        ("--state-dir nowhere status", 3, "does not run in nowhere", "make run"),
        ("--state-dir nowhere calls", 2, "no records yet in nowhere", "--state-dir"),
        ("--state-dir nowhere reload", 3, "does not run in nowhere", "make run"),
    ],
)
def test_every_error_names_cause_and_cure(room: Room, command: str, code: int, cause: str, cure: str) -> None:
    failed = room.ask(*command.split())
    assert failed.exit_code == code, failed
    assert cause in failed.stderr
    assert cure in failed.stderr
    assert "Traceback" not in failed.stderr


def test_wrong_settings_are_named(room: Room) -> None:
    failed = room.ask("status", NTPD112_SIP_PORT="many")
    assert failed.exit_code == 2
    assert "sip_port" in failed.stderr


def test_given_a_broken_city_file_when_reloaded_then_its_mistakes_are_told_and_the_room_goes_on(room: Room) -> None:
    city = room.folder / "city.yaml"
    good = city.read_text()
    city.write_text(good.replace("default_queue: main", "default_queue: mane"))
    refused = room.ask("reload")
    city.write_text(good)
    assert refused.exit_code == 1
    assert "mane" in refused.stderr
    assert room.ask("reload").exit_code == 0


def test_help_lists_every_command_under_its_heading(room: Room) -> None:
    shown = room.ask("--help").stdout
    for word in ("Run the room", "up", "watch", "transfer", "incident", "explain", "Exit codes"):
        assert word in shown
