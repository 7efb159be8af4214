"""A phone that moves, signs off or dies while it rings leaves nobody waiting; one that never was is never rung."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ntpd112.core import messages as m
from ntpd112.host.secrets import load_secrets
from ntpd112.simulate import Address, Answer
from tests.exchange.agent import Agent, Dialog
from tests.exchange.desk import NETWORK, Desk, desk
from tests.networks import network
from tests.stories.city import city_text
from tests.stories.exchange_world import ExchangeWorld, exchange_world
from tests.stories.world import Caller

_LONG_S = 60.0
_OTHER = network(30)


def rings(dialog: Dialog) -> None:
    """A phone that rings and rings."""
    dialog.reply(180, "Ringing")


async def ready(world: ExchangeWorld, phone: Agent) -> None:
    """Given an operator who is ready, at a phone that rings and rings."""
    phone.on_invite = rings
    assert await phone.register() == 200
    await on_duty(world, phone.user)
    await world.until(lambda: world.seat(phone.user).available(world.room.now), _LONG_S)


async def on_duty(world: ExchangeWorld, operator: str) -> None:
    assert world.controller is not None
    world.controller.engine.submit(m.PresenceSet(operator, "available", "", "test"))
    await world.until(lambda: world.seat(operator).presence == "available")


@asynccontextmanager
async def ringing(tmp_path: Path) -> AsyncIterator[tuple[Desk, Agent, Caller]]:
    """Given a caller for whom 201's phone rings, which takes 30 s."""
    async with desk(tmp_path, city=city_text(NETWORK, ring_s=30, outside_s=300)) as world:
        password = world.instance.secrets.sip_passwords["201"]
        async with Agent(Address(f"{NETWORK}.1"), f"{NETWORK}.41", "201", password) as phone:
            await ready(world, phone)
            caller = await world.citizen()
            await phone.call(within_s=_LONG_S)
            await world.until(lambda: any(leg.rang_at for leg in world.room.legs.values()), _LONG_S)
            yield world, phone, caller
            await world.hang_up(caller)
            await world.is_over(caller)
            await phone.register(0)


async def test_given_a_phone_that_registers_from_another_port_then_it_is_rung_there_without_a_break(
    tmp_path: Path,
) -> None:
    async with ringing(tmp_path) as (world, phone, caller):
        old = phone.port
        await phone.move()
        assert await phone.register() == 200
        again = await phone.call(2, _LONG_S)
        assert old != phone.port
        again.pick_up()
        await world.joined(caller, "201")
        call = world.room.calls[caller.call_id]
        assert "201's phone moved while it rang" in call.notes
        assert [offer.result for offer in call.offers] == ["unreachable"]
        assert call.offers[0].ended_at - call.offers[0].offered_at < 30.0
        assert world.seat("201").presence == "available"


async def test_given_a_phone_that_signs_off_then_another_operator_is_rung_and_it_has_no_break(tmp_path: Path) -> None:
    async with ringing(tmp_path) as (world, phone, caller):
        assert await phone.register(0) == 200
        await world.until(lambda: not world.room.legs, _LONG_S)
        await world.until(lambda: world.seat("201").phone == "unreachable", _LONG_S)
        await world.phone("202", Answer(0.1))
        await on_duty(world, "202")
        await world.joined(caller, "202")
        assert "201's phone left while it rang" in world.room.calls[caller.call_id].notes
        assert world.seat("201").presence == "available"


async def test_given_a_phone_that_loses_its_power_then_its_ring_is_given_up_and_it_has_no_break(tmp_path: Path) -> None:
    async with ringing(tmp_path) as (world, phone, caller):
        phone.deaf = True
        await world.until(lambda: bool(world.room.calls[caller.call_id].offers), _LONG_S)
        (offer, *_) = world.room.calls[caller.call_id].offers
        assert offer.result == "unreachable"
        assert offer.ended_at - offer.offered_at < 30.0
        assert world.seat("201").presence == "available"
        phone.deaf = False


async def test_given_a_phone_that_only_refreshes_its_registration_then_it_rings_on(tmp_path: Path) -> None:
    async with ringing(tmp_path) as (world, phone, caller):
        assert await phone.register() == 200
        assert await phone.register() == 200
        await world.pause(1.5)
        assert world.room.calls[caller.call_id].offers == []
        phone.calls[0].pick_up()
        await world.joined(caller, "201")
        assert len(phone.calls) == 1


@pytest.mark.parametrize("first", ["reload", "log in"])
async def test_given_an_operator_added_by_a_reload_then_no_caller_waits_for_a_phone_that_was_never_there(
    tmp_path: Path, first: str
) -> None:
    async with exchange_world(tmp_path, _OTHER) as world:
        added = '  "204": {name: Eko, wrap_up_s: 1}\n'
        path = world.instance.settings.city_file
        text = city_text(_OTHER, outside_s=300)
        assert world.controller is not None
        path.write_text(text.replace("language_skills:", f"{added}language_skills:"), encoding="utf-8")
        assert await world.controller.reload() == []
        await world.until(lambda: "204" in world.room.operators)
        caller = None if first == "reload" else await world.citizen()
        await on_duty(world, "204")
        caller = caller or await world.citizen()
        call = world.room.calls[caller.call_id]
        await world.until(lambda: call.queued_at is not None, _LONG_S)
        await world.pause(3.0)
        assert "204" not in {offer.target for offer in call.offers}
        assert "204" not in {leg.target for leg in world.room.legs.values()}
        async with Agent(Address(f"{_OTHER}.1"), f"{_OTHER}.44", "204", _password(world, "204")) as phone:
            assert await phone.register() == 200
            await world.speaks(caller, "204", within_s=_LONG_S)
            await world.hang_up(caller)
            record = await world.is_over(caller)
            assert [offer.result for offer in record.offers if offer.target == "204"] == ["answered"]
            await phone.register(0)


def _password(world: ExchangeWorld, operator: str) -> str:
    return load_secrets(world.instance.settings.state_dir).sip_passwords[operator]
