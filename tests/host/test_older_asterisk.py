"""An Asterisk without StasisBroadcast: the heartbeat tells whether a controller lives."""

from __future__ import annotations

import time

from ntpd112.simulate.citizen import Citizen
from ntpd112.simulate.phone import SoftPhone
from ntpd112.simulate.sipp import Address
from tests.asterisk import Instance
from tests.host.conftest import LANDLINE, OPERATORS
from tests.host.controller import Controller


async def _without_broadcast(instance: Instance) -> None:
    await instance.asterisk.rx("module unload app_stasis_broadcast.so")


async def test_a_controller_with_a_heartbeat_gets_the_call(instance: Instance, exchange: Address) -> None:
    await _without_broadcast(instance)
    async with Controller(instance) as controller:
        await controller.post("asterisk/variable", variable="NTPD_HB", value=str(int(time.time() * 1000)))
        async with Citizen(exchange, LANDLINE) as citizen:
            await citizen.answered()
            args, _ = await controller.arrival()

    assert ":".join(args).split(":")[:3] == ["in", "landline", "112"]


async def test_a_hung_controller_costs_the_caller_nothing(instance: Instance, exchange: Address) -> None:
    await _without_broadcast(instance)
    async with (
        Controller(instance) as controller,
        SoftPhone(exchange, OPERATORS, "201", instance.secrets.sip_passwords["201"]) as operator,
    ):
        await controller.post("asterisk/variable", variable="NTPD_HB", value=str(int(time.time() * 1000) - 10_000))
        async with Citizen(exchange, LANDLINE) as citizen:
            await citizen.answered(within_s=1)
            await (await operator.call(within_s=1)).answered()

    assert not any(event["type"] == "StasisStart" for event in controller.events)


async def test_no_controller_and_no_heartbeat_is_the_fallback(instance: Instance, exchange: Address) -> None:
    await _without_broadcast(instance)
    async with (
        SoftPhone(exchange, OPERATORS, "201", instance.secrets.sip_passwords["201"]) as operator,
        Citizen(exchange, LANDLINE) as citizen,
    ):
        await citizen.answered(within_s=1)
        await (await operator.call(within_s=1)).answered()

    assert citizen.result().final_status == 200
