"""Every command that a folder of sipp-scenarios/ documents works as written, except for its addresses and times."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import sys
from asyncio.subprocess import DEVNULL, STDOUT
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ntpd112.simulate import Citizen, HangUp
from tests.asterisk import Instance
from tests.simulate.conftest import CENTRE, LANDLINE, NETWORK, PhoneMaker

pytestmark = pytest.mark.asyncio(loop_scope="package")

RUNS_WITHIN_S = 40
UDP_PORTS = Path("/proc/net/udp")
SCENARIOS = Path(__file__).parents[2] / "sipp-scenarios"
FOLDERS = sorted(folder.name for folder in SCENARIOS.glob("[0-9]*-*"))
MAKES_A_LOAD = {"145-lossy-trunk", "151-rush", "152-flood"}
TAKES_CALLS = {name for name in FOLDERS if "phone.xml" in (SCENARIOS / name / "README.md").read_text()}
REFUSES = {name for name in FOLDERS if "refuse-" in (SCENARIOS / name / "README.md").read_text()}
BY_ITSELF = [name for name in FOLDERS if name not in TAKES_CALLS | REFUSES | MAKES_A_LOAD | {"143-no-ack"}]


def _command(name: str) -> str:
    found = re.search(r"```sh\n(.*)\n```", (SCENARIOS / name / "README.md").read_text())
    assert found, f"{name} documents no command"
    return found[1]


def _copy(exchange: Instance, tmp_path: Path) -> Path:
    """The scenarios, moved to this test's network, with short times, beside an instance folder."""
    shutil.copytree(SCENARIOS, tmp_path / "sipp-scenarios")
    (tmp_path / ".ntpd112").mkdir()
    (tmp_path / ".ntpd112" / "secrets.json").write_text(json.dumps(exchange.secrets.model_dump()))
    for file in tmp_path.glob("sipp-scenarios/*/data.csv"):
        file.write_text(_short(file.read_text()).replace("127.0.0.", f"{NETWORK}."))
    for file in tmp_path.glob("sipp-scenarios/shared/*.xml"):
        file.write_text(re.sub(r'milliseconds="\d{4,}"', 'milliseconds="300"', file.read_text()))
    return tmp_path


def _short(csv: str) -> str:
    first, *lines = csv.splitlines()
    shortened = []
    for line in lines:
        fields = line.split(";")
        times = (4, 6) if len(fields) > 8 else (0, 1, 2)
        for field in times:
            if fields[field].isdigit():
                fields[field] = str(min(int(fields[field]), 400))
        if len(fields) > 8:
            fields[5] = str(min(int(fields[5]), 3))
        shortened.append(";".join(fields))
    return "\n".join([first, *shortened, ""])


@asynccontextmanager
async def _started(command: str, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a documented command as a shell would; end it at the end if need be, and reap it."""
    moved = command.replace("127.0.0.", f"{NETWORK}.").replace(".venv/bin/python", sys.executable)
    moved = moved.replace("-rp 2000", "-rp 200").replace("-m 10", "-m 3")
    moved = moved.replace("-m 600", "-m 9").replace("-m 1200", "-m 9")
    if "&& sipp" in moved:
        moved = moved.replace("&& sipp", "&& exec sipp") + " -nostdin -trace_err"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SCENARIOS.parent)}
    log = folder / "output"
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_shell(
            moved, cwd=folder, stdin=DEVNULL, stdout=output, stderr=STDOUT, env=environment
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _said(folder: Path) -> str:
    errors = "".join(file.read_text(errors="replace") for file in folder.rglob("*_errors.log"))
    return (folder / "output").read_text(errors="replace")[-1500:] + errors


async def _listening(address: str) -> None:
    """Return once somebody has this UDP port; the kernel's table is the only one who tells."""
    ip, port = address.split(":")
    wanted = "".join(f"{int(part):02X}" for part in reversed(ip.split("."))) + f":{int(port):04X}"
    async with asyncio.timeout(RUNS_WITHIN_S):
        while wanted not in UDP_PORTS.read_text():  # noqa: ASYNC110, ASYNC240
            await asyncio.sleep(0.02)


async def _reachable(exchange: Instance, phone: str) -> None:
    """Return once Asterisk knows that a phone answers, which another test may have left registered and silent."""
    async with asyncio.timeout(RUNS_WITHIN_S):
        while not re.search(rf" {phone}/sip:\S+ +\S+ +Avail ", await exchange.asterisk.rx("pjsip show contacts")):  # noqa: ASYNC110
            await asyncio.sleep(0.2)


async def _run(command: str, folder: Path) -> tuple[int, str]:
    async with _started(command, folder) as process:
        code = await asyncio.wait_for(process.wait(), RUNS_WITHIN_S)
    return code, _said(folder)


@pytest.mark.parametrize("name", BY_ITSELF)
async def test_documented_command_ends_well(exchange: Instance, tmp_path: Path, name: str) -> None:
    code, output = await _run(_command(name), _copy(exchange, tmp_path))
    assert code == 0, output
    await exchange.asterisk.rx("channel request hangup all")


@pytest.mark.parametrize("name", sorted(TAKES_CALLS | REFUSES))
async def test_documented_party_takes_a_call(exchange: Instance, phone: PhoneMaker, tmp_path: Path, name: str) -> None:
    folder = _copy(exchange, tmp_path)
    number = "113"
    if name.startswith("2"):
        assert (await _run(_command("201-operator-registers"), folder))[0] == 0
        number = "201"
    async with phone("202") as caller, _started(_command(name), folder) as party:
        await _listening(f"{NETWORK}.{'21:5070' if number == '201' else '11:5060'}")
        if number == "201":
            await _reachable(exchange, number)
        call = caller.dial(number)
        assert await call.ended() in {"ended", "refused"}
        party.send_signal(signal.SIGUSR1)  # SIPp's way of pressing q
        code = await asyncio.wait_for(party.wait(), RUNS_WITHIN_S)
    assert code == 0, _said(folder)
    assert call.is_answered == (name not in REFUSES), _said(folder)


async def test_load_scenarios_lose_no_call(exchange: Instance, tmp_path: Path) -> None:
    folder = _copy(exchange, tmp_path)
    for name in sorted(MAKES_A_LOAD):
        code, output = await _run(_command(name), folder)
        assert code == 0, output
        # A call whose last ACK was among the lost ones would stay for 32 s (RFC 3261 13.3.1.4).
        await exchange.asterisk.rx("channel request hangup all")


async def test_index_names_every_folder() -> None:
    index = (SCENARIOS / "README.md").read_text()
    assert [name for name in FOLDERS if f"]({name}/README.md)" not in index] == []


async def test_missing_ack_is_noticed_by_the_centre(exchange: Instance) -> None:
    async with Citizen(CENTRE, LANDLINE, acknowledges=False, steps=[HangUp(1.0)]) as caller:
        result = await caller.ended()
    assert result.final_status == 200
