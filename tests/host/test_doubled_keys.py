"""Asterisk reports keys twice that follow each other fast, and each counts once all the same."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ntpd112.pbx.ari import generated as ari
from ntpd112.pbx.keys import Keys
from ntpd112.simulate.citizen import Citizen
from ntpd112.simulate.sipp import Address
from tests.asterisk import Instance, private_asterisk
from tests.host.conftest import LANDLINE
from tests.host.controller import Controller

_CERTAIN = {
    # seconds: of a key, of a pause, and for how long the network holds packets back
    "by hand": (0.1, 0.1, 0.0),
    "long keys, short pauses": (0.2, 0.04, 0.0),
    "all keys at once": (0.1, 0.1, 5.0),
    "all keys of a speed dial at once": (0.1, 0.02, 5.0),
}
_STARVED = {
    "speed dial": (0.1, 0.02, 0.0),
    "fast speed dial": (0.06, 0.02, 0.0),
    "as short as Q.24 allows": (0.04, 0.04, 0.0),
    "network stuck for 0.3 s": (0.1, 0.1, 0.3),
}
"""A starved Asterisk reports some of these keys so late that a second press could be meant: both count, as no press may
be lost. What an idle machine reports stands in ``tests/pbx/test_keys.py``."""


@pytest.mark.parametrize(("keys", "is_joined"), [("*2113#", True), ("1122#", False), ("1111", True)])
async def test_keys_count_once_however_fast_they_come(keys: str, is_joined: bool, tmp_path: Path) -> None:
    doubled = 0
    wrong = []
    async with private_asterisk(tmp_path, broadcast_claim_ms=3000) as instance, Controller(instance) as controller:
        for number, (pace, how) in enumerate((_CERTAIN | _STARVED).items(), 1):
            reports = await _reports(instance, controller, number, keys, how, is_joined=is_joined)
            once = Keys()
            heard = "".join(report.digit for report in reports if not once.is_repeated(report))
            doubled += len(reports) > len(keys)
            if heard != keys and (pace in _CERTAIN or not _has_all(heard, keys)):
                wrong.append(f"{pace}: {heard} of {_told(reports)}")

    assert not wrong, "\n".join(wrong)
    assert doubled > 0


def _has_all(heard: str, keys: str) -> bool:
    """Tell whether all keys were heard, in their order."""
    rest = iter(heard)
    return all(key in rest for key in keys)


def _told(reports: list[ari.ChannelDtmfReceived]) -> str:
    """Return reports as keys and milliseconds from the first."""
    first = reports[0].timestamp
    return " ".join(f"{one.digit}@{(one.timestamp - first).total_seconds() * 1000:.0f}" for one in reports)


async def _reports(
    instance: Instance,
    controller: Controller,
    number: int,
    keys: str,
    how: tuple[float, float, float],
    *,
    is_joined: bool,
) -> list[ari.ChannelDtmfReceived]:
    """Return what Asterisk reports of a citizen's keys, until it has nothing more to say of them."""
    seconds, gap_s, held_s = how
    exchange = Address(str(instance.settings.sip_address), instance.settings.sip_port)
    async with Citizen(exchange, LANDLINE) as citizen:
        await citizen.answered()
        _, channel = await controller.arrival(number)
        if is_joined:
            await controller.post("bridges", bridgeId=f"conversation-{number}", type="mixing")
            await controller.post(f"bridges/conversation-{number}/addChannel", channel=channel["id"])
        voice = citizen.audio
        if held_s:
            voice.hold_back()
        voice.press(f"{keys}D", seconds=seconds, gap_s=gap_s)
        if held_s:
            await asyncio.sleep(min(held_s, len(keys) * (seconds + gap_s) + 0.3))
            voice.let_go()
        async with asyncio.timeout(20.0):
            while not (found := _of(controller, channel["id"])) or found[-1].digit != "D":  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        citizen.hang_up()
        await controller.heard("StasisEnd", number)
        return [report for report in found if report.digit != "D"]


def _of(controller: Controller, channel_id: str) -> list[ari.ChannelDtmfReceived]:
    events = [event for event in controller.events if event["type"] == "ChannelDtmfReceived"]
    reports = [ari.ChannelDtmfReceived.model_validate(event) for event in events]
    return [report for report in reports if report.channel.id == channel_id]
