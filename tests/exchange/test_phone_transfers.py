"""A transfer by the phone's own key: refused with an answer, rings nobody, has no record, ends no citizen's line."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ntpd112.core import messages as m
from ntpd112.core.view import view
from ntpd112.pbx import voice_watch
from ntpd112.simulate import Answer, NoAnswer
from ntpd112.simulate.real_phone import RealPhone
from ntpd112.simulate.tone import loudness
from tests.exchange.agent import Agent, Dialog
from tests.exchange.desk import NETWORK, Desk
from tests.exchange.linphone import Linphone
from tests.siptrace.hearing import CENTRE, PHONE, desk_with_ear
from tests.stories.world import Caller

_LONG_S = 60.0


@asynccontextmanager
async def conversation(tmp_path: Path) -> AsyncIterator[tuple[Desk, Dialog, Caller]]:
    """Given a caller who speaks with 201, whose phone does what it is told; 202 and an agency could be rung."""
    async with desk_with_ear(tmp_path) as world:
        await world.agency("landline", NoAnswer())
        await world.phone("202", Answer(0.1))
        phone = await world.enter(Agent(CENTRE, PHONE, "201", world.instance.secrets.sip_passwords["201"]))
        assert await phone.register() == 200
        await on_duty(world, "201")
        caller = await world.citizen()
        dialog = await phone.call(within_s=_LONG_S)
        await world.joined(caller, "201")
        yield world, dialog, caller
        await world.until(lambda: not world.room.calls, _LONG_S)
        assert world.agencies["landline"].calls == []
        assert len(await world.records(1)) == 1
        assert await phone.register(0) == 200


async def on_duty(world: Desk, operator: str) -> None:
    assert world.controller is not None
    world.controller.engine.submit(m.PresenceSet(operator, "available", "", "test"))
    await world.until(lambda: world.seat(operator).available(world.room.now), _LONG_S)


def does(world: Desk, operator: str) -> str:
    seen = view(world.room, world.room.now).operators
    return next(one.phone_does for one in seen if one.operator == operator)


TARGETS = {
    "the emergency number": ("<sip:112@{0}>", "112"),
    "another operator": ("<sip:202@{0}>", "202"),
    "an agency": ("<sip:113@{0};user=phone>", "113"),
    "a number outside": ("sip:0811223344@192.0.2.1", "0811223344"),
    "in the place of another call": ("<sip:202@{0}?Replaces=x%40y%3Bto-tag%3D1%3Bfrom-tag%3D2>", "202"),
    "nobody": ("<tel:>", "nobody"),
}


@pytest.mark.parametrize(("refer_to", "target"), TARGETS.values(), ids=TARGETS.keys())
async def test_given_a_phone_that_asks_for_a_transfer_then_it_is_refused_and_the_conversation_goes_on(
    tmp_path: Path, refer_to: str, target: str
) -> None:
    async with conversation(tmp_path) as (world, dialog, caller):
        assert await dialog.asks("REFER", [f"Refer-To: {refer_to.format(CENTRE)}"], within_s=_LONG_S) == 603
        await world.soon("phone_transfer_refused", within_s=_LONG_S)
        assert does(world, "201") == "transfers"
        await world.joined(caller, "201")
        assert world.phones["202"].calls == []
        await world.hang_up(caller)
        record = await world.is_over(caller)
        assert f"201's phone asked for a transfer to {target}: refused" in record.notes
        assert record.side == "caller"


@pytest.mark.parametrize("way", ["blind", "after a hold", "at the same moment"])
async def test_given_a_phone_that_hangs_up_in_the_belief_in_its_transfer_then_the_caller_is_first_for_another(
    tmp_path: Path, way: str
) -> None:
    async with conversation(tmp_path) as (world, dialog, caller):
        await on_duty(world, "202")
        if way == "after a hold":
            assert await dialog.answered(dialog.hold(), "INVITE", _LONG_S) == 200
            await world.until(lambda: does(world, "201") == "holds", _LONG_S)
        refer_to = [f"Refer-To: <sip:202@{CENTRE}>"]
        if way == "at the same moment":
            dialog.request("REFER", refer_to)
        else:
            assert await dialog.asks("REFER", refer_to, within_s=_LONG_S) == 603
            await world.soon("phone_transfer_refused", within_s=_LONG_S)
        dialog.hang_up()
        await world.speaks(caller, "202", within_s=_LONG_S)
        await world.joined(caller, "202")
        assert "phone_left_softly" in world.alarms()
        await world.hang_up(caller)
        record = await world.is_over(caller)
        assert [offer.target for offer in record.offers] == ["201", "202"]
        assert (record.side, record.operator) == ("caller", "201")


async def test_given_a_call_that_is_to_take_the_citizens_place_then_it_is_refused_and_told(tmp_path: Path) -> None:
    async with conversation(tmp_path) as (world, dialog, caller):
        other = await world.enter(Agent(CENTRE, f"{NETWORK}.43", "203", world.instance.secrets.sip_passwords["203"]))
        assert await other.register() == 200
        taking = other.invites("201", [f"Replaces: {dialog.dialog_id}"])
        refusal = await taking.wait(lambda message: message.status >= 300 and message.status != 401, _LONG_S)
        assert refusal.status in {403, 603}
        await world.soon("phone_transfer_refused", within_s=_LONG_S)
        await world.joined(caller, "201")
        await world.hang_up(caller)
        await world.is_over(caller)
        assert await other.register(0) == 200


async def test_given_a_phone_that_holds_then_it_is_shown_and_a_hang_up_meanwhile_ends_nothing(tmp_path: Path) -> None:
    async with conversation(tmp_path) as (world, dialog, caller):
        await on_duty(world, "202")
        for direction, shown in (("sendonly", "holds"), ("sendrecv", ""), ("inactive", "holds")):
            assert await dialog.answered(dialog.hold(direction), "INVITE", _LONG_S) == 200
            await world.until(lambda shown=shown: does(world, "201") == shown, _LONG_S)  # type: ignore[misc]
        dialog.hang_up()
        await world.speaks(caller, "202", within_s=_LONG_S)
        await world.hang_up(caller)
        record = await world.is_over(caller)
        assert "201 left while the phone held the call" in record.notes


async def test_given_a_phone_that_holds_for_long_then_nobody_asks_it_and_the_caller_hears_music(tmp_path: Path) -> None:
    """A re-INVITE of ours would take some phones off hold."""
    async with conversation(tmp_path) as (world, dialog, caller):
        await world.pause(2 * voice_watch.TOLD_AFTER_S / 5)  # its sound is known
        assert await dialog.answered(dialog.hold("inactive"), "INVITE", _LONG_S) == 200
        dialog.agent.audio.hush()
        await world.pause(1.5 * voice_watch.TOLD_AFTER_S)
        assert [message for message in dialog.messages if message.method == "INVITE"] == [dialog.invite]
        assert "one_way_audio" not in world.alarms()
        assert loudness(caller.party.audio.latest(3 * 8000)) > 0.01  # the caller still hears music
        assert await dialog.answered(dialog.hold("sendrecv"), "INVITE", _LONG_S) == 200
        await world.soon("one_way_audio", within_s=_LONG_S)  # it is watched again
        await world.hang_up(caller)
        notes = (await world.is_over(caller)).notes
        assert notes[0].startswith("no sound came from 201 for 1"), notes


async def test_given_baresip_when_its_transfer_key_is_pressed_then_the_citizen_keeps_a_human(tmp_path: Path) -> None:
    async with desk_with_ear(tmp_path) as world:
        await world.agency("landline", NoAnswer())
        password = world.instance.secrets.sip_passwords["201"]
        async with RealPhone(CENTRE, PHONE, "201", password) as phone:
            await on_duty(world, "201")
            caller = await world.citizen()
            await phone.established(_LONG_S)
            await world.joined(caller, "201")
            phone.hold()
            await world.until(lambda: does(world, "201") == "holds", _LONG_S)
            phone.resume()
            await world.until(lambda: does(world, "201") == "", _LONG_S)
            phone.transfer("113")
            await world.soon("phone_transfer_refused", within_s=_LONG_S)
            await world.pause(2.0)
            assert world.agencies["landline"].calls == []
            assert caller.call_id in world.room.calls
            await world.joined(caller, "201")
            await world.hang_up(caller)
            record = await world.is_over(caller)
            assert "201's phone asked for a transfer to 113: refused" in record.notes
            assert len(await world.records(1)) == 1


async def test_given_linphone_when_its_hold_and_transfer_keys_are_used_then_the_citizen_keeps_a_human(
    tmp_path: Path,
) -> None:
    async with desk_with_ear(tmp_path) as world:
        await world.agency("landline", NoAnswer())
        password = world.instance.secrets.sip_passwords["201"]
        async with Linphone(CENTRE, "201", password, tmp_path / "linphone") as phone:
            await world.until(lambda: world.seat("201").phone == "free", _LONG_S)
            await on_duty(world, "201")
            caller = await world.citizen()
            await world.joined(caller, "201")
            phone.command("pause")
            await phone.says("is now paused")
            await world.until(lambda: does(world, "201") == "holds", _LONG_S)
            phone.command("resume")
            await phone.says("Resuming call")
            await world.until(lambda: does(world, "201") == "", _LONG_S)
            phone.command(f"transfer sip:113@{CENTRE}")
            await world.soon("phone_transfer_refused", within_s=_LONG_S)
            await world.pause(2.0)
            assert world.agencies["landline"].calls == []
            await world.joined(caller, "201")
            phone.command("terminate")
            await world.until(lambda: "phone_left_softly" in world.alarms(), _LONG_S)
            assert caller.call_id in world.room.calls
            await world.hang_up(caller)
            record = await world.is_over(caller)
            assert "201's phone asked for a transfer to 113: refused" in record.notes
            assert record.side == "caller"
