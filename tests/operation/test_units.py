"""systemd units: what systemd says of them, and that their processes do what a service manager expects."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ntpd112.host.setup import prepare
from ntpd112.settings import Settings
from ntpd112.simulate import SimulationError
from ntpd112.supervise.units import Units
from tests.networks import network
from tests.operation.people import citizen, outcomes, two_callers
from tests.operation.room import Room
from tests.operation.units import Unit
from tests.stories.city import city_text

SERVICES = (
    "ntpd112-asterisk.service",
    "ntpd112-controller@.service",
    "ntpd112-lifeboat.service",
    "ntpd112-console.service",
    "ntpd112-ear.service",
    "ntpd112-firewall.service",
)


@pytest.fixture(scope="module")
def unit_room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A room whose units are written, and which does not run."""
    room = Room(tmp_path_factory.mktemp("units") / "state", network(80))
    room.folder.mkdir()
    (room.folder / "city.yaml").write_text(city_text(room.network), encoding="utf-8")
    ready = prepare(room.settings)
    (room.folder / "units").mkdir()
    Units(room.settings, ready.install, "daemon", "ntpd112").write(room.folder / "units", 40)
    try:
        yield room
    finally:
        room.clear_up()


def analyze(room: Room, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *arguments],
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{room.folder / 'units'}:"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_systemd_finds_no_fault_in_the_units(unit_room: Room) -> None:
    folder = unit_room.folder / "units"
    names = ("ntpd112.target", "ntpd112-firewall.path", *SERVICES)
    files = [str(folder / file.replace("@", "@1")) for file in names]
    verified = analyze(unit_room, "verify", "--man=no", *files)
    assert (verified.returncode, verified.stdout) == (0, "")
    assert not [line for line in verified.stderr.splitlines() if "ntpd112" in line]


@pytest.mark.parametrize(("service", "most"), list(zip(SERVICES, (23, 14, 14, 14, 14, 25), strict=True)))
def test_the_sandbox_is_as_strict_as_each_process_stands(unit_room: Room, service: str, most: int) -> None:
    file = unit_room.folder / "units" / service
    judged = analyze(unit_room, "security", "--offline=true", f"--threshold={most}", "--no-pager", str(file))
    assert judged.returncode == 0, judged.stdout[-200:]


def test_where_asterisk_runs_elsewhere_the_units_are_the_controllers_and_the_console(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path, asterisk="elsewhere", journal_port=5112)
    names = Units(settings, None, "daemon", "ntpd112").write(tmp_path, 40)
    assert names == ("ntpd112.target", "ntpd112-controller@.service", "ntpd112-console.service")
    target = (tmp_path / "ntpd112.target").read_text()
    assert "ntpd112-controller@2.service" in target
    assert "lifeboat" not in target
    assert 'NTPD112_JOURNAL_PORT="5112"' in (tmp_path / "units.env").read_text()


@pytest.fixture
def services(unit_room: Room) -> Iterator[list[Unit]]:
    """Asterisk, lifeboat, console, ear, two controllers, in the order of their start."""
    folder = unit_room.folder / "units"
    names = (("asterisk", ""), ("lifeboat", ""), ("console", ""), ("ear", ""), ("controller", "1"), ("controller", "2"))
    made = [Unit(folder, f"ntpd112-{name}", instance) for name, instance in names]
    yield made
    for unit in made:
        unit.clear_up()


async def test_the_units_serve_calls_restart_without_a_trace_and_let_calls_end(
    unit_room: Room, services: list[Unit]
) -> None:
    room = unit_room
    asterisk, lifeboat, console, ear, one, two = services
    for unit in services:
        await asyncio.to_thread(unit.start)
    pid = room.asterisk()
    assert "systemctl stop ntpd112.target" in room.ask("stop").stderr

    async with two_callers(room) as both:
        before = await both.there()

        assert await asyncio.to_thread(one.end, "RestartKillSignal") == 0
        await asyncio.to_thread(one.start)
        await asyncio.to_thread(two.hear, "STATUS=serves calls")
        assert await both.there() == before

        asterisk.process.kill()
        asterisk.process.wait()
        await asyncio.to_thread(asterisk.start)
        assert room.asterisk() == pid
        assert await both.there() == before

        ended = await asyncio.gather(*(asyncio.to_thread(unit.end) for unit in (one, two, lifeboat, ear, console)))
        assert ended == [-signal.SIGTERM, 0, -signal.SIGTERM, -signal.SIGTERM, 0]
        end = asyncio.create_task(asyncio.to_thread(asterisk.end))
        await asyncio.to_thread(asterisk.hear, "STOPPING=1")
        await both.leave_a_room_that_closes()
        assert await end == 0
    assert await outcomes(room, [call_id for call_id, _ in before]) == ["answered", "overflowed"]
    assert room.pids() == []


async def test_given_a_keeper_that_dies_while_it_stops_then_the_next_one_takes_calls_again(
    unit_room: Room, services: list[Unit]
) -> None:
    asterisk = services[0]
    await asyncio.to_thread(asterisk.start)
    pid = unit_room.asterisk()
    async with citizen(unit_room, 12) as waiting:
        await waiting.answered()
        asterisk.process.terminate()
        async with asyncio.timeout(30):
            while True:
                async with citizen(unit_room, 11) as another:
                    with contextlib.suppress(SimulationError):
                        assert await another.refused() == 503
                        break
        asterisk.process.kill()
        asterisk.process.wait()
        await asyncio.to_thread(asterisk.start)
        async with citizen(unit_room, 11) as another:
            await another.answered()
        assert unit_room.asterisk() == pid
        asterisk.process.send_signal(signal.SIGQUIT)
        assert await asyncio.to_thread(asterisk.process.wait, 60) == 0
    assert unit_room.pids() == []


def test_units_that_could_not_work_are_refused_with_the_cure(unit_room: Room, tmp_path: Path) -> None:
    def refused(*arguments: str, **more: str) -> str:
        result = unit_room.ask("units", str(tmp_path), *arguments, **more)
        assert result.exit_code == 4
        assert list(tmp_path.glob("*.service")) == []
        return result.stderr

    assert "run `" in refused(NTPD112_STATE_DIR=str(tmp_path / "nowhere"))
    assert "adduser --system" in refused("--user", "nobody-of-this-name")
    hidden = refused()
    assert str(unit_room.folder) in hidden
    assert "have a /tmp of their own" in hidden
    assert "chown -R daemon:" in refused("--user", "daemon")


def test_units_hold_no_setting_but_paths_and_the_settings_are_for_the_user_alone(unit_room: Room) -> None:
    texts = "".join(
        file.read_text(encoding="utf-8")
        for file in (unit_room.folder / "units").iterdir()
        if file.suffix != ".sock" and file.name != "ntpd112-firewall.service"
    )
    file = unit_room.folder / "units.env"
    assert unit_room.network not in texts
    assert f'NTPD112_SIP_ADDRESS="{unit_room.network}.1"' in file.read_text(encoding="utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_root_runs_reads_no_environment_that_the_user_could_write(unit_room: Room) -> None:
    text = (unit_room.folder / "units" / "ntpd112-firewall.service").read_text(encoding="utf-8")
    settings = [line for line in text.splitlines() if line.startswith("Environment")]
    assert f"Environment=NTPD112_SIP_ADDRESS={unit_room.network}.1" in settings
    assert len(settings) == 7
    assert not [line for line in settings if line.startswith("EnvironmentFile") or "DATABASE" in line]
