"""A trunk or an agency that refuses: an alarm at the first try, in words; the next is tried; nobody "declined"."""

from __future__ import annotations

from pathlib import Path

import pytest

from ntpd112.simulate import Answer
from tests.exchange.desk import NETWORK, Desk, desk, hears_an_operator
from tests.exchange.gateway import gateway
from tests.stories.exchange_world import HARMLESS

_REFUSALS = {
    401: "401 wants a password",
    403: "403 forbidden",
    404: "404 number not found",
    407: "407 wants a password",
    410: "410 number no longer in use",
    488: "488 no common codec",
    500: "500 refused",
    503: "503 refused",
    604: "604 number does not exist anywhere",
    606: "606 no common codec",
}


def alarm_texts(world: Desk, kind: str) -> list[str]:
    assert world.controller is not None
    return [alarm.text for alarm in world.controller._kept_alarms() if alarm.kind == kind]


async def test_given_an_overflow_that_is_refused_then_it_is_alarmed_at_once_and_the_next_number_rings(
    tmp_path: Path,
) -> None:
    refusing = iter(_REFUSALS)
    async with (
        desk(tmp_path, broadcast_claim_ms=5000) as world,
        gateway(f"{NETWORK}.11", lambda _: (next(refusing),)) as landline,
        gateway(f"{NETWORK}.12", 180) as mobile,
    ):
        world.harmless = (*HARMLESS, "res_pjsip_outbound_authenticator_digest")
        for number, words in enumerate(_REFUSALS.values(), start=1):
            caller = await world.citizen(ani=f"02155501{number:02}")
            await mobile.invited(number)
            text = alarm_texts(world, "destination_refused")[-1]
            assert text.startswith(f"neighbour (0211120002 through trunk landline) was refused: {words}; ")
            await world.hang_up(caller)
            record = await world.is_over(caller)
            assert (record.offers[0].target, record.offers[0].result) == ("neighbour", "refused")
            assert f"neighbour: {words}" in record.notes
            assert record.outcome == "abandoned"
        assert len(alarm_texts(world, "destination_refused")) == len(_REFUSALS)
        assert len({request.get("Call-ID") for request in landline.invites}) == len(_REFUSALS)


async def test_given_a_mobile_where_a_human_declines_after_it_rang_then_that_is_no_alarm(tmp_path: Path) -> None:
    async with (
        desk(tmp_path, broadcast_claim_ms=5000) as world,
        gateway(f"{NETWORK}.11", lambda _: (180, 603)),
        gateway(f"{NETWORK}.12", 180) as mobile,
    ):
        caller = await world.dials()
        await mobile.invited()
        assert alarm_texts(world, "destination_refused") == []
        caller.hang_up()
        (record,) = await world.records(1)
        assert [offer.result for offer in record.offers if offer.target == "neighbour"] == ["declined"]


@pytest.mark.parametrize("how", ["*1", "*2"])
async def test_given_an_agency_that_refuses_a_transfer_then_the_operator_has_the_caller_again(
    how: str, tmp_path: Path
) -> None:
    async with desk(tmp_path, broadcast_claim_ms=5000) as world, gateway(f"{NETWORK}.11", 403) as landline:
        await world.speaking_operator("201", Answer(0.1))
        caller = await world.citizen(ani="0215550199")
        await world.joined(caller, "201")
        await world.operator_presses("201", f"{how}113#")
        await landline.invited()
        await world.soon("destination_refused")
        await world.joined(caller, "201")
        await hears_an_operator(caller.party)
        await world.operator_hangs_up("201")
        record = await world.is_over(caller)
        assert [offer.result for offer in record.offers if offer.target == "damkar"] == ["refused"]
