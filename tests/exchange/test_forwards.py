"""A phone or a gateway that forwards its call (SIP 3xx) has refused it: nothing rings, no call comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from ntpd112.core import messages as m
from ntpd112.simulate import Address, Answer, NoAnswer
from tests.exchange.agent import Agent, Dialog
from tests.exchange.desk import NETWORK, Desk, desk
from tests.stories.world import Caller

_CENTRE = Address(f"{NETWORK}.1")
_LONG_S = 60.0


def forwards(*contacts: str, status: int = 302) -> Callable[[Dialog], None]:
    """A phone that rings, and then wants its call elsewhere."""

    def does(dialog: Dialog) -> None:
        dialog.reply(180, "Ringing")
        dialog.reply(status, "Moved Temporarily", [f"Contact: {contact}" for contact in contacts])

    return does


async def forwarding_phone(world: Desk, operator: str, does: Callable[[Dialog], None]) -> Agent:
    """Given an operator who is ready, with a phone that forwards."""
    password = world.instance.secrets.sip_passwords[operator]
    phone: Agent = await world.enter(Agent(_CENTRE, f"{NETWORK}.41", operator, password))
    assert await phone.register() == 200
    phone.on_invite = does
    assert world.controller is not None
    world.controller.engine.submit(m.PresenceSet(operator, "available", "", "test"))
    await world.until(lambda: world.seat(operator).available(world.room.now))
    return phone


async def refused(world: Desk, caller: Caller, target: str) -> None:
    """Wait until a ring of a target is over."""
    await world.until(lambda: any(offer.target == target for offer in world.room.calls[caller.call_id].offers), _LONG_S)


CASES = {
    "the emergency number": "<sip:112@{centre}>",
    "another operator's phone": "<sip:202@{centre}>",
    "a number outside": "<sip:0811223344@{centre};user=phone>",
    "a server elsewhere": "<sip:mailbox@{elsewhere}>",
    "a telephone number": "<tel:+62811223344>",
    "a web page": "<https://example.invalid/>",
    "itself": "<sip:201@{phone}>",
}


@pytest.mark.parametrize("contact", CASES.values(), ids=CASES.keys())
async def test_given_a_phone_that_forwards_when_it_is_rung_then_the_next_operator_is_rung_and_nobody_else(
    tmp_path: Path, contact: str
) -> None:
    async with desk(tmp_path) as world, Agent(_CENTRE, f"{NETWORK}.60", port=5060) as elsewhere:
        target = contact.format(centre=_CENTRE, elsewhere=f"{NETWORK}.60", phone=f"{NETWORK}.41:5099")
        await world.agency("landline", NoAnswer())
        phone = await forwarding_phone(world, "201", forwards(target))
        caller = await world.citizen()
        await refused(world, caller, "201")
        await world.soon("phone_forwards", within_s=_LONG_S)
        await world.phone("202", Answer(0.1))
        await world.dial("202", "*11")
        await world.joined(caller, "202")
        await world.hang_up(caller)
        record = await world.is_over(caller)
        assert ("201", "declined") in {(offer.target, offer.result) for offer in record.offers}
        assert "201's phone forwards its calls: not followed" in record.notes
        assert world.seat("201").presence == "available"
        assert len(await world.records(1)) == 1
        assert {call.invite.method for call in phone.calls if call.invite} == {"INVITE"}
        assert elsewhere.calls == []
        assert world.agencies["landline"].calls == []


async def test_given_a_phone_that_forwards_to_a_number_then_the_number_stands_on_the_record(tmp_path: Path) -> None:
    async with desk(tmp_path) as world:
        await forwarding_phone(world, "201", forwards("<sip:0811223344@192.0.2.1>"))
        caller = await world.citizen()
        wanted = "201's phone forwards to 0811223344: not followed"
        await world.until(lambda: wanted in world.room.calls[caller.call_id].notes, _LONG_S)
        await world.hang_up(caller)


@pytest.mark.parametrize(
    ("status", "contacts"),
    [
        (302, ()),
        (300, ("<sip:112@{0}>", "<sip:202@{0}>")),
        (301, ("<sips:112@{0}>",)),
        (305, ("<sip:{0}>",)),
        (380, ()),
    ],
)
async def test_given_a_phone_that_forwards_in_odd_ways_then_it_has_refused(
    tmp_path: Path, status: int, contacts: tuple[str, ...]
) -> None:
    async with desk(tmp_path) as world:
        await forwarding_phone(world, "201", forwards(*(c.format(_CENTRE) for c in contacts), status=status))
        caller = await world.citizen()
        await refused(world, caller, "201")
        await world.soon("phone_forwards", within_s=_LONG_S)
        await world.hang_up(caller)
        record = await world.is_over(caller)
        assert ("201", "declined") in {(offer.target, offer.result) for offer in record.offers}
        assert len(await world.records(1)) == 1


async def test_given_an_agency_that_forwards_then_it_has_refused_and_the_next_number_is_rung(tmp_path: Path) -> None:
    async with desk(tmp_path) as world, Agent(_CENTRE, f"{NETWORK}.11", port=5060) as gateway:
        gateway.on_invite = forwards(f"<sip:112@{_CENTRE}>")
        await world.agency("mobile", NoAnswer())
        caller = await world.citizen()
        async with asyncio.timeout(_LONG_S):
            await world.agencies["mobile"].call()
        await world.soon("destination_refused", within_s=_LONG_S)
        await world.hang_up(caller)
        record = await world.is_over(caller)
        assert ("neighbour", "refused") in {(offer.target, offer.result) for offer in record.offers}
        assert "neighbour: 302 forwards the call elsewhere" in record.notes
        assert len(await world.records(1)) == 1


@pytest.mark.parametrize("contact", ["<sip:112@{0}>", "<sip:203@{0}>", "<sip:x@192.0.2.1>"])
async def test_given_no_controller_when_a_phone_forwards_then_nothing_else_rings_and_another_operator_answers(
    tmp_path: Path, contact: str
) -> None:
    async with desk(tmp_path, start=False) as world:
        passwords = world.instance.secrets.sip_passwords
        async with (
            Agent(_CENTRE, f"{NETWORK}.41", "201", passwords["201"]) as phone,
            Agent(_CENTRE, f"{NETWORK}.43", "203", passwords["203"]) as third,
        ):
            assert await phone.register() == 200
            phone.on_invite = forwards(contact.format(_CENTRE))
            citizen = await world.dials()
            await phone.call(2, _LONG_S)
            assert [name for name in await world.instance.channels() if name.startswith("Local/")] == []
            assert await third.register() == 200
            await third.call(within_s=_LONG_S)
            assert {call.invite.get("To").partition("@")[0] for call in third.calls if call.invite} == {"<sip:203"}
            citizen.hang_up()
            await world.instance.empty()
            assert (await phone.register(0), await third.register(0)) == (200, 200)
        rows = await asyncio.to_thread(world.instance.layout.ledger.read_text, encoding="utf-8")
        assert "internal" not in rows
