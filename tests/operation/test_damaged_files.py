"""`make run` fails open: whatever has become of the instance's files, 112 is answered, and what is wrong is said."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ntpd112.host.asterisk_process import running_pid
from ntpd112.host.layout import Layout
from ntpd112.host.setup import prepare
from ntpd112.simulate import Address, Citizen, SimulationError
from tests.networks import network
from tests.operation.damage import KINDS, files_of, strew
from tests.operation.room import Room
from tests.stories.city import city_text

WITHIN_S = 60.0


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a room that has been open, with an operator's account, some settings, and a call in its records."""
    room = Room(tmp_path_factory.mktemp("good") / "state", network(70))
    room.folder.mkdir()
    (room.folder / "city.yaml").write_text(city_text(room.network), encoding="utf-8")
    (room.folder / "instance.yaml").write_text("most_calls: 40\n")
    try:
        room.up()
        asyncio.run(_answered(room))
        room.command("account", "add", "sari", "--role", "operator")
        assert room.interrupt() == 0
        yield room.folder
    finally:
        room.clear_up()


@pytest.fixture
def room(good: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """The same folder again, for a test to damage."""
    again = Room(good, network(70))
    kept = tmp_path_factory.mktemp("kept") / "state"
    shutil.copytree(good, kept, symlinks=True, ignore=shutil.ignore_patterns("*.sock"))
    try:
        yield again
    finally:
        again.clear_up()
        shutil.rmtree(good)
        shutil.copytree(kept, good, symlinks=True)


async def _answered(room: Room) -> None:
    """Call 112 until it is answered: Asterisk may not listen yet."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            try:
                async with Citizen(Address(f"{room.network}.1"), f"{room.network}.11", ani="0215550101") as citizen:
                    await citizen.answered(within_s=3.0)
                    citizen.hang_up()
                    await citizen.ended()
                    return
            except (SimulationError, TimeoutError):
                await asyncio.sleep(0.2)


def _asterisk(room: Room) -> int:
    return running_pid(Layout(room.folder))


async def _opens(room: Room) -> str:
    """Start the room; return what it says by the time at which 112 is answered and the room is open."""
    room.start()
    await _answered(room)
    assert _asterisk(room)
    return await asyncio.to_thread(room.said, "is open")


@pytest.mark.parametrize("kind", KINDS)
async def test_given_every_single_file_of_the_folder_damaged_alike_then_112_is_answered_and_it_is_said(
    room: Room, kind: str
) -> None:
    damaged = list(files_of(room.folder))
    assert len(damaged) > 80
    for file in damaged:
        KINDS[kind](file)
    said = await _opens(room)
    assert f"{room.folder}/city.yaml" in said
    assert f"{room.folder}/secrets.json" in said
    assert f"{room.folder}/instance.yaml" in said
    assert "most_calls" not in said
    alarms = await asyncio.to_thread(_alarms, room)
    assert any("opened_with_trouble" in line and "city.yaml" in line for line in alarms)
    assert room.interrupt() == 0
    assert room.pids() == []


def _alarms(room: Room) -> list[str]:
    deadline = time.monotonic() + WITHIN_S
    while True:
        lines = [line for line in room.command("status").stdout.splitlines() if line.startswith("alarm\t")]
        if lines:
            return lines
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.mark.parametrize("kind", ["random", "folder", "pipe"])
def test_given_any_one_file_damaged_then_asterisk_gets_its_configuration_and_its_sounds(good: Path, kind: str) -> None:
    room = Room(good, network(70))
    settings = room.settings
    before = contents(good)
    alike = [file for file in before if file.parts[0] in {"etc", "sounds", "log", "recordings"}]
    some = [Path(name) for name in ("etc/pjsip.conf", "etc/dialplan/trunk.conf", "sounds/id/menu.alaw")]
    for file in sorted(set(before) - set(alike) | {*some, Path("sounds/id/digests.json")}):
        KINDS[kind](good / file)
        ready = prepare(settings)
        after = contents(good)
        wrong = [name for name in before if name.parts[0] in {"etc", "sounds"} and after[name] != before[name]]
        assert wrong == [], f"{file} was damaged"
        assert ready.secrets.ami_password in after[Path("etc/manager.conf")].decode()
        assert bool(ready.troubles) or file.parts[0] not in {"city.yaml", "secrets.json"}, f"{file} was damaged"
        repair(good, before)


def contents(state: Path) -> dict[Path, bytes]:
    return {file.relative_to(state): file.read_bytes() for file in files_of(state)}


def repair(state: Path, before: dict[Path, bytes]) -> None:
    shutil.rmtree(state / "aside", ignore_errors=True)
    for name, content in before.items():
        file = state / name
        if file.is_file() and file.read_bytes() == content:
            continue
        if file.is_dir():
            shutil.rmtree(file)
        elif file.is_symlink() or file.exists():
            file.unlink()
        file.write_bytes(content)


async def test_given_strays_of_every_kind_in_every_folder_then_the_room_opens_as_ever(room: Room) -> None:
    assert len(strew(room.folder)) > 500
    said = await _opens(room)
    assert ", without a controller" not in said
    status = await asyncio.to_thread(room.command, "status")
    assert "asterisk=up" in status.stdout
    assert room.interrupt() == 0


async def test_given_controllers_that_cannot_start_then_asterisk_answers_and_goes_on_answering(room: Room) -> None:
    room.more["NTPD112_DATABASE_URL"] = "pigeon://nowhere"
    said = await _opens(room)
    assert "without a controller" in said
    assert "Meanwhile Asterisk answers 112 by itself" in said
    asterisk = _asterisk(room)
    await _answered(room)
    assert _asterisk(room) == asterisk
    assert room.interrupt(signal.SIGTERM) == 0
    assert room.pids() == []


async def test_given_a_damaged_routing_file_then_the_last_good_routing_serves_until_it_is_mended(room: Room) -> None:
    city = room.folder / "city.yaml"
    text = city.read_text()
    city.write_text(text.replace("operators:", "operatros:"))
    said = await _opens(room)
    assert "operatros" in said
    assert "reload" in said
    assert city.read_text() != text  # people's files are theirs
    operators = await asyncio.to_thread(room.command, "operators")
    assert "203" in operators.stdout
    city.write_text(text)
    mended = await asyncio.to_thread(room.command, "reload")
    assert mended.returncode == 0
    assert room.interrupt() == 0
    assert "opens with" not in await _opens(room)


async def test_a_supervisor_that_is_killed_leaves_asterisk_to_one_that_finds_damaged_files(room: Room) -> None:
    await _opens(room)
    asterisk = _asterisk(room)
    os.kill(room.process.pid, signal.SIGKILL)
    room.process.wait()
    for name in ("city.yaml", "secrets.json", "instance.yaml"):
        (room.folder / name).write_bytes(b"\0" * 100)
    await _opens(room)
    assert _asterisk(room) == asterisk
    assert room.interrupt() == 0
