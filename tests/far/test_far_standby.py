"""A standby on another machine takes over from a controller that dies, hangs or hands over, and never decides too."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest

from ntpd112.pbx.lease import parse
from ntpd112.pbx.leaseholder import Leaseholder
from ntpd112.simulate import Answer
from ntpd112.supervise.child import environment
from ntpd112.whereabouts import exchange_settings
from tests.chaos.ground import SteppedClock
from tests.exchange.desk import hears_an_operator
from tests.exchange.middleman import AmiMiddleman, AriMiddleman
from tests.far.centre import NETWORK, PORT, Machine, centre, lease_of, scene
from tests.postgres import PostgresServer


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM], ids=["dies", "hangs", "is stopped"])
async def test_given_a_controller_that_is_gone_then_another_machine_goes_on_and_no_caller_notices(
    tmp_path: Path, postgres: PostgresServer, how: signal.Signals
) -> None:
    async with centre(tmp_path, postgres) as world:
        here, there = world.machines
        here.start()
        await world.serves([here])
        there.start()
        await there.stands_by_for(here)
        callers = await scene(world, here)
        here.signal(how)
        await world.serves([there])
        await callers.is_unchanged_at(there)
        await callers.ends(world)


async def test_given_another_machine_whose_clock_is_wrong_then_no_callers_clock_notices(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    async with centre(tmp_path, postgres) as world:
        here, there = world.machines
        clock = SteppedClock(tmp_path)
        clock.step(3600)
        there.more |= clock.environment
        here.start()
        await world.serves([here])
        there.start()
        await there.stands_by_for(here)
        callers = await scene(world, here)
        here.signal(signal.SIGKILL)
        await world.serves([there])
        await callers.is_unchanged_at(there)
        state = await there.state()
        assert state is not None
        assert abs(state.room.now - time.time()) < 60
        said_at = datetime.fromisoformat(json.loads(there.log().splitlines()[-1])["timestamp"])
        assert said_at.timestamp() - time.time() > 3000
        await callers.ends(world)


async def test_given_one_that_hung_when_it_wakes_then_it_ends_without_one_action_and_stands_by(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    async with centre(tmp_path, postgres) as world:
        here, there = world.machines
        address, own = f"{NETWORK}.1", here.settings
        async with (
            AriMiddleman(address, address, own.ari_port) as ari,
            AmiMiddleman(address, address, own.ami_port) as ami,
        ):
            here.settings = own.model_copy(update={"ari_port": ari.port, "ami_port": ami.port})
            here.start()
            await world.serves([here])
            there.start()
            await there.stands_by_for(here)
            callers = await scene(world, here)
            here.signal(signal.SIGSTOP)
            await world.serves([there])
            journal, asked = here.journal(), len(ari.commands)
            said = len(ami.received)
            # It has much to do when it wakes: events in its socket, and a word of comfort that is overdue.
            callers.ringing.hang_up()
            await callers.ringing.ended()
            await asyncio.sleep(6.0)
            here.signal(signal.SIGCONT)
            assert await here.ended() == 0
            assert here.journal() == journal
            assert {command.split()[0] for command in ari.commands[asked:]} <= {"GET"}
            assert set(re.findall(rb"Action: (\w+)", ami.received[said:])) <= {b"Ping"}
            assert "controller_replaced" in here.log()
            await there.has("talking", "ringing")
            here.start()
            await here.stands_by_for(there)
            callers.talking.hang_up()
            await callers.talking.ended()
            callers.waiting.hang_up()
            await callers.waiting.ended()
            assert [call_id for call_id, _ in await world.records(3)] == sorted(callers.before)


async def test_given_a_restart_without_a_standby_here_then_another_machine_goes_on_at_once(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    async with centre(tmp_path, postgres) as world:
        here, there = world.machines
        here.start()
        await world.serves([here])
        there.start()
        await there.stands_by_for(here)
        callers = await scene(world, here)
        said = await asyncio.to_thread(_command, here, "restart")
        assert f"has handed over to the one at {there.place}" in said.stdout + said.stderr
        assert await here.ended() == 0
        await callers.is_unchanged_at(there)
        assert "taking_over_without_journal" not in there.log()
        here.start()
        await here.stands_by_for(there)
        there.signal(signal.SIGUSR1)
        await world.serves([here])
        await callers.is_unchanged_at(here)
        await callers.ends(world)


async def test_given_two_standbys_elsewhere_then_exactly_one_takes_over_and_the_other_one_stands_by_for_it(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    async with centre(tmp_path, postgres, machines=3) as world:
        here, *others = world.machines
        here.start()
        await world.serves([here])
        for machine in others:
            machine.start()
        for machine in others:
            await machine.stands_by_for(here)
        callers = await scene(world, here)
        here.signal(signal.SIGKILL)
        winner = await world.serves(others)
        (other,) = [machine for machine in others if machine is not winner]
        await callers.is_unchanged_at(winner)
        await other.stands_by_for(winner)
        assert other.is_standing_by()
        assert "taking_over" not in other.log()
        winner.signal(signal.SIGKILL)
        await world.serves([other])
        await callers.is_unchanged_at(other)
        await callers.ends(world)


async def test_given_one_that_claims_and_dies_before_it_serves_then_the_next_one_begins_with_the_true_journal(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    async with centre(tmp_path, postgres) as world:
        here, there = world.machines
        here.start()
        await world.serves([here])
        there.start()
        await there.stands_by_for(here)
        callers = await scene(world, here)
        here.signal(signal.SIGKILL)
        own = exchange_settings(here.settings, world.instance.secrets)
        async with Leaseholder(own, f"{NETWORK}.3:{PORT}") as third:
            left = parse(free := await third.look())
            assert left is not None
            third.journal = left.journal
            assert await third.claim(free)
        await world.serves([there])
        assert "taking_over_without_journal" not in there.log()
        await callers.is_unchanged_at(there)
        await callers.ends(world)


async def test_given_a_standby_here_and_one_elsewhere_when_the_controller_dies_then_the_one_here_goes_on(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    async with centre(tmp_path, postgres) as world:
        here, there = world.machines
        beside = Machine(here.settings)
        world.machines.append(beside)
        here.start()
        await world.serves([here])
        serving = lease_of(here)
        while not (before := await serving()):
            pass
        beside.start()
        there.start()
        await there.stands_by_for(here)
        callers = await scene(world, here)
        here.signal(signal.SIGKILL)
        await world.serves([beside], not_as=before)
        await callers.is_unchanged_at(beside)
        await there.stands_by_for(beside)
        assert there.is_standing_by()
        assert "taking_over" not in there.log()
        await callers.ends(world)


async def test_given_a_standby_without_the_secrets_then_it_takes_over_without_a_journal_and_callers_reach_operators(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    async with centre(tmp_path, postgres) as world:
        here, there = world.machines
        other = json.dumps({"ari_password": "x", "ami_password": "y", "sip_passwords": {}})
        file = there.settings.state_dir / "secrets.json"
        right = file.read_text()
        file.write_text(other)
        there.start()
        await there.says("cannot see Asterisk")
        there.remove()
        file.write_text(right.replace('"ami_password": "', '"ami_password": "wrong-'))
        here.start()
        await world.serves([here])
        there.start()
        await there.says("journal_not_followed")
        assert not there.journals()
        there.remove()
        # An old room of its own must not be taken for the one that was left.
        shutil.copytree(here.settings.state_dir / "journal", there.settings.state_dir / "journal")
        there.start()
        talks = await world.phone("203", 21, Answer(0.2))
        citizen = await world.citizen(1)
        await hears_an_operator(citizen)
        waiting = await world.citizen(2)
        before = list(await here.has("talking", "waiting"))
        here.signal(signal.SIGKILL)
        await world.serves([there])
        assert "taking_over_without_journal" in there.log()
        await hears_an_operator(citizen)
        assert not talks.calls[-1].is_over
        citizen.hang_up()
        await citizen.ended()
        await talks.dial_and_wait("*11")
        await hears_an_operator(waiting)
        waiting.hang_up()
        await waiting.ended()
        assert before[1] in dict(await world.records(1))


async def test_given_another_machine_that_serves_then_new_callers_are_served_and_recorded_as_ever(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    async with centre(tmp_path, postgres) as world:
        here, there = world.machines
        there.start()
        await world.serves([there])
        await world.phone("203", 21, Answer(0.2))
        citizen = await world.citizen(1)
        await hears_an_operator(citizen)
        await asyncio.sleep(3.0)
        citizen.hang_up()
        await citizen.ended()
        ((call_id, outcome),) = await world.records(1)
        assert outcome == "answered"
        (recording,) = world.instance.layout.recordings.rglob("*.wav")
        assert call_id in recording.name
        assert recording.stat().st_size > 16_000
        state = await there.state()
        assert state is not None
        assert "recording_failed" not in [alarm.kind for alarm in state.alarms]
        assert state.health.followers == 0
        said = await asyncio.to_thread(_command, there, "reload")
        assert said.returncode == 0, said.stderr
        assert "routing_reloaded_here_alone" in there.log()
        for command in ("up", "setup"):
            said = await asyncio.to_thread(_command, there, command)
            assert "Asterisk runs on another machine" in said.stderr, said.stdout
        here.start()
        await here.stands_by_for(there)


def _command(machine: Machine, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ntpd112", *words],
        env=environment(machine.settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60.0,
        check=False,
    )
