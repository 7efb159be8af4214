"""OPTIONS: the networks are told the truth about whether this Asterisk takes calls."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ntpd112.pbx.ari.client import AriClient
from ntpd112.simulate import Address
from ntpd112.supervise.asterisk_keeper import AsteriskKeeper
from tests.asterisk import Instance, private_asterisk
from tests.networks import network
from tests.sip_peer import SipPeer

NETWORK = network(30)
LANDLINE, MOBILE, STRANGER = (f"{NETWORK}.{host}" for host in (11, 12, 13))
CENTRE = Address(f"{NETWORK}.1")
URIS = (f"sip:{CENTRE.ip}", f"sip:112@{CENTRE.ip}", f"sip:nobody-here@{CENTRE.ip}")


async def _options(source: str) -> list[int]:
    async with SipPeer.at(source, CENTRE) as peer:
        return [(await peer.ask("OPTIONS", uri)).status for uri in URIS]


def _keeper(instance: Instance) -> AsteriskKeeper:
    return AsteriskKeeper(instance.settings, instance.ready.install, (), lambda _level, _text: None)


async def test_given_an_asterisk_that_closes_then_the_trunks_options_and_calls_get_503_and_afterwards_200_again(
    tmp_path: Path,
) -> None:
    async with private_asterisk(tmp_path, sip_address=CENTRE.ip) as instance:
        keeper = _keeper(instance)
        keeper.asterisk = instance.asterisk
        async with SipPeer.at(LANDLINE, CENTRE) as caller, SipPeer.at(MOBILE, CENTRE, port=5060) as agency:
            agency.on_invite = lambda call: call.refuse(486)
            waiting, answer = await caller.invite()
            assert answer.status == 200
            assert [await _options(trunk) for trunk in (LANDLINE, MOBILE)] == [[200] * 3] * 2
            closing = asyncio.create_task(keeper.stop(60.0, hurry := asyncio.Event()))
            async with asyncio.timeout(20):
                while await _options(LANDLINE) != [503] * 3:  # noqa: ASYNC110  the keeper tells nobody
                    await asyncio.sleep(0.1)
            assert await _options(MOBILE) == [503] * 3
            _, refused = await caller.invite()
            assert refused.status == 503
            # Whoever waits still reaches the agencies outside, through the very trunks that say 503.
            where = (instance.ari_url, "ntpd112", instance.secrets.ari_password)
            async with AriClient(*where, timeout_s=5.0) as ari:
                await ari.channels_originate_with_id(
                    channel_id="out", endpoint="PJSIP/0811@mobile", extension="s", context="fallback", priority=1
                )
            await agency.until(lambda message: message.method == "INVITE")
            closing.cancel()
            await asyncio.wait([closing])
            await _keeper(instance).start()
            assert await _options(LANDLINE) == [200] * 3
            waiting.bye()
            assert not hurry.is_set()


async def test_given_an_address_that_no_trunk_lists_then_its_options_are_not_answered_with_200(tmp_path: Path) -> None:
    async with private_asterisk(tmp_path, sip_address=CENTRE.ip):
        assert await _options(STRANGER) == [401] * 3


@pytest.mark.parametrize("cseq", ["1 OPTIONS", "1 INVITE "])
async def test_given_an_invite_that_says_it_is_an_options_then_it_is_no_way_around_the_trunks(
    cseq: str, tmp_path: Path
) -> None:
    async with private_asterisk(tmp_path, sip_address=CENTRE.ip) as instance, SipPeer.at(STRANGER, CENTRE) as peer:
        text = peer.message("INVITE", URIS[1], 1, "odd", (f"From: <sip:1@{STRANGER}>;tag=1", f"To: <{URIS[1]}>"))
        peer.send(text.replace("CSeq: 1 INVITE", f"CSeq: {cseq}\r\nCall-ID: odd"))
        assert await _options(LANDLINE) == [200] * 3
        assert not [message for message in peer.seen if 100 < message.status < 300]
        assert await instance.channels() == []
