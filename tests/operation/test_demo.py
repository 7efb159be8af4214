"""`ntpd112 demo`, in short: real calls, counted by SIPp and by the records; and the commands that read records."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from typer.testing import Result

from tests.networks import network
from tests.operation.room import Room


@dataclass
class Played:
    """A demo that is over."""

    room: Room
    result: subprocess.CompletedProcess[str]

    def command(self, *arguments: str) -> Result:
        return self.room.ask(*arguments, NTPD112_STATE_DIR=str(self.room.folder / "demo"))


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    beside = Room(tmp_path_factory.mktemp("demo") / "state", network(80))
    try:
        demo = ("demo", "--seconds", "12", "--rate", "1.5", "--network", beside.network)
        yield Played(beside, beside.command(*demo, within_s=80))
    finally:
        beside.clear_up()


def test_the_demo_ends_well_with_as_many_records_as_calls(played: Played) -> None:
    said = played.result.stdout
    assert played.result.returncode == 0, played.result
    assert "every call has its record" in said
    sent, written = (int(found) for found in re.findall(r"(\d+) (?:by SIPp|written)", said))
    assert sent == written > 0
    assert "within 15 s" in said
    assert played.room.pids() == []


def test_the_records_of_the_demo_are_listed_and_told(played: Played) -> None:
    listed = [line.split("\t") for line in played.command("calls").stdout.splitlines()]
    written = re.search(r"(\d+) written", played.result.stdout)
    assert written is not None
    assert len(listed) == int(written[1])
    assert {row[5] for row in listed} <= {"answered", "abandoned"}
    call_id = listed[-1][0]
    told = dict(line.split("\t", 1) for line in played.command("call", call_id).stdout.splitlines())
    assert told["call"] == call_id
    assert told["outcome"].startswith(listed[-1][5])
    assert played.command("call", "last").stdout.startswith(f"call\t{call_id}")


def test_the_journal_of_the_demo_replays_to_the_same_calls(played: Played) -> None:
    recorded = {line.split("\t")[0] for line in played.command("calls", "--self-calls").stdout.splitlines()}
    replayed = {line.split("\t")[0] for line in played.command("replay").stdout.splitlines()}
    assert replayed == recorded
    story = played.command("replay", "--call", min(recorded)).stdout
    assert "< CallArrived" in story
    assert "> SaveCall" in story


def test_an_emergency_becomes_an_incident(played: Played) -> None:
    opened = played.command("incident", "show").stdout.splitlines()
    assert opened
    incident = opened[0].split("\t")[0]
    assert f"call {incident.removeprefix('i-')}" in played.command("incident", "show", incident).stdout


def test_logs_have_the_call_on_every_line_few_lines_a_call_and_no_full_number(played: Played) -> None:
    text = (played.room.folder / "demo" / "log" / "controller.log").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    of_calls = Counter(line["call"] for line in lines if line["level"] == "info" and line.get("call"))
    calls = {line.split("\t")[0] for line in played.command("calls").stdout.splitlines()}
    assert calls <= of_calls.keys()
    assert max(of_calls.values()) <= 8
    assert not re.search(r"\+?62\d{8,}", text)
    assert [line for line in lines if line["level"] in {"error", "critical"}] == []
