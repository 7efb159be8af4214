"""What the controller may do over AMI, and what it may not."""

from __future__ import annotations

import asyncio

import pytest

from ntpd112.host.logs import give_back_memory, rotate_logs
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


async def test_a_long_log_is_rotated_and_the_oldest_dropped(instance: Instance) -> None:
    old = instance.layout.log / "messages.12"
    old.write_text("old")

    kept = await rotate_logs(instance.asterisk)
    rotated = await rotate_logs(instance.asterisk, limit_bytes=10)

    assert (kept, rotated) == (False, True)
    assert not old.exists()
    assert (instance.layout.log / "messages.0").exists()


async def test_asterisk_can_give_back_memory(instance: Instance) -> None:
    assert "No such command" not in await instance.asterisk.rx("malloc trim")
    await give_back_memory(instance.asterisk)


async def test_a_log_of_attacks_is_rotated_too(instance: Instance) -> None:
    security = instance.layout.log / "security"
    with security.open("a") as file:
        file.write("x" * 100_000)

    assert await rotate_logs(instance.asterisk, limit_bytes=100_000)
    assert security.stat().st_size < 100_000
