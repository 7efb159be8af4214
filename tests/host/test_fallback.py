"""Without a controller, callers still come to operators."""

from __future__ import annotations

import asyncio

from ntpd112.simulate.behaviour import NoAnswer
from ntpd112.simulate.citizen import Citizen
from ntpd112.simulate.phone import Phone, SoftPhone
from ntpd112.simulate.sipp import Address
from tests.asterisk import Instance
from tests.host.conftest import LANDLINE, OPERATORS
from tests.host.controller import Controller


def phone(instance: Instance, exchange: Address, operator: str = "201", **options: object) -> SoftPhone:
    return SoftPhone(exchange, OPERATORS, operator, instance.secrets.sip_passwords[operator], **options)  # type: ignore[arg-type]


async def test_given_no_controller_when_a_citizen_calls_then_a_registered_operator_answers(
    instance: Instance, exchange: Address
) -> None:
    async with phone(instance, exchange) as operator, Citizen(exchange, LANDLINE) as citizen:
        await citizen.answered(within_s=2)
        call = await operator.call(within_s=1)
        await call.answered()
        call.hang_up()
        result = await citizen.ended()

    assert result.ended_by == "centre"
    assert "0215550101" in call.caller


async def test_given_a_hung_controller_when_a_citizen_calls_then_an_operator_answers(
    instance: Instance, exchange: Address
) -> None:
    async with (
        Controller(instance, claims=False) as controller,
        phone(instance, exchange) as operator,
        Citizen(exchange, LANDLINE) as citizen,
    ):
        await controller.heard("CallBroadcast")
        await citizen.answered(within_s=2)
        call = await operator.call()
        await call.answered()

    assert citizen.result().final_status == 200


async def test_given_a_controller_gives_a_call_back_then_an_operator_answers(
    instance: Instance, exchange: Address
) -> None:
    async with (
        Controller(instance) as controller,
        phone(instance, exchange) as operator,
        Citizen(exchange, LANDLINE) as citizen,
    ):
        _, channel = await controller.arrival()
        await citizen.answered()
        await controller.post(f"channels/{channel['id']}/continue")
        call = await operator.call()
        await call.answered()

    assert citizen.result().heard_packets > 0


async def test_given_nobody_is_registered_then_the_caller_hears_music_until_somebody_is(
    instance: Instance, exchange: Address
) -> None:
    async with Citizen(exchange, LANDLINE) as citizen:
        await citizen.answered(within_s=2)
        await asyncio.sleep(7)
        before = citizen.audio.received_packets
        await asyncio.sleep(1)
        heard = citizen.audio.received_packets - before
        async with phone(instance, exchange) as operator:
            call = await operator.call(within_s=20)
            await call.answered()

    assert heard > 40
    assert citizen.result().talk_s > 8


async def test_given_only_logged_out_operators_then_their_phones_ring_after_a_while(
    instance: Instance, exchange: Address
) -> None:
    await instance.asterisk.rx("queue pause member PJSIP/201 queue fallback reason test")
    async with phone(instance, exchange) as operator, Citizen(exchange, LANDLINE) as citizen:
        await citizen.answered(within_s=2)
        call = await operator.call(within_s=40)
        await call.answered()

    assert citizen.result().talk_s > 14


async def test_given_no_operator_answers_then_the_overflow_number_outside_is_rung(
    instance: Instance, exchange: Address
) -> None:
    async with (
        phone(instance, exchange, behaviour=NoAnswer()),
        Phone(exchange, LANDLINE, local_port=5060) as neighbour,
        Citizen(exchange, LANDLINE) as citizen,
    ):
        await citizen.answered(within_s=2)
        call = await neighbour.call(within_s=70)
        await call.answered()

    assert "0211120002" in call.dialled
    assert "0215550101" in call.caller
    assert "0215550101" in call.identity


async def test_the_network_is_not_told_who_answered(instance: Instance, exchange: Address) -> None:
    async with phone(instance, exchange) as operator, Citizen(exchange, LANDLINE) as citizen:
        call = await operator.call()
        await call.answered()
        await citizen.answered()
        await asyncio.sleep(0.5)
        messages = (citizen.sipp.folder / "messages.log").read_text()

    assert "SIP/2.0 200" in messages
    assert "UPDATE sip:" not in messages
    assert "Sari" not in messages


async def test_log_in_codes_work_without_a_controller(instance: Instance, exchange: Address) -> None:
    async with phone(instance, exchange) as operator:
        assert await operator.dial_and_wait("*12") == "ended"
        paused = await instance.asterisk.rx("queue show fallback")
        assert await operator.dial_and_wait("*11") == "ended"
        unpaused = await instance.asterisk.rx("queue show fallback")

    assert "paused" in next(line for line in paused.splitlines() if "PJSIP/201" in line)
    assert "paused" not in next(line for line in unpaused.splitlines() if "PJSIP/201" in line)


async def test_an_operator_dials_another_without_a_controller(instance: Instance, exchange: Address) -> None:
    async with phone(instance, exchange) as sari, phone(instance, exchange, "202") as budi:
        dialled = sari.dial("202")
        call = await budi.call()
        await dialled.answered()
        dialled.hang_up()
        await call.ended()

    assert "201" in call.caller


async def test_feature_codes_reach_the_controller(instance: Instance, exchange: Address) -> None:
    async with Controller(instance) as controller, phone(instance, exchange) as operator:
        dialled = operator.dial("*14#1")
        args, _ = await controller.arrival()
        await dialled.answered()
        dialled.hang_up()
        await dialled.ended()

    assert ":".join(args) == "dial:201:*14#1"


async def test_112_from_an_operators_phone_is_an_emergency_call(instance: Instance, exchange: Address) -> None:
    async with Controller(instance) as controller, phone(instance, exchange) as operator:
        dialled = operator.dial("112")
        args, _ = await controller.arrival()
        await dialled.answered()
        dialled.hang_up()
        await dialled.ended()

    assert args[:3] == ["in", "internal", "112"]


async def test_a_call_without_a_controller_is_recorded(instance: Instance, exchange: Address) -> None:
    async with phone(instance, exchange) as operator, Citizen(exchange, LANDLINE, tone_hz=440) as citizen:
        await citizen.answered()
        await (await operator.call()).answered()
        await asyncio.sleep(1)
    await instance.empty()

    [recording] = instance.layout.recordings.glob("fallback-*.wav")
    assert recording.stat().st_size > 16_000


async def test_the_second_ledger_names_caller_and_dialled_number(instance: Instance, exchange: Address) -> None:
    async with Controller(instance) as controller, Citizen(exchange, LANDLINE, ddi="0211500293") as citizen:
        await citizen.answered()
        _, channel = await controller.arrival()
    await instance.empty()
    await asyncio.sleep(0.2)

    lines = [line for line in instance.layout.ledger.read_text().splitlines() if "landline" in line]
    assert len(lines) == 1
    assert channel["id"] in lines[0]
    assert "0215550101" in lines[0]
    assert "landline:0211500293" in lines[0]
