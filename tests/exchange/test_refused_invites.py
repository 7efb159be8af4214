"""INVITEs that Asterisk refuses before they become calls: each leaves a trace, with the cure."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.exchange.test_ledgers import reconciled
from tests.sip_peer import AUDIO, SipPeer
from tests.siptrace.hearing import CENTRE, LANDLINE, MOBILE, STRANGER, alarm, caller_of, desk_with_ear

HEAD = "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\n"
EVS = HEAD + "m=audio 4000 RTP/AVP 107 96\r\na=rtpmap:107 EVS/16000\r\na=rtpmap:96 iLBC/8000\r\n"
G729 = HEAD + "m=audio 4000 RTP/AVP 18 101\r\na=rtpmap:18 G729/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
SAVP = HEAD + (
    "m=audio 4000 RTP/SAVP 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n"
)
VIDEO = HEAD + "m=video 4000 RTP/AVP 34\r\na=rtpmap:34 H263/90000\r\n"


@pytest.mark.parametrize(
    ("status", "words", "headers", "body", "ctype"),
    [
        (488, ("no codec in common", "EVS, iLBC", "PCMA"), (), EVS, "application/sdp"),
        (488, ("no codec in common", "G729"), (), G729, "application/sdp"),
        (488, ("RTP/SAVP", "`voice: any`"), (), SAVP, "application/sdp"),
        (488, ("the offer has no audio",), (), VIDEO, "application/sdp"),
        (420, ("precondition", "not to require"), ("Require: precondition",), AUDIO, "application/sdp"),
        (420, ("histinfo",), ("Require: histinfo",), AUDIO, "application/sdp"),
        (415, ("text/plain",), (), "hello", "text/plain"),
    ],
    ids=["evs", "g729", "srtp", "video", "precondition", "histinfo", "body"],
)
async def test_given_an_invite_that_asterisk_refuses_then_it_is_alarmed_with_trunk_reason_and_cure_and_reconciled(
    status: int, words: tuple[str, ...], headers: tuple[str, ...], body: str, ctype: str, tmp_path: Path
) -> None:
    async with desk_with_ear(tmp_path) as world, SipPeer.at(MOBILE, CENTRE) as peer:
        world.harmless = (*world.harmless, "Couldn't negotiate", "res_pjsip")
        call, answer = await peer.invite(headers=headers, body=body.format(ip=MOBILE), ctype=ctype)
        assert answer.status == status
        await alarm(world, "invite_refused", "trunk mobile", MOBILE, str(status), call.call_id, *words)
        assert world.controller is not None
        await world.controller.migrated.wait()
        (refused,) = world.room.refused.values()
        assert (refused.first.trunk, refused.first.number, refused.count) == ("mobile", "112", 1)
        code, found = await asyncio.to_thread(reconciled, world)
        assert (code, [(row[0], row[2], row[4]) for row in found]) == (
            0,
            [(call.call_id, "refused by Asterisk", "yes")],
        )
        assert all(word in found[0][3] for word in words[:1])


async def test_given_a_carriers_new_address_and_scanners_then_only_the_carrier_is_alarmed(tmp_path: Path) -> None:
    async with desk_with_ear(tmp_path) as world, SipPeer.at(STRANGER, CENTRE) as carrier:
        for host in range(60, 64):
            async with SipPeer.at(f"{STRANGER.rpartition('.')[0]}.{host}", CENTRE, user="100") as scanner:
                agent = "User-Agent: friendly-scanner" if host == 60 else "User-Agent: Asterisk PBX"
                number = "112" if host == 60 else f"900441315200{host}"
                assert (await scanner.invite(number, headers=[agent]))[1].status == 401
        assert world.controller is not None
        desk = world.controller._overheard
        async with asyncio.timeout(10):
            while desk.scanned < 4:  # noqa: ASYNC110  nobody is told
                await asyncio.sleep(0.05)
        assert "invite_refused" not in world.alarms()
        for _ in range(5):
            assert (await carrier.invite("0211500293"))[1].status == 401
        told = await alarm(world, "invite_refused", STRANGER, "no trunk lists", "0211500293", "add the address")
        assert [one.text for one in world.controller._kept_alarms() if one.kind == "invite_refused"] == [told.text]
        async with asyncio.timeout(30):
            while next(iter(world.room.refused.values())).count < 5:  # noqa: ASYNC110  as above
                await asyncio.sleep(0.1)


async def test_given_calls_that_become_calls_then_none_of_them_is_refused_whatever_their_end(tmp_path: Path) -> None:
    async with desk_with_ear(tmp_path) as world, SipPeer.at(LANDLINE, CENTRE) as peer:
        assert world.controller is not None
        call, answer = await peer.invite()
        assert answer.status == 200
        call.bye()
        await world.instance.asterisk.rx("dialplan set global NTPD_CLOSING 1")
        assert (await peer.invite())[1].status == 503
        await world.instance.asterisk.rx("dialplan set global NTPD_CLOSING 0")
        cancelled = peer.dial()
        await peer.until(lambda message: message.get("call-id") == cancelled.call_id and message.status == 100)
        cancelled.cancel()
        end = await peer.until(
            lambda message: (
                message.get("call-id") == cancelled.call_id
                and message.status >= 200
                and message.get("cseq") == "1 INVITE"
            )
        )
        if end.status == 200:  # the answer was faster
            cancelled.acknowledge(end)
            cancelled.bye()
        assert (await peer.invite(body=EVS.format(ip=LANDLINE)))[1].status == 488
        await alarm(world, "invite_refused", "EVS")
        assert [refused.first.status for refused in world.room.refused.values()] == [488]


async def test_given_an_operator_who_dials_then_the_challenge_of_the_phone_is_no_refusal(tmp_path: Path) -> None:
    async with desk_with_ear(tmp_path) as world, SipPeer.at(STRANGER, CENTRE) as stranger:
        await world.operator("201")
        await stranger.invite()
        await alarm(world, "invite_refused", STRANGER)
        assert len(world.room.refused) == 1


async def test_given_a_wrong_password_then_the_alarm_names_phone_and_address_once_and_guesses_are_only_counted(
    tmp_path: Path,
) -> None:
    async with desk_with_ear(tmp_path) as world, SipPeer.at(STRANGER, CENTRE, user="201") as phone:
        assert world.controller is not None
        for _ in range(5):
            assert await phone.register("guess") == 401
        assert await phone.register("guess", user="root") == 401
        told = await alarm(world, "wrong_password", "operator 201", STRANGER)
        assert told.operator == "201"
        desk = world.controller._overheard
        async with asyncio.timeout(10):
            while desk.scanned < 1:  # noqa: ASYNC110  nobody is told
                await asyncio.sleep(0.05)
        assert [one.kind for one in world.controller._kept_alarms()].count("wrong_password") == 1
        assert await phone.register(world.instance.secrets.sip_passwords["201"]) == 200


async def test_given_somebody_who_guesses_the_managers_password_then_the_alarm_names_account_and_address(
    tmp_path: Path,
) -> None:
    async with desk_with_ear(tmp_path) as world:
        for _ in range(3):
            where = (str(world.instance.settings.manage_address), world.instance.settings.ami_port)
            reader, writer = await asyncio.open_connection(*where, local_addr=(STRANGER, 0))
            writer.write(b"Action: Login\r\nUsername: ntpd112\r\nSecret: guess\r\n\r\n")
            assert b"Authentication failed" in await reader.readuntil(b"Message: Authentication failed")
            writer.close()
        world.harmless = (*world.harmless, "failed to authenticate", "tried to authenticate")
        await alarm(world, "intrusion", "AMI", "ntpd112", STRANGER)
        assert world.controller is not None
        assert [one.kind for one in world.controller._kept_alarms()].count("intrusion") == 1


@pytest.mark.parametrize(
    ("uri", "words"), [("urn:service:sos", "Request Line"), ("mailto:112@example", "Request Line")]
)
async def test_given_an_address_that_asterisk_cannot_read_then_its_silence_is_alarmed(
    uri: str, words: str, tmp_path: Path
) -> None:
    async with desk_with_ear(tmp_path) as world, SipPeer.at(MOBILE, CENTRE) as peer:
        world.harmless = (*world.harmless, "pjproject: ", "res_pjsip")
        identity = (f"From: <sip:0812@{MOBILE}>;tag=1", f"To: <{uri}>", "Call-ID: sos", f"Contact: <sip:x@{MOBILE}>")
        peer.send(peer.message("INVITE", uri, 1, "sos", identity))
        await alarm(world, "invite_refused", "trunk mobile", MOBILE, "no answer", words, "rewrites urn:")


async def test_given_a_change_of_a_call_that_asterisk_refuses_then_the_call_goes_on_and_its_record_says_so(
    tmp_path: Path,
) -> None:
    async with desk_with_ear(tmp_path) as world, SipPeer.at(MOBILE, CENTRE) as peer:
        world.harmless = (*world.harmless, "Couldn't negotiate", "res_pjsip")
        caller, call = await caller_of(world, peer)
        answer = await call.change(G729.format(ip=MOBILE))
        assert answer.status == 488
        await world.until(lambda: any("refused with 488" in note for note in world.room.calls[caller.call_id].notes))
        call.bye()
        record = await world.is_over(caller)
        assert [note for note in record.notes if "488" in note] == [
            "INVITE in the call refused with 488: no codec in common; offered are G729"
        ]
