"""What networks say of the end of a line: it decides whose end it was, and stands on the record as it came."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from ntpd112.core import messages as m
from ntpd112.core.records import CALL_BACK
from ntpd112.simulate import Answer
from ntpd112.simulate.media import RtpPort
from tests.exchange.desk import Desk, desk
from tests.sip_peer import SipPeer
from tests.siptrace.hearing import CENTRE, LANDLINE, PHONE, caller_of, desk_with_ear, is_heard, start_ear
from tests.stories.world import PATIENCE_S

NETWORKS = {
    "q850": ["Q.850;cause=38"],
    "sip beside normal clearing": [
        'Q.850;cause=16;text="Normal call clearing"',
        'SIP;cause=503;text="Service Unavailable"',
    ],
    "two in one header": ['SIP;cause=200;text="x, y", Q.850;cause=41'],
    "a text alone": ['Q.850;cause=16;text="RTP timeout"'],
    "its own protocol": ['X.int;reasoncode=0x0;text="Session timer expired"'],
    "radio": ["RELEASE_CAUSE;cause=3", "Q.850;cause=16"],
    "three protocols": ['SIP;text="BYE", X.a;b', "S1AP-RNL;cause=21", "Q.850;cause=31"],
}
HUMANS = {
    "none": [],
    "normal": ["Q.850;cause=16"],
    "normal in three ways": ['SIP;cause=200;text="User ends call"', "RELEASE_CAUSE;cause=1", "Q.850;cause=31"],
}


async def _phone(world: Desk, peer: SipPeer) -> None:
    """Register operator 201's phone, which sends sound as phones do, and log in."""
    peer.audio = await world.enter(RtpPort(PHONE))
    peer.password = world.instance.secrets.sip_passwords["201"]
    assert await peer.register() == 200
    await world.until(lambda: world.seat("201").phone == "free")
    assert world.controller is not None
    world.controller.engine.submit(m.PresenceSet("201", "available", "", "test"))
    await world.until(lambda: world.seat("201").presence == "available")


@pytest.mark.parametrize("reasons", NETWORKS.values(), ids=NETWORKS.keys())
async def test_given_a_caller_whose_network_ends_the_line_then_it_is_no_hang_up_and_the_record_has_the_words(
    reasons: list[str], tmp_path: Path
) -> None:
    async with desk_with_ear(tmp_path) as world, SipPeer.at(LANDLINE, CENTRE) as peer:
        caller, call = await caller_of(world, peer)
        call.bye(*(f"Reason: {reason}" for reason in reasons))
        record = await world.is_over(caller)
        assert (record.side, CALL_BACK in record.notes) == ("network", True)
        assert [note for note in record.notes if "said: " in note] == [f"the network said: {each}" for each in reasons]


async def test_given_a_caller_who_outlives_a_controller_then_the_networks_reason_counts_all_the_same(
    tmp_path: Path,
) -> None:
    async with desk_with_ear(tmp_path) as world, SipPeer.at(LANDLINE, CENTRE) as peer:
        caller, call = await caller_of(world, peer)
        await world.crash()
        await world.restart()
        assert world.controller is not None
        known = world.controller.exchange._ends._call_ids
        await world.until(lambda: caller.call_id in known)
        call.bye("Reason: Q.850;cause=16", 'Reason: X;text="RTP timeout"')
        record = await world.is_over(caller)
        assert (record.side, CALL_BACK in record.notes) == ("network", True)
        assert 'the network said: X;text="RTP timeout"' in record.notes


@pytest.mark.parametrize("reasons", HUMANS.values(), ids=HUMANS.keys())
async def test_given_a_caller_who_hangs_up_then_it_is_one_whatever_the_network_adds(
    reasons: list[str], tmp_path: Path
) -> None:
    async with desk_with_ear(tmp_path) as world, SipPeer.at(LANDLINE, CENTRE) as peer:
        caller, call = await caller_of(world, peer)
        call.bye(*(f"Reason: {reason}" for reason in reasons))
        record = await world.is_over(caller)
        assert (record.side, CALL_BACK in record.notes) == ("caller", False)
        assert [note for note in record.notes if "said: " in note] == [f"the network said: {each}" for each in reasons]


@pytest.mark.parametrize("reasons", [["Q.850;cause=38"], ["SIP;cause=503"], ["Q.850;cause=41", "SIP;cause=200"]])
async def test_without_an_ear_asterisks_own_reading_of_the_reason_decides(reasons: list[str], tmp_path: Path) -> None:
    async with desk(tmp_path) as world, SipPeer.at(LANDLINE, CENTRE) as peer:
        caller, call = await caller_of(world, peer)
        call.bye(*(f"Reason: {reason}" for reason in reasons))
        record = await world.is_over(caller)
        assert (record.side, CALL_BACK in record.notes) == ("network", True)


