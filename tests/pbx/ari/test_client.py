from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable

import pytest

from ntpd112.pbx.ari import AriClient, EventStream, reported
from ntpd112.pbx.ari.errors import (
    AriError,
    AriTimeoutError,
    BadRequestError,
    ConflictError,
    ConnectionLostError,
    ForbiddenError,
    NotFoundError,
    NotInStasisError,
    ServerError,
    UnprocessableError,
    UnreachableError,
)
from ntpd112.pbx.ari.generated import StasisStart
from tests.pbx.bare_asterisk import ADDRESS, SECRET, USER, BareAsterisk
from tests.pbx.cutting_proxy import CuttingProxy


@pytest.fixture
async def proxy(asterisk: BareAsterisk) -> AsyncIterator[CuttingProxy]:
    async with CuttingProxy(ADDRESS, ADDRESS, asterisk.ari_port) as between:
        yield between


@pytest.fixture
async def cut_off(proxy: CuttingProxy, way: str) -> AsyncIterator[AriClient]:
    """A client whose answers get lost when the proxy says so."""
    async with AriClient(f"http://{ADDRESS}:{proxy.port}/ari", USER, SECRET, timeout_s=3) as client:
        assert way == "HTTP" or await client.prefer_sockets()
        proxy.requests.clear()
        yield client


async def started(stream: EventStream, channel_id: str) -> StasisStart:
    async with asyncio.timeout(3):
        async for item in stream:
            if isinstance(item, StasisStart) and item.channel.id == channel_id:
                return item
    raise AssertionError("the stream ended")


async def test_a_channels_reported_variables_come_back_in_events_and_answers(ari: AriClient) -> None:
    async with EventStream(ari, "tests", events=[StasisStart]) as stream:
        await anext(stream)
        await ari.channels_originate(
            endpoint="Local/wait@test", app="tests", channel_id="c1", variables={"CASE": reported("7"), "PLAIN": "x"}
        )
        start = await started(stream, "c1")
        channel = await ari.channels_get(channel_id="c1")
        plain = await ari.channels_get_channel_var(channel_id="c1", variable="PLAIN")

    assert start.channel.channelvars == {"CASE": "7", "TRUNK": ""}
    assert channel.channelvars == {"CASE": "7", "TRUNK": ""}
    assert plain.value == "x"


async def test_a_bridges_variables_are_seen_in_its_creation_and_again_once_anything_happens_to_it(
    ari: AriClient,
) -> None:
    made = await ari.bridges_create(bridge_id="b1", type="mixing", name="caf\u00e9", variables={"CASE": reported("7")})
    also = await ari.bridges_create_with_id(bridge_id="b2", type="mixing", variables={"CASE": reported("8")})
    at_first = {bridge.id: bridge.bridgevars for bridge in await ari.bridges_list()}
    await ari.bridges_set_bridge_var(bridge_id="b1", variable="ROLE", value="talk", report_events=True)

    assert (made.name, made.bridgevars) == ("caf\u00e9", {"CASE": "7"})
    assert also.bridgevars == {"CASE": "8"}
    assert at_first == {"b1": None, "b2": None}  # the snapshot that GET shows is older than the variables
    assert (await ari.bridges_get(bridge_id="b1")).bridgevars == {"CASE": "7", "ROLE": "talk"}


async def test_every_refusal_is_the_error_of_its_kind(ari: AriClient) -> None:
    async def refusal(request: Awaitable[object]) -> type[AriError]:
        with pytest.raises(AriError) as caught:
            await request
        return caught.type

    await ari.channels_originate(endpoint="Local/wait@test", context="test", extension="wait", channel_id="c1")

    assert await refusal(ari.channels_get(channel_id="a/b ?")) is NotFoundError
    assert await refusal(ari.channels_answer(channel_id="c1")) is NotInStasisError
    assert await refusal(ari.channels_hangup(channel_id="c1", reason_code="bogus")) is BadRequestError
    assert await refusal(ari.channels_create(endpoint="PJSIP/phone", app="tests")) is ServerError
    assert await refusal(ari.device_states_update(device_name="PJSIP/x", device_state="BUSY")) is ConflictError
    assert await refusal(ari.mailboxes_list()) is NotFoundError
    async with EventStream(ari, "tests") as stream:
        await anext(stream)
        subscribing = ari.applications_subscribe(application_name="tests", event_source=["channel:nobody"])
        assert await refusal(subscribing) is UnprocessableError


