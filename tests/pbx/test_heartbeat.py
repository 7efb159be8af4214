"""The heartbeat is a number of milliseconds by the clock of Asterisk's machine, and grows."""

from __future__ import annotations

import asyncio
import time

import pytest

from ntpd112.pbx.ari import AriClient
from ntpd112.pbx.heartbeat import Heartbeat


@pytest.mark.parametrize("is_here", [True, False])
async def test_each_beat_is_a_later_time_wherever_asterisk_runs(ari: AriClient, is_here: bool) -> None:
    heart = Heartbeat(ari, lambda: True, is_here=is_here)
    beats = []
    for _ in range(3):
        await heart.beat()
        beats.append(int((await ari.asterisk_get_global_var(variable="NTPD_HB")).value))
        await asyncio.sleep(0.01)
    assert beats == sorted(set(beats))
    assert abs(beats[0] / 1000 - time.time()) < 60
