from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

import pytest

from ntpd112.pbx.ami import AmiClient, AmiConnected, AmiDisconnected, AmiEvent, AmiItem
from ntpd112.pbx.ami.errors import (
    AmiConnectionLostError,
    AmiNotConnectedError,
    AmiRefusedError,
    AmiTimeoutError,
    AmiUnavailableError,
)
from ntpd112.pbx.ari import AriClient, EventStream
from ntpd112.pbx.ari.generated import StasisStart
from tests.pbx.bare_asterisk import ADDRESS, SECRET, USER, BareAsterisk
from tests.pbx.conftest import ami_client


@asynccontextmanager
async def connected(client: AmiClient) -> AsyncIterator[asyncio.Queue[AmiItem]]:
    """Keep a client connected for the length of the block; what it tells comes in the queue."""
    items: asyncio.Queue[AmiItem] = asyncio.Queue()
    async with client, asyncio.TaskGroup() as tasks:
        running = tasks.create_task(client.run(items.put_nowait))
        async with asyncio.timeout(5):
            await client.connected()
        yield items
        running.cancel()


async def following(items: asyncio.Queue[AmiItem], kind: type[AmiItem], within_s: float = 5.0) -> AmiItem:
    async with asyncio.timeout(within_s):
        while not isinstance(item := await items.get(), kind):
            pass
    return item


async def test_actions_are_answered_and_lists_collected(ami: AmiClient, ari: AriClient) -> None:
    await ari.device_states_update(device_name="Stasis:desk", device_state="INUSE")
    async with connected(ami):
        pong = await ami.action("Ping")
        await ari.channels_originate(
            endpoint="Local/wait@test", context="test", extension="wait", channel_id="c1", caller_id='"Žižkov" <112>'
        )
        channels = await ami.list_action("CoreShowChannels")
        states = {item["Device"]: item["State"] for item in await ami.list_action("DeviceStateList")}
        uptime = await ami.command("core show uptime")

    assert pong["Ping"] == "Pong"
    assert sorted(channel["Channel"][-2:] for channel in channels) == [";1", ";2"], [c["Channel"] for c in channels]
    assert "Žižkov" in {channel["CallerIDName"] for channel in channels}
    assert states["Stasis:desk"] == "INUSE"
    assert uptime.startswith("System uptime")


async def test_an_empty_list_is_empty_even_where_asterisk_calls_it_an_error(ami: AmiClient, ari: AriClient) -> None:
    async with connected(ami):
        assert await ami.list_action("PJSIPShowContacts") == []
        assert await ami.list_action("CoreShowChannels") == []


async def test_a_refused_action_says_why(ami: AmiClient) -> None:
    async with connected(ami):
        with pytest.raises(AmiRefusedError, match="MixMonitor: No such channel"):
            await ami.action("MixMonitor", Channel="nobody", File="x.wav")
        with pytest.raises(AmiRefusedError, match="Invalid/unknown command"):
            await ami.action("Nonsense")


async def test_a_callers_text_cannot_add_a_header(ami: AmiClient) -> None:
    async with connected(ami):
        with pytest.raises(ValueError, match="remove line breaks"):
            await ami.action("Setvar", Variable="NAME", Value="x\r\n\r\nAction: Setvar\r\nVariable: PWNED\r\nValue: 1")
        assert (await ami.action("Getvar", Variable="PWNED"))["Value"] == ""


async def test_only_chosen_events_arrive_and_in_order(asterisk: BareAsterisk, ari: AriClient) -> None:
    client = ami_client(asterisk, events=("Newchannel", "Hangup"))
    async with connected(client) as items:
        await client.action(
            "Originate", Channel="Local/wait@test", Context="test", Exten="wait", Priority="1", Async="true"
        )
        first = await following(items, AmiEvent)
        second = await following(items, AmiEvent)
        await client.command("channel request hangup all")
        third = await following(items, AmiEvent)

    assert isinstance(first, AmiEvent)
    assert first.fields["Channel"].startswith("Local/wait@test-")
    assert [item.name for item in (first, second, third) if isinstance(item, AmiEvent)] == [
        "Newchannel",
        "Newchannel",
        "Hangup",
    ]


async def test_given_a_user_who_may_not_set_filters_then_events_are_chosen_here(
    asterisk: BareAsterisk, ari: AriClient
) -> None:
    client = ami_client(asterisk, user="humble", events=("Hangup",))
    async with connected(client) as items:
        await ari.channels_originate(endpoint="Local/wait@test", context="test", extension="wait", channel_id="c1")
        await ari.channels_hangup(channel_id="c1")
        event = await following(items, AmiEvent)

    assert isinstance(event, AmiEvent)
    assert event.name == "Hangup"


async def test_a_wrong_password_ends_the_client_and_names_the_cure(asterisk: BareAsterisk) -> None:
    async with ami_client(asterisk, secret="wrong") as client:
        with pytest.raises(AmiUnavailableError, match=r"Authentication failed\. Make user, secret and permit"):
            await anext(client)


