"""What gateways and handsets offer beside the voice: it never costs the voice or the keys."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ntpd112.simulate.gateway import Gateway, Invite
from ntpd112.simulate.sip_message import AUDIO, offer
from tests.exchange.desk import CITIZEN_HZ, OPERATOR_HZ, Desk, desk
from tests.exchange.gateways import an_operator, arrives, hear, hear_each_other, served
from tests.stories.world import PATIENCE_S, Caller

_KEYS = "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
_CRYPTO = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n"
_FAX = "a=T38FaxVersion:0\r\na=T38MaxBitRate:14400\r\na=T38FaxRateManagement:transferredTCF\r\n"
_BESIDE = {
    "fax": "m=image 5012 udptl t38\r\n" + _FAX,
    "fax over tcp": "m=image 5012 tcp t38\r\n" + _FAX,
    "fax in capitals": "m=image 5012 UDPTL t38\r\n",
    "fax switched off": "m=image 0 udptl t38\r\n",
    "video": "m=video 5010 RTP/AVPF 34 97\r\na=rtpmap:34 H263/90000\r\na=rtpmap:97 H264/90000\r\n",
    "real-time text": "m=text 5014 RTP/AVP 98\r\na=rtpmap:98 t140/1000\r\n",
    "messages": "m=message 2855 TCP/MSRP *\r\na=accept-types:text/plain\r\na=path:msrp://{ip}:2855/x;tcp\r\n",
    "conference floor": "m=application 5018 TCP/BFCP *\r\na=setup:actpass\r\n",
    "data channel": "m=application 5019 UDP/DTLS/SCTP webrtc-datachannel\r\na=sctp-port:5000\r\n",
    "a medium of tomorrow": "m=holodeck 5024 RTP/AVP 99\r\na=rtpmap:99 holo/90000\r\n",
    "a second voice": "m=audio 5026 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n" + _KEYS,
}
_ENCRYPTED = {
    "with SDES": "m=audio 5028 RTP/SAVP 8 101\r\n" + _KEYS + _CRYPTO,
    "with feedback": "m=audio 5030 RTP/AVPF 8 101\r\n" + _KEYS,
    "with DTLS": "m=audio 5032 UDP/TLS/RTP/SAVPF 8 101\r\n" + _KEYS,
}
_SPOKEN = {
    "EVS and AMR first": "m=audio {port} RTP/AVP 116 107 96 8 101\r\na=rtpmap:116 EVS/16000\r\n"
    "a=fmtp:116 br=5.9-24.4;bw=nb-swb\r\na=rtpmap:107 AMR-WB/16000\r\na=rtpmap:96 AMR/8000\r\n" + _KEYS,
    "nothing said of static types": "m=audio {port} RTP/AVP 8 0 101\r\n" + _KEYS,
    "three frames in a packet": "m=audio {port} RTP/AVP 8 101\r\n" + _KEYS + "a=ptime:60\r\na=maxptime:240\r\n",
    "best-effort encryption": "m=audio {port} RTP/AVP 8 101\r\n" + _KEYS + _CRYPTO,
    "capabilities to be negotiated": "m=audio {port} RTP/AVP 8 101\r\na=tcap:1 RTP/AVPF\r\na=pcfg:1 t=1\r\n" + _KEYS,
    "quality of service": "m=audio {port} RTP/AVP 8 101\r\na=curr:qos local none\r\na=curr:qos remote none\r\n"
    "a=des:qos mandatory local sendrecv\r\na=des:qos optional remote sendrecv\r\n" + _KEYS,
    "on hold from the first moment": "m=audio {port} RTP/AVP 8 101\r\n" + _KEYS + "a=inactive\r\n",
    "one way": "m=audio {port} RTP/AVP 8 101\r\n" + _KEYS + "a=sendonly\r\n",
    "an address of its own": "m=audio {port} RTP/AVP 8 101\r\nc=IN IP4 {ip}\r\n" + _KEYS,
    "ICE of a handset": "m=audio {port} RTP/AVP 8 101\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n"
    "a=candidate:1 1 UDP 2130706431 {ip} {port} typ host\r\na=rtcp-mux\r\na=rtcp:{port}\r\n" + _KEYS,
    "everything in one stream": "m=audio {port} RTP/AVP 8 101\r\na=mid:0\r\na=setup:actpass\r\na=fingerprint:sha-256 "
    + ":".join(["AB"] * 32)
    + "\r\n"
    + _KEYS,
}


async def test_given_another_medium_after_the_voice_then_the_caller_is_heard_and_hears_and_keys_count(
    tmp_path: Path,
) -> None:
    offers = {name: offer(AUDIO, other) for name, other in _BESIDE.items()}
    assert await _types(tmp_path, offers) == dict.fromkeys(offers, "crime")


async def test_given_another_medium_before_the_voice_then_the_caller_is_heard_and_hears_and_keys_count(
    tmp_path: Path,
) -> None:
    """With fax, within a few seconds: Asterisk's own count of the lines is wrong then, until the phone is asked."""
    offers = {name: offer(other, AUDIO) for name, other in _BESIDE.items()}
    assert await _types(tmp_path, offers) == dict.fromkeys(offers, "crime")


@pytest.mark.parametrize("fax", ["fax", "fax over tcp", "fax switched off"])
async def test_given_fax_before_the_voice_then_keys_count_and_the_caller_hears_the_music(
    fax: str, tmp_path: Path
) -> None:
    async with desk(tmp_path) as world:
        party, caller = await arrives(world, Invite(body=offer(_BESIDE[fax], AUDIO)))
        await party.answered()
        party.press("2")
        call = await world.is_in(caller, "waiting")
        heard = party.audio.received_packets
        await world.pause(1.0)
        party.hang_up()
        await world.is_over(caller)
    assert call.type == "crime"
    assert party.audio.received_packets > heard