async def test_a_wrong_password_and_a_read_only_user_are_forbidden(asterisk: BareAsterisk) -> None:
    async with AriClient(asterisk.ari_url, USER, "wrong", timeout_s=3) as stranger:
        with pytest.raises(ForbiddenError):
            await stranger.channels_list()
    async with AriClient(asterisk.ari_url, "reader", SECRET, timeout_s=3) as reader:
        assert await reader.channels_list() == []
        with pytest.raises(ForbiddenError):
            await reader.bridges_create(bridge_id="b1")


async def test_given_a_genuine_conflict_when_asterisk_repeats_it_for_another_failure_then_the_client_is_not_fooled(
    asterisk: BareAsterisk, ari: AriClient
) -> None:
    async with AriClient(asterisk.ari_url, USER, SECRET, timeout_s=3, connections=1) as one_connection:
        await one_connection.channels_originate(
            endpoint="Local/wait@test", context="test", extension="wait", channel_id="taken"
        )

        with pytest.raises(ConflictError, match="already exists"):
            await one_connection.channels_create(endpoint="Local/wait@test", app="tests", channel_id="taken")
        with pytest.raises(ServerError, match="could not create it"):
            await one_connection.channels_create(endpoint="PJSIP/phone", app="tests", channel_id="free")


async def test_an_event_filter_is_really_set(ari: AriClient) -> None:
    async with EventStream(ari, "tests", events=[StasisStart]) as stream:
        await anext(stream)
        application = await ari.applications_get(application_name="tests")

    assert application.events_allowed == [{"type": "ApplicationReplaced"}, {"type": "StasisStart"}]


async def test_given_a_lost_answer_when_reading_or_deleting_then_the_request_is_repeated(
    ari: AriClient, cut_off: AriClient, proxy: CuttingProxy
) -> None:
    await ari.bridges_create(bridge_id="b1", type="mixing")
    proxy.cuts = 1
    assert (await cut_off.bridges_get(bridge_id="b1")).id == "b1"
    proxy.cuts = 1
    await cut_off.bridges_destroy(bridge_id="b1")

    assert proxy.cuts == 0
    assert await ari.bridges_list() == []


async def test_given_a_lost_answer_when_creating_by_our_id_then_it_is_found_and_not_made_twice(
    ari: AriClient, cut_off: AriClient, proxy: CuttingProxy
) -> None:
    proxy.cuts = 1
    channel = await cut_off.channels_originate_with_id(
        endpoint="Local/wait@test", context="test", extension="wait", channel_id="c1", other_channel_id="c2"
    )

    assert channel.id == "c1"
    assert {channel.id for channel in await ari.channels_list()} == {"c1", "c2"}
    assert len(proxy.requests) == 2
    assert proxy.requests[1].startswith("GET ")


async def test_given_a_lost_answer_when_the_request_may_not_be_repeated_then_the_caller_is_told(
    ari: AriClient, cut_off: AriClient, proxy: CuttingProxy
) -> None:
    proxy.cuts = 1

    with pytest.raises(ConnectionLostError):
        await cut_off.asterisk_set_global_var(variable="X", value="1")

    assert len(proxy.requests) == 1
    assert (await ari.asterisk_get_global_var(variable="X")).value == "1"


async def test_a_frozen_asterisk_costs_the_deadline_and_no_more(asterisk: BareAsterisk, ari: AriClient) -> None:
    loop = asyncio.get_running_loop()
    async with AriClient(asterisk.ari_url, USER, SECRET, timeout_s=0.3) as impatient:
        await impatient.asterisk_ping()
        asterisk.freeze()
        begun = loop.time()
        with pytest.raises(AriTimeoutError, match=r"within 0\.3 s"):
            await impatient.asterisk_ping()
        assert loop.time() - begun < 0.6
        asterisk.thaw()


async def test_without_asterisk_it_is_said_that_nothing_was_done(asterisk: BareAsterisk, ari: AriClient) -> None:
    asterisk.kill()

    with pytest.raises(UnreachableError, match="no connection to"):
        await ari.channels_list()


async def test_outside_its_context_the_client_says_how_to_use_it() -> None:
    with pytest.raises(RuntimeError, match="async with"):
        await AriClient("http://127.0.2.1:1/ari", "a", "b", timeout_s=1).asterisk_ping()