async def test_without_a_connection_an_action_fails_at_once(ami: AmiClient) -> None:
    with pytest.raises(AmiNotConnectedError, match=r"not connected to AMI at 127\.0\.2\.1"):
        await ami.action("Ping")


async def test_given_a_killed_asterisk_when_it_starts_again_then_the_client_connects_again_and_repeats_nothing(
    asterisk: BareAsterisk, ami: AmiClient, ari: AriClient
) -> None:
    async with connected(ami) as items:
        assert await items.get() == AmiConnected(1)
        asterisk.freeze()
        async with asyncio.TaskGroup() as tasks:
            stale = tasks.create_task(failure(ami.action("Setvar", Variable="STALE", Value="sent twice")))
            await asyncio.sleep(0.1)
            asterisk.kill()
        assert isinstance(await following(items, AmiDisconnected), AmiDisconnected)
        with pytest.raises(AmiNotConnectedError):
            await ami.action("Ping")
        asterisk.start()
        assert await following(items, AmiConnected, within_s=20) == AmiConnected(2)
        kept = await ami.action("Getvar", Variable="STALE")

    assert isinstance(stale.result(), AmiConnectionLostError)
    assert kept["Value"] == ""


async def failure(action: Awaitable[object]) -> BaseException | None:
    try:
        await action
    except AmiConnectionLostError as error:
        return error
    return None


async def test_a_frozen_asterisk_is_noticed_and_an_action_fails_in_time(asterisk: BareAsterisk, ari: AriClient) -> None:
    client = AmiClient(ADDRESS, asterisk.ami_port, USER, SECRET, timeout_s=0.4, keepalive_s=0.3)
    loop = asyncio.get_running_loop()
    async with connected(client) as items:
        asterisk.freeze()
        begun = loop.time()
        with pytest.raises((AmiTimeoutError, AmiConnectionLostError)):
            await client.action("Ping")
        assert loop.time() - begun < 1.0
        lost = await following(items, AmiDisconnected)
        assert loop.time() - begun < 1.5
        asterisk.thaw()
        again = await following(items, AmiConnected, within_s=10)

    assert lost == AmiDisconnected(1, "Ping: no answer within 0.4 s")
    assert again == AmiConnected(2)


async def test_without_asterisk_the_client_waits_for_it(asterisk: BareAsterisk, ami: AmiClient) -> None:
    """Nobody was connected, so that it is away is told once, all the same."""
    asterisk.kill()
    async with ami:
        lost = await anext(ami)
        assert isinstance(lost, AmiDisconnected)
        assert (lost.generation, lost.why.partition(":")[0]) == (0, "AMI does not answer")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await anext(ami)
        asterisk.start()
        async with asyncio.timeout(20):
            assert await anext(ami) == AmiConnected(1)


async def test_given_an_attempt_to_connect_that_was_cancelled_then_the_next_one_starts_afresh(
    asterisk: BareAsterisk, ami: AmiClient
) -> None:
    async with ami:
        asterisk.freeze()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await anext(ami)
        asterisk.thaw()
        item = await anext(ami)
        pong = await ami.action("Ping")

    assert item == AmiConnected(1)
    assert pong["Ping"] == "Pong"


async def test_a_channel_in_stasis_is_recorded_from_before_it_is_bridged(
    asterisk: BareAsterisk, ami: AmiClient, ari: AriClient
) -> None:
    file = asterisk.folder / "spool" / "calls" / "call 1.wav"
    async with connected(ami), EventStream(ari, "tests", events=[StasisStart]) as stream:
        await anext(stream)
        await ari.channels_originate(endpoint="Local/tone@test", app="tests", channel_id="c1")
        begun = await anext(stream)
        assert isinstance(begun, StasisStart)
        await ami.action("MixMonitor", Channel=begun.channel.name, File=str(file))
        await ari.bridges_create(bridge_id="b1", type="mixing")
        await ari.bridges_add_channel(bridge_id="b1", channel=["c1"])
        await asyncio.sleep(1.2)  # the mix lags half a second behind while only one side has sound
        await ami.action("StopMixMonitor", Channel=begun.channel.name)

    with wave.open(str(file)) as recorded:
        frames = recorded.readframes(recorded.getnframes())
    assert len(frames) > 2 * 8000 * 0.3
    assert any(frames)


async def test_asterisk_claims_success_for_a_recording_that_it_cannot_write(
    asterisk: BareAsterisk, ami: AmiClient, ari: AriClient
) -> None:
    """Why the file has to be looked for: the answer proves nothing."""
    async with connected(ami), EventStream(ari, "tests", events=[StasisStart]) as stream:
        await anext(stream)
        await ari.channels_originate(endpoint="Local/tone@test", app="tests", channel_id="c1")
        begun = await anext(stream)
        assert isinstance(begun, StasisStart)

        answer = await ami.action("MixMonitor", Channel=begun.channel.name, File="/proc/nowhere/call.wav")

    assert answer["Response"] == "Success"
