"""What systemd hears, on a real datagram socket, from a process of its own that is stopped and goes on."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ntpd112.host.service_manager import ServiceManager

PROGRAM = """
import asyncio, os
from ntpd112.host.service_manager import ServiceManager

async def live() -> None:
    manager = ServiceManager(os.environ)
    with manager.watching():
        manager.ready("serves\\n calls")
        await asyncio.sleep(600)

asyncio.run(live())
"""
PING = "READY=1\nSTATUS=serves calls\nWATCHDOG=1"
SILENCE_S = 1.0
"""Ten times as long as it is between two pings."""


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as here:
        here.bind(str(tmp_path / "notify"))
        here.settimeout(30)
        yield here


def test_signs_of_life_go_on_until_the_event_loop_stands_still(heard: socket.socket) -> None:
    environment = {**os.environ, "NOTIFY_SOCKET": heard.getsockname(), "WATCHDOG_USEC": "300000"}
    with subprocess.Popen([sys.executable, "-c", PROGRAM], env=environment) as process:
        try:
            assert heard.recv(1000) == b"WATCHDOG=1"
            assert heard.recv(1000) == b"READY=1\nSTATUS=serves calls"
            assert [heard.recv(1000).decode() for _ in range(5)] == [PING] * 5
            process.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
            heard.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while heard.recv(1000):
                    pass
            heard.settimeout(SILENCE_S)
            with pytest.raises(TimeoutError):
                heard.recv(1000)
            process.send_signal(signal.SIGCONT)
            heard.settimeout(30)
            assert heard.recv(1000).decode() == PING
        finally:
            process.kill()


async def test_an_end_is_told_and_children_inherit_nothing(heard: socket.socket) -> None:
    environment = {"NOTIFY_SOCKET": heard.getsockname(), "WATCHDOG_USEC": "3000000", "PATH": "/bin"}
    manager = ServiceManager(environment)
    assert environment == {"PATH": "/bin"}
    manager.stopping("lets go")
    assert await asyncio.to_thread(heard.recv, 1000) == b"STOPPING=1\nSTATUS=lets go"
    with manager.watching():
        assert await asyncio.to_thread(heard.recv, 1000) == b"STOPPING=1\nSTATUS=lets go\nWATCHDOG=1"


async def test_an_abstract_address_is_reached_and_a_dead_one_harms_nobody(tmp_path: Path) -> None:
    name = f"ntpd112-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as here:
        here.bind(f"\0{name}")
        here.settimeout(30)
        ServiceManager({"NOTIFY_SOCKET": f"@{name}"}).ready("serves calls")
        assert await asyncio.to_thread(here.recv, 1000) == b"READY=1\nSTATUS=serves calls"
    with ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).watching():
        await asyncio.sleep(0)


def test_without_a_service_manager_nothing_happens(heard: socket.socket) -> None:
    ServiceManager({}).ready("serves calls")
    heard.setblocking(False)
    with pytest.raises(BlockingIOError):
        heard.recv(1000)
