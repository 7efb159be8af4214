"""What strangers can make Asterisk write to the disk: a flood of refused requests is sent, counted and extrapolated."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ntpd112.host.logs import KEEP, LIMIT_BYTES
from ntpd112.simulate import Address
from ntpd112.simulate.malformed import malformed
from ntpd112.supervise.asterisk_keeper import ROTATE_EVERY_S
from tests.asterisk import private_asterisk
from tests.networks import network
from tests.sip_peer import AUDIO, LAST_AGAIN_S, SipPeer

NETWORK = network(30)
CENTRE = Address(f"{NETWORK}.1")
STRANGER = f"{NETWORK}.13"
REQUESTS = 4_000
RATE = 5_000
MOST_BYTES_AN_HOUR = 300_000_000


def _invite(peer: SipPeer, number: int) -> str:
    uri = f"sip:112@{CENTRE.ip}"
    who = (f"From: <sip:08{number}@{STRANGER}>;tag={number}", f"To: <{uri}>", f"Call-ID: flood-{number}")
    contact = (f"Contact: <sip:x@{STRANGER}:{peer.port}>", "Content-Type: application/sdp")
    return peer.message("INVITE", uri, 1, f"f{number}", (*who, *contact), AUDIO.format(ip=STRANGER))


def _register(peer: SipPeer, number: int) -> str:
    uri = f"sip:{CENTRE.ip}"
    who = (f"From: <sip:{number}@{CENTRE.ip}>;tag={number}", f"To: <sip:{number}@{CENTRE.ip}>")
    proof = f'Authorization: Digest username="{number}", realm="ntpd112", nonce="1/2", uri="{uri}", response="0"'
    rest = (f"Call-ID: flood-{number}", f"Contact: <sip:x@{STRANGER}:{peer.port}>", proof)
    return peer.message("REGISTER", uri, 1, f"f{number}", (*who, *rest))


def _password(peer: SipPeer, number: int) -> str:
    return (
        _register(peer, number).replace(f'username="{number}"', 'username="201"').replace(f"sip:{number}@", "sip:201@")
    )


def _unreadable(peer: SipPeer, number: int) -> str:
    bad = malformed(CENTRE, Address(STRANGER, peer.port))
    texts = [each.data.decode(errors="surrogateescape") for each in bad if 0 < len(each.data) < 2_000]
    return texts[number % len(texts)].replace("odd-", f"odd-{number}-")


@pytest.mark.parametrize("request_of", [_invite, _register, _password, _unreadable], ids=lambda each: each.__name__[1:])
async def test_a_flood_of_refused_requests_adds_less_than_300_mb_an_hour_to_the_logs(
    request_of: Callable[[SipPeer, int], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with private_asterisk(tmp_path, sip_address=CENTRE.ip) as instance:
        folder = instance.layout.log

        def length() -> int:
            return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())

        before = length()
        async with SipPeer.at(STRANGER, CENTRE) as peer:
            for number in range(REQUESTS):
                peer.send(request_of(peer, number), again_after_s=LAST_AGAIN_S)
                if number % 20 == 0:
                    await asyncio.sleep(0.004)
            async with SipPeer.at(f"{NETWORK}.11", CENTRE) as caller:
                call, answer = await caller.invite()  # once it is answered, all before it has been
                call.bye()
        assert answer.status == 200
        await instance.asterisk.rx("channel request hangup all")  # some of the unreadable ones were calls
        each = (length() - before) / REQUESTS
        # The files never hold more: so many full ones, each late by one look.
        kept = (KEEP + 1) * (LIMIT_BYTES + each * RATE * ROTATE_EVERY_S)
        added = min(each * RATE * 3600, kept)
        with capsys.disabled():
            kind = request_of.__name__[1:]
            sys.stdout.write(f"\n{kind}: {each:.1f} bytes each, at {RATE}/s {added / 1e6:.0f} MB an hour\n")
        assert added < MOST_BYTES_AN_HOUR
