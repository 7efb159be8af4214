"""Parts of the command line that need no running room."""

from __future__ import annotations

import io
import os
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from rich.console import Console

from ntpd112.cli.output import seconds
from ntpd112.cli.room import Changes, RoomScreen, headline, plain, troubles
from ntpd112.clock import Clock
from ntpd112.core.view import CallView, OperatorView, RoomView
from ntpd112.logs import mask_numbers
from ntpd112.settings import Settings
from ntpd112.supervise.child import environment
from ntpd112.supervise.pidlock import PidLock
from ntpd112.supervise.ports import holder
from ntpd112.web.control import Alarm, EarHealth, Health, SelfCall, State


def full_room(calls: int) -> State:
    many = tuple(
        CallView(
            f"1.{n}",
            "mobile",
            "mobile",
            f"+62812{n:08}",
            "112",
            "waiting",
            None,
            3,
            n,
            "id",
            1000.0 + n,
            None,
            None,
            (),
            (),
            None,
            "",
        )
        for n in range(calls)
    )
    operators = tuple(
        OperatorView(str(n), "Operator", "on_break", "a long reason for it", "free", "idle", 3, "", 900.0, None, False)
        for n in range(201, 209)
    )
    alarms = (Alarm(1000.0, "recording_failed", "a long text " * 20, "1.1", ""),)
    return State(RoomView(2000.0, "v1", calls, 1000.0, many, operators), Health(True, False, True, 3, 0, 0, 17), alarms)


@pytest.mark.parametrize("width", [80, 100, 160, 240])
def test_the_room_fits_the_terminal(width: int) -> None:
    console = Console(width=width, file=io.StringIO(), record=True, force_terminal=True)
    console.print(RoomScreen(full_room(50), height=30))
    lines = console.export_text().splitlines()
    assert max(map(len, lines)) <= width
    assert len(lines) <= 30
    assert any("more" in line for line in lines)
    assert any("(AMI) is lost" in line for line in lines)


def test_plain_lines_tell_calls_operators_and_alarms_one_a_line() -> None:
    lines = list(plain(full_room(3)))
    kinds = [line.split("\t")[0] for line in lines]
    assert kinds == ["room", "health", *["operator"] * 8, *["call"] * 3, "alarm"]


def with_self_call(**changes: Any) -> State:
    state = full_room(0)
    return replace(
        state, health=replace(state.health, ari=True, ami=True, spilled=0, self_call=SelfCall(60, **changes))
    )


def test_the_last_self_call_is_told_with_its_age_and_what_was_wrong() -> None:
    good = with_self_call(at=1990.0, voice_s=5.7)
    assert "self_call\tstage=ok\tage_s=10.0\tvoice_s=5.7\ttext=-" in list(plain(good))
    assert "called itself 10.0 s ago: voice after 5.7 s" in headline(good).plain
    assert troubles(good) is None
    bad = with_self_call(at=1850.0, stage="no_audio", text="the caller hears nothing")
    assert "self_call\tstage=no_audio\tage_s=150.0\tvoice_s=-\ttext=the caller hears nothing" in list(plain(bad))
    assert "called itself" not in headline(bad).plain
    said = troubles(bad)
    assert said is not None
    assert said.plain == "no self-call for 2:30; self-call: no audio, the caller hears nothing"
    assert "self_call\tstage=-\tage_s=-\tvoice_s=-\ttext=-" in list(plain(with_self_call()))
    assert troubles(with_self_call()) is None


def test_changes_are_told_once() -> None:
    changes = Changes()
    assert len(list(changes.of(full_room(2)))) == 2 + 8
    assert list(changes.of(full_room(2))) == []
    (ended,) = changes.of(full_room(1))
    assert ended.split("\t")[1:3] == ["call", "1.1"]
    assert "ended" in ended


@pytest.mark.parametrize(
    ("value", "written"), [(None, "-"), (0.0, "0.0 s"), (59.94, "59.9 s"), (60.0, "1:00"), (3725.0, "1:02:05")]
)
def test_durations_read_as_people_write_them(value: float | None, written: str) -> None:
    assert seconds(value) == written


def test_numbers_are_masked_wherever_they_are_logged() -> None:
    line = {"event": "call 081234567890 came", "ani_raw": "+6281234567890", "call": "1763952000.12", "pid": 12345678}
    masked = dict(mask_numbers(None, "info", dict(line)))
    assert "081234567890" not in str(masked)
    assert "6281234567890" not in str(masked)
    assert masked["call"] == line["call"]
    assert masked["pid"] == line["pid"]


def test_a_clock_goes_by_the_one_where_calls_began_and_never_back() -> None:
    assert abs(Clock()() - time.time()) < 5
    assert 1000 <= Clock(900.0, 1000.0)() < 1005
    assert 1000 <= Clock(1000.0, 900.0)() < 1005


def test_a_lock_has_one_owner_and_ends_with_it(tmp_path: Path) -> None:
    first, second = PidLock(tmp_path / "run" / "a.pid"), PidLock(tmp_path / "run" / "a.pid")
    assert second.owner() == 0
    assert first.take() == 0
    assert second.take() == os.getpid()
    assert second.owner() == os.getpid()
    first.release()
    assert second.owner() == 0
    assert second.take() == 0
    second.release()


def test_the_holder_of_a_port_is_named() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here:
        here.bind(("127.0.0.1", 0))
        port = here.getsockname()[1]
        assert f"(pid {os.getpid()})" in holder("127.0.0.1", port, "udp")
        assert f"(pid {os.getpid()})" not in holder("127.0.0.2", port, "udp")


def test_another_process_gets_exactly_these_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = Settings(state_dir=tmp_path, sip_port=5071, broadcast_claim_ms=400)
    for name, value in environment(wanted).items():
        monkeypatch.setenv(name, value)
    assert Settings() == wanted


def test_an_ear_that_hears_nothing_is_a_trouble_and_one_that_was_never_there_is_none() -> None:
    state = full_room(1)
    for ear, wanted in ((None, False), (EarHealth(True, 9, 0, 0, 0), False), (EarHealth(False, 9, 0, 0, 0), True)):
        said = troubles(replace(state, health=replace(state.health, ear=ear)))
        assert ("the ear hears nothing" in str(said)) == wanted
