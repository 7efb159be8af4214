"""Everything Asterisk says during a call is read strictly: one field that its description lacks fails these tests."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from aiohttp import WSMsgType
from pydantic import BaseModel

from ntpd112.pbx.ari import AriClient, reported
from ntpd112.pbx.ari.base import EventSocket, Operation
from ntpd112.pbx.ari.errors import ConflictError
from ntpd112.pbx.ari.generated import (
    EVENTS,
    Application,
    AsteriskInfo,
    AsteriskPing,
    Bridge,
    Channel,
    DeviceState,
    Endpoint,
    LiveRecording,
    Playback,
    Variable,
)
from ntpd112.pbx.ari.transport import HttpTransport
from tests.pbx.bare_asterisk import SECRET, USER, BareAsterisk

_CALL_EVENTS = {
    "StasisStart",
    "StasisEnd",
    "Dial",
    "ChannelStateChange",
    "ChannelVarset",
    "ChannelDestroyed",
    "ChannelHangupRequest",
    "ChannelEnteredBridge",
    "ChannelLeftBridge",
    "ChannelDtmfReceived",
    "BridgeCreated",
    "BridgeDestroyed",
    "PlaybackStarted",
    "PlaybackFinished",
    "RecordingStarted",
    "RecordingFinished",
    "ChannelUserevent",
    "CallBroadcast",
    "CallClaimed",
    "DeviceStateChanged",
}


async def raw_events(socket: EventSocket, until: str, seen: list[bytes]) -> None:
    """Collect what the socket says, up to an event that contains ``until``."""
    async with asyncio.timeout(5):
        while True:
            message = await socket.receive()
            assert message.type is WSMsgType.TEXT
            seen.append(message.data)
            if until.encode() in message.data:
                return


async def test_every_event_of_a_call_is_exactly_as_described(ari: AriClient) -> None:
    seen: list[bytes] = []
    socket = await ari.events_event_websocket(app=["offered", "offered-too"], subscribe_all=True)
    try:
        await ari.channels_create(
            endpoint="Local/digit@test", app="offered", channel_id="c1", variables={"CASE": reported("1")}
        )
        await raw_events(socket, '"StasisStart"', seen)
        await ari.channels_dial(channel_id="c1")
        await raw_events(socket, '"ANSWER"', seen)
        await raw_events(socket, '"ChannelDtmfReceived"', seen)
        await ari.bridges_create_with_id(bridge_id="b1", type="mixing")
        await ari.bridges_add_channel(bridge_id="b1", channel=["c1"])
        await ari.bridges_play(bridge_id="b1", media=["sound:nothing"], playback_id="p1")
        await raw_events(socket, '"PlaybackFinished"', seen)
        await ari.bridges_record(bridge_id="b1", name="r1", format="wav", if_exists="overwrite")
        await raw_events(socket, '"RecordingStarted"', seen)
        await ari.recordings_stop(recording_name="r1")
        await raw_events(socket, '"RecordingFinished"', seen)
        await ari.device_states_update(device_name="Stasis:x", device_state="BUSY")
        await raw_events(socket, '"DeviceStateChanged"', seen)
        await ari.events_user_event(event_name="hello", application="offered", variables={"k": "v"})
        await raw_events(socket, '"ChannelUserevent"', seen)
        await ari.channels_hangup(channel_id="c1")
        await raw_events(socket, '"ChannelDestroyed"', seen)
        await ari.bridges_destroy(bridge_id="b1")
        await raw_events(socket, '"BridgeDestroyed"', seen)
        await ari.channels_originate(endpoint="Local/offer@test", context="test", extension="wait", channel_id="c2")
        await raw_events(socket, '"CallBroadcast"', seen)
        offered = EVENTS["CallBroadcast"].model_validate_json(seen[-1], extra="allow")
        await ari.events_claim_channel(channel_id=offered.channel.id, application="offered")  # type: ignore[attr-defined]
        await raw_events(socket, '"CallClaimed"', seen)
    finally:
        await socket.close()

    types = Counter(parse_strictly(message) for message in seen)
    assert types.keys() >= _CALL_EVENTS


def parse_strictly(message: bytes) -> str:
    name = BaseEvent.model_validate_json(message).type
    EVENTS[name].model_validate_json(message, extra="forbid")
    return name


class BaseEvent(BaseModel):
    type: str


@pytest.mark.parametrize(
    ("place", "model"),
    [
        ("channels/c1", Channel),
        ("bridges/b1", Bridge),
        ("playbacks/p1", Playback),
        ("recordings/live/r1", LiveRecording),
        ("asterisk/info", AsteriskInfo),
        ("asterisk/ping", AsteriskPing),
        ("endpoints/PJSIP/phone", Endpoint),
        ("deviceStates/PJSIP%2Fphone", DeviceState),
        ("applications/tests", Application),
        ("channels/c1/variable?variable=CHANNEL(name)", Variable),
    ],
)
async def test_every_answer_is_exactly_as_described(
    asterisk: BareAsterisk, ari: AriClient, place: str, model: type[BaseModel]
) -> None:
    socket = await ari.events_event_websocket(app=["tests"])
    try:
        await ari.channels_originate(endpoint="Local/tone@test", app="tests", channel_id="c1")
        await raw_events(socket, '"StasisStart"', [])
        await ari.bridges_create(bridge_id="b1", type="mixing", variables={"CASE": reported("1")})
        await ari.bridges_add_channel(bridge_id="b1", channel=["c1"])
        await ari.bridges_play(bridge_id="b1", media=["tone:1004/1000"], playback_id="p1")
        async with asyncio.timeout(5):
            while not await _records(ari):  # noqa: ASYNC110  the last test's recording may not have ended yet
                await asyncio.sleep(0.05)
        where, _, query = place.partition("?")
        params = dict([query.split("=")]) if query else {}
        async with HttpTransport(asterisk.ari_url, USER, SECRET) as transport:
            answer = await transport.request(Operation("test", "GET", where, params))
    finally:
        await socket.close()

    assert model.model_validate_json(answer, extra="forbid")


async def _records(ari: AriClient) -> bool:
    try:
        await ari.bridges_record(bridge_id="b1", name="r1", format="wav", if_exists="overwrite")
    except ConflictError:
        return False
    return True
