"""Voice from trunks in codecs other than those of telephony, with feedback, or encrypted: served where it can be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ntpd112.simulate import Address, Answer
from ntpd112.simulate.gateway import Invite
from ntpd112.simulate.real_phone import RealPhone
from ntpd112.simulate.sip_message import offer
from ntpd112.simulate.tone import hears
from tests.exchange.desk import CITIZEN_HZ, NETWORK, OPERATOR_HZ, Desk, desk
from tests.exchange.gateways import arrives, hear
from tests.sip_peer import SipPeer
from tests.stories.city import city_text
from tests.stories.world import Caller

_KEYS = "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
_CRYPTO = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n"
_SERVED = {
    "G722/8000": 9,
    "GSM/8000": 3,
    "opus/48000/2": 96,
    "AMR/8000": 97,
    "AMR-WB/16000": 98,
    "speex/8000": 99,
    "speex/16000": 100,
    "G726-32/8000": 102,
    "L16/8000": 103,
    "DVI4/8000": 5,
}
_NOT_SERVED = {"G729/8000": 18, "iLBC/8000": 96, "EVS/16000": 97, "SILK/16000": 98}
ANY_VOICE = city_text(NETWORK).replace("{kind: mobile,", "{kind: mobile, voice: any,")


def _only(name: str, number: int) -> str:
    return f"m=audio {{port}} RTP/AVP {number} 101\r\na=rtpmap:{number} {name}\r\n" + _KEYS


@pytest.mark.parametrize("name", _SERVED)
async def test_given_one_codec_alone_that_asterisk_translates_then_keys_count_and_the_centre_speaks_it(
    name: str, tmp_path: Path
) -> None:
    async with desk(tmp_path) as world:
        party, caller = await arrives(world, Invite(body=offer(_only(name, _SERVED[name]))))
        answer = await party.answered()
        party.press("2")
        call = await world.is_in(caller, "waiting")
        heard = party.audio.received_packets
        await world.until(lambda: party.audio.received_packets > heard)
        party.hang_up()
        await world.is_over(caller)
    assert call.type == "crime"
    assert _voice(answer.body) == ("RTP/AVP", [str(_SERVED[name]), "101"])


async def test_given_ordinary_offers_then_the_answer_has_one_codec_of_the_trunk_and_the_rest_is_still_refused(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as world, SipPeer.at(f"{NETWORK}.12", Address(f"{NETWORK}.1")) as peer:
        world.harmless = (*world.harmless, "Couldn't negotiate", "res_pjsip")
        many = "m=audio 40000 RTP/AVP 97 9 0 8 101\r\na=rtpmap:97 AMR/8000\r\n" + _KEYS
        assert await _answer(peer, many) == (200, "RTP/AVP", ["8", "101"])
        assert await _answer(peer, many.replace(" 8 101", " 101")) == (200, "RTP/AVP", ["0", "101"])
        for profile in ("RTP/AVPF", "RTP/SAVP", "RTP/SAVPF", "UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF"):
            assert await _answer(peer, f"m=audio 40000 {profile} 8 101\r\n" + _KEYS + _CRYPTO) == (488, "", [])
        for name, number in _NOT_SERVED.items():
            assert await _answer(peer, _only(name, number).replace("{port}", "40000")) == (488, "", [])


async def test_given_a_trunk_of_any_voice_then_each_profile_is_answered_in_itself_and_plain_ones_stay_plain(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, city=ANY_VOICE) as world, SipPeer.at(f"{NETWORK}.12", Address(f"{NETWORK}.1")) as peer:
        world.harmless = (*world.harmless, "Couldn't negotiate", "res_pjsip")
        for profile in ("RTP/AVP", "RTP/AVPF"):
            offered = f"m=audio 40000 {profile} 8 101\r\n" + _KEYS
            assert await _answer(peer, offered) == (200, profile, ["8", "101"])
        for profile in ("RTP/SAVP", "RTP/SAVPF"):
            offered = f"m=audio 40000 {profile} 8 101\r\n" + _KEYS
            assert await _answer(peer, offered + _CRYPTO) == (200, f"{profile} with keys", ["8", "101"])
            assert await _answer(peer, offered) == (488, "", [])


@pytest.mark.parametrize(
    ("codec", "encryption"), [("AMR", ""), ("GSM", ""), ("PCMA", "srtp-mand"), ("AMR", "srtp-mand")]
)
async def test_given_baresip_as_a_gateway_then_citizen_and_operator_hear_each_other(
    codec: str, encryption: str, tmp_path: Path
) -> None:
    async with desk(tmp_path, city=ANY_VOICE) as world:
        await world.speaking_operator("202", Answer())
        await world.until(lambda: world.seat("202").presence == "available")
        phone = RealPhone(
            Address(f"{NETWORK}.1"),
            f"{NETWORK}.12",
            "0812",
            "",
            tone_hz=CITIZEN_HZ,
            codec=codec,
            registers=False,
            encryption=encryption,
        )
        async with phone:
            caller = await _calls(world, phone)
            phone.press("2")
            await world.speaks(caller, "202")
            await hear(world.phones["202"].audio, CITIZEN_HZ)
            await world.pause(1.5)
            phone.hang_up()
            record = await world.is_over(caller)
            await phone.closed()
            heard = phone.heard()
    assert (record.type, record.outcome) == ("crime", "answered")
    assert max(hears(heard[at : at + 4000], OPERATOR_HZ) for at in range(0, len(heard) - 4000, 2000)) > 0.2


async def _calls(world: Desk, phone: RealPhone) -> Caller:
    known = set(world.room.calls)
    phone.dial("112")
    await phone.established()
    await world.until(lambda: bool(set(world.room.calls) - known))
    (call_id,) = set(world.room.calls) - known
    return Caller(call_id)


async def _answer(peer: SipPeer, voice: str) -> tuple[int, str, list[str]]:
    head = f"v=0\r\no=- 1 1 IN IP4 {peer.ip}\r\ns=-\r\nc=IN IP4 {peer.ip}\r\nt=0 0\r\n"
    call, answer = await peer.invite(body=head + voice)
    if answer.status == 200:
        call.bye()
    return (answer.status, *_voice(answer.body))


def _voice(sdp: str) -> tuple[str, list[str]]:
    """Return the profile of an answer, whether it has keys, and its payload types."""
    found = re.search(r"m=audio (?!0 )\d+ (\S+) ([\d ]+)", sdp)
    if found is None:
        return "", []
    return found[1] + (" with keys" if "a=crypto:" in sdp else ""), found[2].split()
