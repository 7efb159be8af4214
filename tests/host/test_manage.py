"""What the controller may do over AMI, and what it may not."""

from __future__ import annotations

import asyncio

import pytest

from ntpd112.host.logs import KEEP, give_back_memory, rotate_logs
from ntpd112.pbx.intruders import SECURITY_EVENTS
from ntpd112.pbx.phone_news import NEWS
from ntpd112.pbx.registrations import REGISTRY_EVENTS
from tests.asterisk import Instance

WITHIN_S = 5.0


async def _ask(instance: Instance, *actions: str, wait_s: float = 0.3) -> str:
    reader, writer = await asyncio.open_connection(str(instance.settings.manage_address), instance.settings.ami_port)
    login = f"Action: Login\r\nUsername: ntpd112\r\nSecret: {instance.secrets.ami_password}\r\n\r\n"
    try:
        writer.write((login + "".join(f"Action: {action}\r\n\r\n" for action in actions)).encode())
        await writer.drain()
        text = b""
        async with asyncio.timeout(WITHIN_S):
            while text.count(b"Response:") < 1 + len(actions):
                text += await reader.read(65536)
        with_events = asyncio.timeout(wait_s)
        try:
            async with with_events:
                while chunk := await reader.read(65536):
                    text += chunk
        except TimeoutError:
            pass
        return text.decode()
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize(
    "action",
    [
        "DeviceStateList",
        "PJSIPShowAors",
        "PJSIPShowEndpoints",
        "CoreShowChannels",
        "QueueStatus",
        "QueuePause\r\nInterface: PJSIP/201\r\nQueue: fallback\r\nPaused: true\r\nReason: test",
        "QueueAdd\r\nInterface: PJSIP/209\r\nQueue: fallback",
        "Command\r\nCommand: module reload res_pjsip.so",
        "CoreStatus",
    ],
)
async def test_the_controller_may(instance: Instance, action: str) -> None:
    text = await _ask(instance, action)

    assert "Permission denied" not in text
    assert text.count("Response: Success") == 2


@pytest.mark.parametrize(
    "action",
    ["MixMonitor\r\nChannel: none", "Redirect\r\nChannel: none\r\nContext: fallback\r\nExten: s\r\nPriority: 1"],
)
async def test_the_controller_may_act_on_channels(instance: Instance, action: str) -> None:
    text = await _ask(instance, action)

    assert "Permission denied" not in text
    assert "hannel" in text.split("Response: Error")[1]


@pytest.mark.parametrize(
    "action", ["Originate\r\nChannel: PJSIP/201", "UpdateConfig\r\nSrcFilename: a.conf\r\nDstFilename: b.conf"]
)
async def test_the_controller_may_not(instance: Instance, action: str) -> None:
    assert "Permission denied" in await _ask(instance, action)


async def test_device_states_come_and_test_events_do_not(instance: Instance) -> None:
    text = await _ask(instance, "Command\r\nCommand: devstate change Custom:lamp INUSE", wait_s=0.5)

    assert "Event: DeviceStateChange" in text
    assert "TestEvent" not in text


def test_every_event_that_the_controller_takes_in_is_made(instance: Instance) -> None:
    text = (instance.layout.etc / "manager.conf").read_text()
    (unwanted,) = [line.partition("=")[2] for line in text.splitlines() if line.startswith("disabledevents")]
    names = {name.strip() for name in unwanted.split(",")}

    assert {"Newexten", "VarSet", "TestEvent"} <= names
    assert names & {*NEWS, *REGISTRY_EVENTS, *SECURITY_EVENTS, "FullyBooted"} == set()


async def test_a_long_log_is_rotated_the_oldest_dropped_and_the_queues_log_left_alone(instance: Instance) -> None:
    folder = instance.layout.log
    (folder / "messages.12").write_text("old")
    (folder / "messages.0").write_text("the one before")
    queue_log = folder / "queue_log"
    async with asyncio.timeout(15):
        while not queue_log.exists():  # noqa: ASYNC110  Asterisk begins it a moment after it answers
            await asyncio.sleep(0.05)
    inode = queue_log.stat().st_ino
    with instance.layout.messages.open("a") as file:
        file.write("x" * 5_000)
    assert not await rotate_logs(instance.asterisk)
    assert await rotate_logs(instance.asterisk, limit_bytes=1_000)
    assert instance.layout.messages.stat().st_size < 1_000
    assert (folder / "messages.0").stat().st_size > 4_999
    assert (folder / "messages.1").read_text() == "the one before"
    assert not (folder / "messages.12").exists()
    assert queue_log.stat().st_ino == inode
    for _ in range(KEEP + 3):
        await rotate_logs(instance.asterisk, limit_bytes=1)
    assert len(list(folder.glob("messages.*"))) == KEEP


async def test_asterisk_can_give_back_memory(instance: Instance) -> None:
    assert "No such command" not in await instance.asterisk.rx("malloc trim")
    await give_back_memory(instance.asterisk)
