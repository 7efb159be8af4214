"""The ear's process: it counts what it cannot take, keeps no file, and comes back whatever happens to it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest

from ntpd112.settings import Settings
from ntpd112.siptrace.findings import AnyFinding, LineEnded, Refused
from ntpd112.siptrace.key import trace_key
from ntpd112.siptrace.receiver import Receiver
from tests.networks import network
from tests.siptrace.hearing import Ear, start_ear
from tests.siptrace.test_ear import answer, request
from tests.siptrace.test_parsers import hep

HOST = f"{network(30)}.1"
PASSWORD = "of-ami"  # noqa: S105
KEY = trace_key(PASSWORD).encode()
WITHIN_S = 30.0
FLOOD = 20_000


class Controller:
    """What a controller does with the ear."""

    def __init__(self, settings: Settings) -> None:
        self.found: list[AnyFinding] = []
        self.receiver = Receiver(settings.ear_socket, self.found.append, lambda: None)

    async def until(self, *, heard: int = 0, of: type[AnyFinding] | None = None) -> None:
        async with asyncio.timeout(WITHIN_S):
            while (  # noqa: ASYNC110  the ear tells nobody else
                self.receiver.last is None
                or self.receiver.last.heard + self.receiver.last.lost < heard
                or (of is not None and not any(isinstance(one, of) for one in self.found))
            ):
                await asyncio.sleep(0.05)


class Asterisk(asyncio.DatagramProtocol):
    """What mirrors messages."""

    def __init__(self, settings: Settings) -> None:
        self.sent = 0
        self._target = (HOST, settings.trace_port)
        self._transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def mirror(self, *texts: str) -> None:
        for text in texts:
            source = (HOST, 5060) if text.startswith("SIP/2.0") else ("10.0.0.9", 5062)
            self._transport.sendto(hep(text.encode(), key=KEY, source=source), self._target)
            self.sent += 1


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "run").mkdir()
    (tmp_path / "secrets.json").write_text(json.dumps({"ami_password": PASSWORD}))
    address = Settings(state_dir=tmp_path).sip_address.__class__(HOST)
    return Settings(state_dir=tmp_path, manage_address=address, sip_address=address)


@asynccontextmanager
async def everybody(settings: Settings) -> AsyncIterator[tuple[Ear, Asterisk, Controller]]:
    controller = Controller(settings)
    taking = asyncio.create_task(controller.receiver.run())
    ear = await start_ear(settings)
    loop = asyncio.get_running_loop()
    transport, asterisk = await loop.create_datagram_endpoint(lambda: Asterisk(settings), local_addr=(HOST, 0))
    try:
        await controller.until()
        yield ear, asterisk, controller
    finally:
        transport.close()
        taking.cancel()
        await asyncio.wait([taking])
        await ear.end()


def end(call_id: str, more: str = "") -> list[str]:
    """Return an end and Asterisk's answer to it."""
    return [request("BYE", call_id, more=more), answer(200, "BYE", call_id)]


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def test_given_a_flood_then_every_message_is_heard_or_counted_as_lost_and_what_matters_is_told_afterwards(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    async with everybody(settings) as (ear, asterisk, controller):
        before = _cpu_s(ear.process.pid)
        for number in range(FLOOD // 2):
            call_id = f"flood-{number}"
            asterisk.mirror(request("INVITE", call_id), answer(401, call_id=call_id))
            if number % 10 == 0:
                await asyncio.sleep(0.004)
        await controller.until(heard=FLOOD)
        spent = _cpu_s(ear.process.pid) - before
        last = controller.receiver.last
        assert last is not None
        asterisk.mirror(*end("ours", "Reason: Q.850;cause=38\r\n"))
        await controller.until(of=LineEnded)
        assert len([one for one in controller.found if isinstance(one, Refused)]) <= 4
        with capsys.disabled():
            told = f"{last.heard} heard, {last.lost} lost, {spent / FLOOD * 1e6:.0f} us of CPU a message"
            sys.stdout.write(f"\nthe ear in a flood of {FLOOD}: {told}\n")
        assert sorted(file.name for file in settings.state_dir.rglob("*") if file.is_file()) == [
            "ear.pid",
            "secrets.json",
        ]


async def test_given_noise_and_another_instances_messages_then_they_are_counted_and_none_is_told(
    settings: Settings,
) -> None:
    async with everybody(settings) as (_, asterisk, controller):
        transport = asterisk._transport
        for noise in (b"H", b"HEP3", os.urandom(500), hep(request("BYE").encode(), key=b"another")):
            transport.sendto(noise, asterisk._target)
        asterisk.mirror("BYE", *end("a"))
        await controller.until(heard=7, of=LineEnded)
        assert len(controller.found) == 1


async def test_given_no_controller_or_another_one_then_the_ear_goes_on_and_the_next_is_told(settings: Settings) -> None:
    async with everybody(settings) as (ear, asterisk, first):
        second = Controller(settings)
        taking = asyncio.create_task(second.receiver.run())
        await second.until()
        asterisk.mirror(*end("for the second"))
        await second.until(of=LineEnded)
        assert first.found == []
        taking.cancel()
        await asyncio.wait([taking])
        asterisk.mirror(*end("for nobody") * 25)
        third = Controller(settings)
        taking = asyncio.create_task(third.receiver.run())
        await third.until(heard=52)
        assert ear.process.returncode is None
        taking.cancel()
        await asyncio.wait([taking])


async def test_given_a_port_that_is_taken_then_the_ear_waits_for_it(settings: Settings) -> None:
    loop = asyncio.get_running_loop()
    taken, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=(HOST, settings.trace_port))
    controller = Controller(settings)
    taking = asyncio.create_task(controller.receiver.run())
    ear = await start_ear(settings)
    try:
        lock = settings.state_dir / "run" / "ear.pid"
        async with asyncio.timeout(WITHIN_S):
            while not lock.exists() or not lock.read_text():  # noqa: ASYNC110  it tells nobody
                await asyncio.sleep(0.05)
        assert controller.receiver.last is None
        taken.close()
        await controller.until()
    finally:
        await ear.end()
        taking.cancel()
        await asyncio.wait([taking])


async def test_given_ends_with_endless_reasons_then_each_is_told_in_datagrams_that_fit(settings: Settings) -> None:
    async with everybody(settings) as (_, asterisk, controller):
        reasons = "".join(f"Reason: X.y;text={'z' * 480}{n}\r\n" for n in range(20))
        for number in range(60):
            asterisk.mirror(*end(f"c{number}", reasons))
        await controller.until(heard=120)
        async with asyncio.timeout(WITHIN_S):
            while len(controller.found) < 60:  # noqa: ASYNC110  the ear tells nobody else
                await asyncio.sleep(0.05)
        assert {len(one.texts) for one in controller.found if isinstance(one, LineEnded)} == {20}
