from __future__ import annotations

import asyncio

import pytest

from ntpd112.pbx.ari import AriClient, Connected, Disconnected, EventStream, StreamItem
from ntpd112.pbx.ari.errors import EventsUnavailableError
from ntpd112.pbx.ari.generated import (
    ApplicationReplaced,
    CallBroadcast,
    ChannelDestroyed,
    ChannelStateChange,
    Dial,
    Event,
    StasisEnd,
    StasisStart,
)
from ntpd112.pbx.backoff import Pace
from tests.pbx.bare_asterisk import ADDRESS, SECRET, USER, BareAsterisk


async def following(stream: EventStream, kind: type[StreamItem], within_s: float = 5.0) -> list[StreamItem]:
    """Read the stream up to the first item of a kind."""
    items: list[StreamItem] = []
    async with asyncio.timeout(within_s):
        async for item in stream:
            items.append(item)
            if isinstance(item, kind):
                return items
    raise AssertionError("the stream ended")


async def test_a_dialled_leg_tells_its_story_in_order(ari: AriClient) -> None:
    kinds: list[type[Event]] = [StasisStart, Dial, ChannelStateChange, StasisEnd, ChannelDestroyed]
    async with EventStream(ari, "tests", events=kinds) as stream:
        assert await anext(stream) == Connected(1)
        await ari.channels_create(endpoint="Local/echo@test", app="tests", app_args="leg,1", channel_id="l1")
        begun = (await following(stream, StasisStart))[-1]
        await ari.channels_dial(channel_id="l1")
        dialled: list[StreamItem] = []
        async with asyncio.timeout(5):
            # Two threads of Asterisk's tell of the dial and of the state: either may be the first.
            while not any(isinstance(item, Dial) and item.dialstatus == "ANSWER" for item in dialled) or not any(
                isinstance(item, ChannelStateChange) for item in dialled
            ):
                dialled.append(await anext(stream))
        await ari.channels_hangup(channel_id="l1")
        ended = await following(stream, ChannelDestroyed)

    assert isinstance(begun, StasisStart)
    assert begun.args == ["leg", "1"]
    assert [item.dialstatus for item in dialled if isinstance(item, Dial)] == ["", "ANSWER"]
    assert [type(item) for item in ended] == [StasisEnd, ChannelDestroyed]
    assert isinstance(ended[-1], ChannelDestroyed)
    assert ended[-1].cause == 16


async def test_an_offered_call_carries_its_numbers_and_configured_variables(ari: AriClient) -> None:
    async with EventStream(ari, "offered", events=[CallBroadcast, StasisStart]) as stream:
        await anext(stream)
        await ari.channels_originate(
            endpoint="Local/offer@test", context="test", extension="wait", caller_id='"Warga" <081234>', timeout=5
        )
        offered = (await following(stream, CallBroadcast))[-1]
        assert isinstance(offered, CallBroadcast)
        await ari.events_claim_channel(channel_id=offered.channel.id, application="offered")
        begun = (await following(stream, StasisStart))[-1]

    assert isinstance(begun, StasisStart)
    assert offered.called == "offer"
    assert offered.channel.channelvars == {"TRUNK": "mobile"}
    assert begun.channel.id == offered.channel.id
    assert begun.args == ["in", "offer"]


async def test_given_a_killed_asterisk_when_it_starts_again_then_the_stream_connects_again(
    asterisk: BareAsterisk, ari: AriClient
) -> None:
    async with EventStream(ari, "tests", events=[StasisStart]) as stream:
        assert await anext(stream) == Connected(1)
        asterisk.kill()
        lost = (await following(stream, Disconnected))[-1]
        asterisk.start()
        items = await following(stream, Connected, within_s=20)
        asterisk.wait_booted()
        await ari.channels_originate(endpoint="Local/wait@test", app="tests", channel_id="c1")
        event = (await following(stream, StasisStart))[-1]

    assert isinstance(lost, Disconnected)
    assert lost.generation == 1
    assert items == [Connected(2)]
    assert isinstance(event, StasisStart)


async def test_a_frozen_asterisk_is_noticed_by_the_heartbeat(asterisk: BareAsterisk, ari: AriClient) -> None:
    loop = asyncio.get_running_loop()
    async with EventStream(ari, "tests", heartbeat_s=0.4) as stream:
        await anext(stream)
        asterisk.freeze()
        begun = loop.time()
        lost = (await following(stream, Disconnected))[-1]
        noticed_s = loop.time() - begun
        asterisk.thaw()
        again = (await following(stream, Connected, within_s=10))[-1]

    assert isinstance(lost, Disconnected)
    assert "PONG" in lost.why
    assert noticed_s < 1.0
    assert again == Connected(2)


async def test_without_asterisk_the_stream_waits_for_it(asterisk: BareAsterisk, ari: AriClient) -> None:
    asterisk.kill()
    async with EventStream(ari, "tests") as stream:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await anext(stream)
        asterisk.start()
        connected = (await following(stream, Connected, within_s=20))[-1]
        asterisk.wait_booted()

    assert connected == Connected(1)


async def test_given_an_attempt_to_connect_that_was_cancelled_then_the_next_one_starts_afresh(
    asterisk: BareAsterisk, ari: AriClient
) -> None:
    async with EventStream(ari, "tests") as stream:
        asterisk.freeze()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await anext(stream)
        asterisk.thaw()
        item = await anext(stream)

    assert item == Connected(1)


async def test_a_wrong_password_ends_the_stream_and_names_the_cure(asterisk: BareAsterisk) -> None:
    async with (
        AriClient(asterisk.ari_url, USER, "wrong", timeout_s=3) as stranger,
        EventStream(stranger, "a") as stream,
    ):
        with pytest.raises(EventsUnavailableError, match=r"Make user and password in ari\.conf"):
            await anext(stream)


async def test_a_wrong_address_ends_the_stream_after_some_patience(asterisk: BareAsterisk) -> None:
    url = f"http://{ADDRESS}:{asterisk.ari_port}/nowhere"
    async with (
        AriClient(url, USER, SECRET, timeout_s=3) as lost,
        EventStream(lost, "a", pace=Pace(0.01, 0.02)) as stream,
    ):
        with pytest.raises(EventsUnavailableError, match=r"check the URL"):
            await anext(stream)


async def test_the_loser_of_an_application_is_told(ari: AriClient) -> None:
    async with EventStream(ari, "tests", events=[StasisStart]) as first, EventStream(ari, "tests") as second:
        assert await anext(first) == Connected(1)
        assert await anext(second) == Connected(1)
        item = (await following(first, ApplicationReplaced))[-1]

    assert isinstance(item, ApplicationReplaced)


async def test_only_wanted_events_are_sent_at_all(ari: AriClient) -> None:
    async with EventStream(ari, "tests", events=[StasisStart, ChannelDestroyed]) as stream:
        await anext(stream)
        await ari.channels_originate(endpoint="Local/wait@test", app="tests", channel_id="c1")
        await following(stream, StasisStart)
        await ari.channels_hangup(channel_id="c1")
        await following(stream, ChannelDestroyed)

    assert stream.counts.read >= 2
    assert stream.counts.unwanted <= 2  # what came before the filter was set
    assert not stream.counts.unknown