@pytest.mark.parametrize("reasons", [NETWORKS["a text alone"], NETWORKS["its own protocol"], NETWORKS["radio"]])
async def test_given_an_operators_phone_that_its_network_cuts_off_then_the_caller_is_first_in_line(
    reasons: list[str], tmp_path: Path
) -> None:
    async with (
        desk_with_ear(tmp_path) as world,
        SipPeer.at(LANDLINE, CENTRE) as peer,
        SipPeer.at(PHONE, CENTRE, user="201") as phone,
    ):
        await _phone(world, phone)
        caller, call = await caller_of(world, peer)
        await world.joined(caller, "201")
        (ring,) = phone.calls.values()
        ring.bye(*(f"Reason: {reason}" for reason in reasons))
        live = await world.is_in(caller, "waiting", "ringing")
        assert not call.ended.is_set()
        assert [note for note in live.notes if "said: " in note] == [f"201's network said: {each}" for each in reasons]
        call.bye()
        await world.is_over(caller)


@pytest.mark.parametrize("reasons", HUMANS.values(), ids=HUMANS.keys())
async def test_given_an_operator_who_hangs_up_then_the_call_ends(reasons: list[str], tmp_path: Path) -> None:
    async with (
        desk_with_ear(tmp_path) as world,
        SipPeer.at(LANDLINE, CENTRE) as peer,
        SipPeer.at(PHONE, CENTRE, user="201") as phone,
    ):
        await _phone(world, phone)
        caller, call = await caller_of(world, peer)
        await world.joined(caller, "201")
        (ring,) = phone.calls.values()
        ring.bye(*(f"Reason: {reason}" for reason in reasons))
        async with asyncio.timeout(PATIENCE_S):
            await call.ended.wait()
        assert (await world.is_over(caller)).side == "operator"


@pytest.mark.parametrize("fate", [signal.SIGKILL, signal.SIGSTOP])
async def test_whatever_becomes_of_the_ear_calls_begin_and_end_as_ever(fate: signal.Signals, tmp_path: Path) -> None:
    async with desk_with_ear(tmp_path) as world, SipPeer.at(LANDLINE, CENTRE) as peer:
        await world.operator("201", Answer(after_s=0))
        os.kill(int((world.instance.layout.state / "run" / "ear.pid").read_text()), fate)
        for _ in range(3):
            caller, call = await caller_of(world, peer)
            await world.speaks(caller, "201")
            call.bye("Reason: Q.850;cause=38")
            assert (await world.is_over(caller)).side == "network"
            await world.until(lambda: not world.room.legs)


async def test_given_an_ear_that_starts_again_in_mid_call_then_the_reason_is_heard_all_the_same(tmp_path: Path) -> None:
    async with desk(tmp_path) as world, SipPeer.at(LANDLINE, CENTRE) as peer:
        caller, call = await caller_of(world, peer)
        ear = await start_ear(world.instance.settings)
        try:
            await is_heard(world)
            call.bye('Reason: X.int;text="RTP timeout"')
            record = await world.is_over(caller)
        finally:
            await ear.end()
        assert (record.side, record.notes[-2:]) == (
            "network",
            ('the network said: X.int;text="RTP timeout"', CALL_BACK),
        )


async def test_given_an_ear_that_starts_anew_in_mid_call_then_a_phones_reason_is_heard_all_the_same(
    tmp_path: Path,
) -> None:
    async with (
        desk(tmp_path) as world,
        SipPeer.at(LANDLINE, CENTRE) as peer,
        SipPeer.at(PHONE, CENTRE, user="201") as phone,
    ):
        await _phone(world, phone)
        caller, call = await caller_of(world, peer)
        await world.joined(caller, "201")
        ear = await start_ear(world.instance.settings)
        try:
            await is_heard(world)
            assert world.controller is not None
            known = world.controller.exchange._ends._call_ids
            await world.until(lambda: len(known) == 2)
            (ring,) = phone.calls.values()
            ring.bye('Reason: X.int;text="RTP timeout"')
            live = await world.is_in(caller, "waiting", "ringing")
            assert '201\'s network said: X.int;text="RTP timeout"' in live.notes
            call.bye()
            await world.is_over(caller)
            await world.until(lambda: not known)
        finally:
            await ear.end()
