"""Asterisk starts fast, clean and listening where it should, and stops."""

from __future__ import annotations

import time
from pathlib import Path

from ntpd112.simulate.citizen import Citizen
from ntpd112.simulate.sipp import Address
from tests.asterisk import Instance, private_asterisk
from tests.host.conftest import LANDLINE
from tests.host.controller import Controller


async def test_a_fresh_instance_starts_fast_with_a_clean_log(tmp_path: Path) -> None:
    async with private_asterisk(tmp_path) as instance:
        began = time.monotonic()
        await instance.asterisk.stop()
        await instance.asterisk.start(die_with_parent=True)
        took = time.monotonic() - began

        assert took < 5
        assert instance.log() == []
        assert "Could not" not in instance.layout.output.read_text()


async def test_a_served_call_leaves_the_log_clean(instance: Instance, exchange: Address) -> None:
    async with Controller(instance) as controller, Citizen(exchange, LANDLINE) as citizen:
        await citizen.answered()
        _, channel = await controller.arrival()
        sound = f"sound:{instance.layout.sounds}/id/greeting"
        played = await controller.post(f"channels/{channel['id']}/play", media=sound)
        [finished] = await controller.heard("PlaybackFinished")

    assert played == 201
    assert finished["playback"]["state"] == "done"
    assert instance.log() == []
    assert citizen.result().heard_packets > 100
