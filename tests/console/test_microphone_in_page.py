"""A microphone that goes away: in a call the next one is taken, and without one nobody is rung who cannot be heard.

No browser lets a test pull a device out: the track is told what the browser tells it then, and the devices are refused
as the browser refuses what is not there.
"""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Browser as Engine

from tests.console.chrome import MICROPHONE_HZ, Desk, desk
from tests.console.office import office
from tests.console.test_two_pages import ready
from tests.exchange.desk import hears_an_operator

_NO_DEVICE = """
(() => {
  const devices = navigator.mediaDevices
  const open = devices.getUserMedia.bind(devices)
  window.pluggedIn = true
  devices.getUserMedia = (wanted) =>
    window.pluggedIn ? open(wanted) : Promise.reject(new DOMException("Requested device not found", "NotFoundError"))
})()
"""
_PULLED_OUT = "window.microphones.at(-1).getAudioTracks()[0].dispatchEvent(new Event('ended'))"


async def _sign_in(at: Desk) -> None:
    await at.page.evaluate(_NO_DEVICE)
    await ready(at, "siti")


async def _plug(at: Desk, *, plugged_in: bool) -> None:
    await at.page.evaluate(f"window.pluggedIn = {str(plugged_in).lower()}")
    await at.page.evaluate("navigator.mediaDevices.dispatchEvent(new Event('devicechange'))")


async def test_in_mid_call_the_next_one_is_taken_and_its_lack_is_told_with_the_cure(
    tmp_path: Path, engine: Engine
) -> None:
    async with office(tmp_path) as place, desk(engine, place.settings.console_url) as siti:
        await _sign_in(siti)
        caller = await place.world.citizen("mobile", ani="081234567890", tone_hz=900.0)
        await siti.says(".own button", "Jawab")
        await siti.press("F2")
        await hears_an_operator(caller.party, hz=MICROPHONE_HZ)
        await siti.page.evaluate(_PULLED_OUT)
        await siti.page.wait_for_function("() => window.microphones.at(-1).active && window.microphones.length > 1")
        await hears_an_operator(caller.party, hz=MICROPHONE_HZ)

        await _plug(siti, plugged_in=False)
        await siti.page.evaluate(_PULLED_OUT)
        await siti.says(".own .unheard", "Mikrofon terputus")
        await siti.says(".softphone", "Mikrofon terputus")
        await siti.picture("microphone-gone")
        await _plug(siti, plugged_in=True)
        await siti.page.locator(".own .unheard").wait_for(state="detached")
        await hears_an_operator(caller.party, hz=MICROPHONE_HZ)
        await place.world.hang_up(caller)
        await place.world.is_over(caller)


async def test_without_one_the_page_signs_off_and_says_so_until_there_is_one_again(
    tmp_path: Path, engine: Engine
) -> None:
    async with office(tmp_path) as place, desk(engine, place.settings.console_url) as siti:
        await _sign_in(siti)
        await _plug(siti, plugged_in=False)
        await siti.page.evaluate(_PULLED_OUT)
        await place.world.until(lambda: not place.world.seat("201").reachable)
        await siti.says(".own .unheard", "Mikrofon")
        await _plug(siti, plugged_in=True)
        await siti.says(".softphone", "Siap", within_s=30)
        await place.world.until(lambda: place.world.seat("201").reachable)
