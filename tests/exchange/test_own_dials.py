"""What an operator's phone dials is served only when its user dialled it: no forward, no transfer, no other's place."""

from __future__ import annotations

from pathlib import Path

import pytest

from ntpd112.simulate import Address, NoAnswer
from tests.exchange.agent import Agent
from tests.exchange.desk import NETWORK, desk

_CENTRE = Address(f"{NETWORK}.1")
BY_ITSELF = {
    "in the place of a call": "Replaces: 12345@192.0.2.1;to-tag=7743;from-tag=6472",
    "in the place of an early call": "Replaces: 12345@192.0.2.1;to-tag=7743;from-tag=6472;early-only",
    "referred": "Referred-By: <sip:202@192.0.2.1>",
    "with a quote": 'Referred-By: "a\\"b]=[$" <sip:202@192.0.2.1>',
}


@pytest.mark.parametrize("with_controller", [True, False], ids=["with a controller", "alone"])
async def test_given_a_call_that_no_user_dialled_then_it_is_refused_and_rings_nobody(
    tmp_path: Path, *, with_controller: bool
) -> None:
    async with desk(tmp_path, start=with_controller) as world:
        passwords = world.instance.secrets.sip_passwords
        async with (
            Agent(_CENTRE, f"{NETWORK}.41", "201", passwords["201"]) as phone,
            Agent(_CENTRE, f"{NETWORK}.42", "202", passwords["202"]) as other,
            Agent(_CENTRE, f"{NETWORK}.11", port=5060) as gateway,
        ):
            assert (await phone.register(), await other.register()) == (200, 200)
            for number in ("202", "112", "113"):
                for header in BY_ITSELF.values():
                    dialog = phone.invites(number, [header])
                    refusal = await dialog.wait(lambda m: m.status >= 300 and m.status not in {401, 407}, 30.0)
                    assert refusal.status in {403, 603}
            assert other.calls == []
            assert gateway.calls == []
            if world.controller is not None:
                assert world.room.calls == {}
            assert (await phone.register(0), await other.register(0)) == (200, 200)


async def test_given_a_call_that_its_user_dialled_then_it_rings_also_when_the_far_phone_forwards(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as world:
        passwords = world.instance.secrets.sip_passwords
        await world.agency("landline", NoAnswer())
        async with (
            Agent(_CENTRE, f"{NETWORK}.41", "201", passwords["201"]) as phone,
            Agent(_CENTRE, f"{NETWORK}.42", "202", passwords["202"]) as other,
        ):
            assert (await phone.register(), await other.register()) == (200, 200)
            other.on_invite = lambda dialog: dialog.reply(302, "Moved", [f"Contact: <sip:112@{_CENTRE}>"])
            dialog = phone.invites("202")
            refusal = await dialog.wait(lambda m: m.status >= 300 and m.status not in {401, 407}, 30.0)
            assert refusal.status >= 400
            assert len(other.calls) == 1
            assert world.room.calls == {}
            assert world.agencies["landline"].calls == []
            assert (await phone.register(0), await other.register(0)) == (200, 200)
