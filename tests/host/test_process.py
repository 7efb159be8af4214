"""Asterisk outlives us, is found again, and stops when told to."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from asyncio import create_subprocess_exec
from pathlib import Path

import pytest

from ntpd112.host.asterisk_process import AsteriskProcess, running_pid
from ntpd112.host.errors import AsteriskError
from ntpd112.simulate.citizen import Citizen
from ntpd112.simulate.sipp import Address
from tests.asterisk import Instance, private_asterisk
from tests.host.conftest import LANDLINE
from tests.host.controller import Controller

STARTER = """
import asyncio, os, sys
from pathlib import Path
from ntpd112.host.asterisk_process import AsteriskProcess
from ntpd112.host.setup import prepare
from ntpd112.settings import Settings

async def main():
    settings = Settings(state_dir=Path(sys.argv[1]), sip_address=sys.argv[2], manage_address=sys.argv[2])
    asterisk = AsteriskProcess(settings, prepare(settings).install)
    await asterisk.start()
    os.kill(os.getpid(), 9)

asyncio.run(main())
"""


async def test_asterisk_survives_the_death_of_its_parent_and_is_adopted(instance: Instance) -> None:
    settings = instance.settings
    await instance.asterisk.stop()
    parent = await create_subprocess_exec(
        sys.executable, "-c", STARTER, str(settings.state_dir), str(settings.sip_address)
    )
    status = await parent.wait()

    heir = AsteriskProcess(settings, instance.ready.install)
    found = await heir.adopt()
    try:
        version = await heir.rx("core show version")
    finally:
        await heir.stop()

    assert status == -signal.SIGKILL
    assert found
    assert "Asterisk" in version
    assert running_pid(instance.layout) == 0
    await instance.asterisk.start(die_with_parent=True)


async def test_starting_twice_is_starting_once(instance: Instance) -> None:
    second = AsteriskProcess(instance.settings, instance.ready.install)
    await second.start()

    assert second.adopted
    assert second.pid == instance.asterisk.pid


async def test_a_frozen_asterisk_is_stopped_by_force(tmp_path: Path) -> None:
    async with private_asterisk(tmp_path) as instance:
        await instance.asterisk.stop()
        asterisk = AsteriskProcess(instance.settings, instance.ready.install, command_timeout_s=0.5)
        await asterisk.start(die_with_parent=True)
        os.kill(asterisk.pid, signal.SIGSTOP)
        began = time.monotonic()
        await asterisk.stop(timeout_s=0.5)
        took = time.monotonic() - began
        await instance.asterisk.start(die_with_parent=True)

    assert took < 5


async def test_a_deep_instance_folder_works(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    async with private_asterisk(deep) as instance:
        version = await instance.asterisk.rx("core show version")
        outside = not instance.layout.run.is_relative_to(instance.layout.state)

    assert "Asterisk" in version
    assert outside


async def test_a_taken_port_is_named_with_its_cure(instance: Instance) -> None:
    await instance.asterisk.stop()
    address = (str(instance.settings.sip_address), instance.settings.sip_port)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(address)
        with pytest.raises(AsteriskError, match=r"UDP port 5060 .* is taken .* sip_port"):
            await instance.asterisk.start(die_with_parent=True)
    await instance.asterisk.start(die_with_parent=True)

    assert instance.asterisk.pid


async def test_a_dead_resolver_delays_no_call(instance: Instance, exchange: Address) -> None:
    # In place, so that the sandbox sees it: an address of RFC 5737 that never answers.
    with (instance.layout.private_etc / "resolv.conf").open("r+") as file:
        file.write("nameserver 192.0.2.53\n")
    async with Controller(instance), Citizen(exchange, LANDLINE) as citizen:
        await citizen.answered(within_s=2)

    assert citizen.result().ring_s < 1


async def test_a_reload_changes_what_changed_and_keeps_calls(instance: Instance, exchange: Address) -> None:
    async with Controller(instance) as controller, Citizen(exchange, LANDLINE) as citizen:
        await citizen.answered()
        await controller.arrival()
        await instance.asterisk.reload("res_pjsip.so", "pbx_config.so", "app_queue.so", "res_musiconhold.so", "logger")
        alive = await instance.channels()

    assert len(alive) == 1
