"""Two rooms that overflow to each other: a citizen has at most one call in each, and each goes on."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ntpd112 import app
from ntpd112.host.ledger import entries
from ntpd112.ledgers import LOOPED
from ntpd112.simulate import Identity
from tests.asterisk import private_asterisk
from tests.exchange.desk import NETWORK, desk
from tests.exchange.gateway import gateway
from tests.stories.city import city_text
from tests.stories.exchange_world import HARMLESS

PATH = "X-NTPD-Path"


async def test_given_a_call_that_comes_back_then_it_is_refused_and_the_own_chain_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "_LEDGERS_EVERY_S", 0.5)
    async with (
        desk(tmp_path, broadcast_claim_ms=5000) as world,
        gateway(f"{NETWORK}.11", 180) as neighbour,
        gateway(f"{NETWORK}.12", 180) as mobile,
    ):
        first = await world.citizen(ani="0215550177")
        path = (await neighbour.invited()).get(PATH)
        assert path.endswith(first.call_id)
        # What the neighbour's room does with it, and with a path that is longer by another room's entry.
        for back in (path, f"r00000000beef.1.1_{path}_r00000000cafe.2.2"):
            again = await world.dials(identity=Identity(ani="0215550177", headers=[f"{PATH}: {back}"]))
            result = await again.ended()
            assert (result.final_status, result.ended_by) == (482, "refused")
        assert list(world.room.calls) == [first.call_id]
        await world.soon("overflow_loop", within_s=40)
        await mobile.invited()
        await world.hang_up(first)
        found = await world.records(3)
        assert sorted(record.cause == LOOPED for record in found) == [False, True, True]


async def test_given_a_forged_path_then_the_citizen_is_served_and_it_is_bounded(tmp_path: Path) -> None:
    async with desk(tmp_path, broadcast_claim_ms=5000) as world, gateway(f"{NETWORK}.11", 486) as neighbour:
        first = await world.citizen(ani="0215550177")
        own = (await neighbour.invited()).get(PATH)
        await world.hang_up(first)
        await world.is_over(first)
        room = own.partition(".")[0]
        for forged in (
            own,  # of a call that is over
            f"{room}.1.0",
            f"{room}.",
            "r1.1.1_" * 500,
            "${SHELL(touch /tmp/forged)} , ; \" ' %00 ) | & $[1/0]",
            "x",
        ):
            caller = await world.citizen(identity=Identity(ani="0215550178", headers=[f"{PATH}: {forged}"]))
            invite = (await neighbour.got("INVITE", len(neighbour.invites) + 1))[-1]
            assert invite.get(PATH).endswith(f"{room}.{caller.call_id}")
            assert len(invite.get(PATH)) < 500
            await world.hang_up(caller)
            await world.is_over(caller)


async def test_given_two_rooms_without_anybody_then_each_has_one_call_and_each_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other room is the real thing, too: an Asterisk without a controller, whose dialplan rings outside by itself.

    It rings back after half a minute, on the line of the very call that it has from here.
    """
    monkeypatch.setattr(app, "_LEDGERS_EVERY_S", 0.5)
    text = _city_of_the_other()
    async with private_asterisk(tmp_path / "other", sip_address=f"{NETWORK}.11", city=text) as other:
        async with (
            desk(tmp_path, broadcast_claim_ms=5000, city=_city()) as world,
            gateway(f"{NETWORK}.12", 180) as mobile,
        ):
            world.harmless = (*HARMLESS, "not claimed within", "No such channel")
            caller = await world.dials("0215550177", host=13)
            await world.until(lambda: bool(world.room.calls))
            await mobile.invited(within_s=60)
            assert len(world.room.calls) == 1
            await world.soon("overflow_loop", within_s=60)
            here = await world.instance.channels()
            assert len([name for name in here if name.startswith("PJSIP/citizens")]) == 1
            assert len([name for name in await other.channels() if name.startswith("PJSIP/room_a")]) <= 1
            caller.hang_up()
            await world.until(lambda: not world.room.calls)
            async with asyncio.timeout(60):
                while await other.channels():  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
        records = await asyncio.to_thread(entries, other.layout)
        assert "looped" not in {entry.refused_why for entry in records}


def _city() -> str:
    text = city_text(NETWORK)
    trunks = f"  citizens: {{kind: landline, addresses: [{NETWORK}.13]}}\n  mobile:"
    return text.replace("  mobile:", trunks, 1)


def _city_of_the_other() -> str:
    text = city_text(NETWORK).replace("landline", "room_a").replace("kind: room_a", "kind: landline")
    text = text.replace(f"addresses: [{NETWORK}.11]", f"addresses: [{NETWORK}.1]")
    return text.replace(f'gateway: "{NETWORK}.11:5060"', f'gateway: "{NETWORK}.1:5060"')