@asynccontextmanager
async def _fax_and_a_silent_operator(tmp_path: Path) -> AsyncIterator[tuple[Desk, Gateway, Caller]]:
    """Fax is offered first: not one packet of the phone is counted before Asterisk has told it the dead port."""
    async with desk(tmp_path) as world:
        world.harmless = (*world.harmless, "res_pjsip_session.c", "chan_pjsip.c")
        await an_operator(world)
        world.phones["202"].audio.speaks = False
        party, caller = await arrives(world, Invite(body=offer(_BESIDE["fax"], AUDIO)))
        await party.answered()
        await world.joined(caller, "202")
        yield world, party, caller


async def test_given_fax_before_the_voice_when_the_operator_speaks_only_later_then_the_caller_hears_it_all_the_same(
    tmp_path: Path,
) -> None:
    async with _fax_and_a_silent_operator(tmp_path) as (world, party, caller):
        await hear(world.phones["202"].audio, CITIZEN_HZ)
        await world.pause(4.0)  # silence is to fill the bridge meanwhile, and does not reach the caller
        world.phones["202"].audio.speak()
        await hear_each_other(world, party)
        await world.pause(6.0)
        await hear_each_other(world, party)
        party.hang_up()
        record = await world.is_over(caller)
    assert (record.outcome, record.side) == ("answered", "caller")


async def test_given_fax_before_the_voice_when_ami_is_away_then_the_phone_is_asked_once_it_is_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with _fax_and_a_silent_operator(tmp_path) as (world, party, caller):
        world.ami.refuses = True
        await world.ami.cut()
        async with asyncio.timeout(PATIENCE_S):
            while "silent_line_not_asked" not in capsys.readouterr().out:  # noqa: ASYNC110  a log tells nobody
                await asyncio.sleep(0.1)
        world.ami.refuses = False
        world.phones["202"].audio.speak()
        await hear(party.audio, OPERATOR_HZ)
        party.hang_up()
        await world.is_over(caller)


async def test_given_all_media_at_once_and_an_encrypted_voice_behind_the_plain_one_then_the_plain_one_is_used(
    tmp_path: Path,
) -> None:
    offers = {name: offer(AUDIO, other) for name, other in _ENCRYPTED.items()}
    offers["all at once"] = offer(_BESIDE["video"], _BESIDE["messages"], AUDIO, *_BESIDE.values())
    assert await _types(tmp_path, offers) == dict.fromkeys(offers, "crime")


async def test_given_a_voice_described_in_any_way_then_the_caller_is_heard_and_hears_and_keys_count(
    tmp_path: Path,
) -> None:
    offers = {name: offer(voice) for name, voice in _SPOKEN.items()}
    offers["no offer"] = ""
    assert await _types(tmp_path, offers) == dict.fromkeys(offers, "crime")


@pytest.mark.parametrize(("event_type", "event_rate"), [(96, 8000), (127, 8000), (100, 16000)])
async def test_given_telephone_events_of_any_type_and_clock_then_keys_count(
    event_type: int, event_rate: int, tmp_path: Path
) -> None:
    voice = (
        f"m=audio {{port}} RTP/AVP 107 8 {event_type} 105\r\na=rtpmap:107 AMR-WB/16000\r\na=rtpmap:8 PCMA/8000\r\n"
        f"a=rtpmap:{event_type} telephone-event/{event_rate}\r\na=rtpmap:105 telephone-event/8000\r\n"
    )
    async with desk(tmp_path) as world:
        await an_operator(world)
        invite = Invite(body=offer(voice))
        record = await served(world, invite, event_type=event_type, event_rate=event_rate)
    assert record.type == "crime"


async def test_given_a_conversation_when_the_gateway_adds_and_removes_fax_then_both_go_on_hearing_each_other(
    tmp_path: Path,
) -> None:
    fax = _BESIDE["fax"]
    changes = {
        "fax is added": (offer(AUDIO, fax), 200),
        "fax is switched off": (offer(AUDIO, _BESIDE["fax switched off"]), 200),
        "no offer": ("", 200),
        "fax is added once more": (offer(AUDIO, fax), 200),
        "fax instead of the voice": (offer(AUDIO.replace("{port}", "0"), fax), 488),
        "fax alone": (offer(fax), 488),
        "voice alone": (offer(AUDIO), 200),
    }
    async with desk(tmp_path) as world:
        world.harmless = (*world.harmless, "res_pjsip_session.c")
        await an_operator(world)
        party, caller = await arrives(world)
        await party.answered()
        await world.speaks(caller, "202")
        for what, (sdp, status) in changes.items():
            answer = await party.request("INVITE", sdp, ack="" if sdp else offer(AUDIO))
            assert (what, answer.status) == (what, status)
            await hear_each_other(world, party)
        party.hang_up()
        record = await world.is_over(caller)
    assert (record.outcome, record.side) == ("answered", "caller")


async def _types(tmp_path: Path, offers: Mapping[str, str]) -> dict[str, str | None]:
    """Let each offer be a call that presses the key for a crime, and return what the records make of it."""
    types: dict[str, str | None] = {}
    async with desk(tmp_path) as world:
        await an_operator(world)
        for name, sdp in offers.items():
            try:
                types[name] = (await served(world, Invite(body=sdp), also=("res_pjsip_session.c", "chan_pjsip.c"))).type
            except Exception as error:
                error.add_note(f"the offer: {name}")
                raise
    return types
