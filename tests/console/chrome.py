"""A real browser with a microphone that sounds a tone, and an ear for what it plays."""

from __future__ import annotations

import asyncio
import math
import os
import shutil
import struct
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser as Engine
from playwright.async_api import BrowserContext, Page, async_playwright
from playwright.async_api import TimeoutError as TimedOut

from tests.console.office import PASSWORD
from tests.stories.world import PATIENCE_S

PICTURES = Path(__file__).parents[2] / ".ntpd112" / "pictures"
"""What the pages look like, to be looked at."""
MICROPHONE_HZ = 1500.0
HELD_MS = 1300
"""As long as a key or a button is held that cannot be taken back: a little longer than it asks for."""
_SIGNED_IN = "main.desk, main.overview, main.records, main.wall-main"
"""What somebody who is signed in is shown."""
_RATE = 48_000
_LISTEN = """
(() => {
  const Original = RTCPeerConnection
  window.ears = []
  window.RTCPeerConnection = class extends Original {
    constructor(...args) {
      super(...args)
      this.addEventListener("track", (event) => {
        const context = new AudioContext()
        const analyser = context.createAnalyser()
        analyser.fftSize = 4096
        context.createMediaStreamSource(new MediaStream([event.track])).connect(analyser)
        window.ears.push({ context, analyser })
      })
    }
  }
  window.microphones = []
  const devices = navigator.mediaDevices
  const open = devices?.getUserMedia.bind(devices)
  if (open) devices.getUserMedia = async (wanted) => {
    const stream = await open(wanted)
    window.microphones.push(stream)
    return stream
  }
})()
"""
_LOUDEST_HZ = """
async () => {
  const ear = window.ears.at(-1)
  if (!ear) return 0
  await ear.context.resume()
  const { analyser, context } = ear
  const bins = new Float32Array(analyser.frequencyBinCount)
  analyser.getFloatFrequencyData(bins)
  const loudest = bins.indexOf(Math.max(...bins))
  return bins[loudest] > -70 ? (loudest * context.sampleRate) / analyser.fftSize : 0
}
"""


@asynccontextmanager
async def chrome(folder: Path) -> AsyncIterator[Engine]:
    """Run the browser for the length of the block."""
    tone = folder / "microphone.wav"
    await asyncio.to_thread(_write_tone, tone)
    program = shutil.which("chromium")
    assert program is not None, "run `make test-machine`"
    arguments = [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={tone}",
        "--disable-features=WebRtcHideLocalIpsWithMdns",
        "--disable-gpu",
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
    ]
    async with async_playwright() as playwright:
        engine = await playwright.chromium.launch(executable_path=program, args=arguments)
        try:
            yield engine
        finally:
            await engine.close()


class Desk:
    """One page of somebody who signs in there."""

    def __init__(self, context: BrowserContext, page: Page, url: str) -> None:
        self.context = context
        self._url = url
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: self._heard(said.type, said.text))

    async def open(self) -> None:
        await self.page.goto(self._url)
        await self.page.wait_for_selector(f"#name, {_SIGNED_IN}")

    def _heard(self, kind: str, text: str) -> None:
        # To be refused is no error: whether somebody is signed in is found out so.
        if kind == "error" and "status of 401" not in text:
            self.errors.append(text)

    async def sign_in(self, name: str) -> None:
        await self.page.fill("#name", name)
        await self.page.fill("#password", PASSWORD)
        await self.page.keyboard.press("Enter")
        await self.page.wait_for_selector(_SIGNED_IN)

    async def says(self, where: str, what: str, within_s: float = PATIENCE_S) -> None:
        """Wait until this can be read there."""
        try:
            await self.page.locator(where, has_text=what).first.wait_for(timeout=within_s * 1000)
        except TimedOut:
            await self.picture("failed")
            raise AssertionError(f"{what!r} is not in {where}; see {PICTURES}/failed.png") from None

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)

    async def hold(self, key: str) -> None:
        """Hold a key as long as what cannot be taken back asks for."""
        await self.page.keyboard.down(key)
        await asyncio.sleep(HELD_MS / 1000)
        await self.page.keyboard.up(key)

    async def classes(self, key: str) -> None:
        """Say what a call was, or what came of it, once the keys mean that."""
        await self.says(".classify kbd", key)
        await self.press(key)

    async def is_in(self, field: str) -> None:
        """Wait until the cursor is in this field of the form."""
        await self.page.wait_for_function("id => document.activeElement?.id === id", arg=f"field-{field}")

    async def hears(self, hz: float, within_s: float = PATIENCE_S) -> None:
        """Wait until this tone is the loudest in what the page plays."""
        heard = 0.0
        try:
            async with asyncio.timeout(within_s):
                while abs(heard - hz) > 30:
                    await asyncio.sleep(0.1)
                    heard = await self.page.evaluate(_LOUDEST_HZ)
        except TimeoutError:
            raise AssertionError(f"it hears {heard:.0f} Hz and not {hz:.0f} Hz") from None

    async def has_open_microphone(self) -> bool:
        """Tell whether the page has a microphone open now."""
        opened: bool = await self.page.evaluate("window.microphones.some((stream) => stream.active)")
        return opened

    async def picture(self, name: str) -> None:
        """Keep what it looks like, for people to look at."""
        await self.page.screenshot(path=PICTURES / f"{name}.png")


@asynccontextmanager
async def desk(
    engine: Engine, url: str, *, width: int = 1366, height: int = 768, dark: bool = False, opened: bool = True
) -> AsyncIterator[Desk]:
    """Open the console in a window of its own; no error may come up in it."""
    context = await engine.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
    )
    try:
        await context.add_init_script(_LISTEN)
        made = Desk(context, await context.new_page(), url)
        if opened:
            await made.open()
        yield made
        assert not made.errors, made.errors
    finally:
        await context.close()


def _write_tone(file: Path) -> None:
    """Write a tone that has no seam when it is repeated."""
    samples = (round(12_000 * math.sin(2 * math.pi * MICROPHONE_HZ * n / _RATE)) for n in range(_RATE))
    with wave.open(str(file), "wb") as audio:
        audio.setnchannels(1)
        audio.setsampwidth(2)
        audio.setframerate(_RATE)
        audio.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
