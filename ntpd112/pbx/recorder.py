"""Recording by MixMonitor over AMI: it follows the call through every bridge and survives the controller.

A recording that cannot be made never harms the call; it is told, so that somebody repairs it.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from pathlib import Path

from ntpd112.core import messages as m
from ntpd112.pbx.ami.client import AmiClient
from ntpd112.pbx.ami.errors import AmiError

_OPENED_AFTER_S = 1.0
_WRITTEN_AFTER_S = 4.0
"""Asterisk writes 32 KiB at a time: two seconds of sound."""
_WAV_HEADER_BYTES = 44


class Recorder:
    """Starts recordings below ``folder``, one folder a day, and looks whether the file really appears."""

    def __init__(self, ami: AmiClient, folder: Path, submit: Callable[[m.Event], None]) -> None:
        self._ami = ami
        self._folder = folder
        self._submit = submit

    async def start(self, call_id: str, channel_name: str, name: str) -> None:
        """Record a channel, both directions mixed, until it ends."""
        day = time.strftime("%Y-%m-%d", time.gmtime())
        relative = f"{day}/{re.sub(r'[^A-Za-z0-9._-]', '_', name)}.wav"
        file = self._folder / relative
        try:
            await self._ami.action("MixMonitor", Channel=channel_name, File=str(file))
        except AmiError as error:
            self._submit(m.RecordingFailed(call_id, str(error)))
            return
        self._submit(m.RecordingStarted(call_id, relative))
        await asyncio.sleep(_OPENED_AFTER_S)
        there = await asyncio.to_thread(_size, file) >= 0
        if there:
            await asyncio.sleep(_WRITTEN_AFTER_S)
            there = await asyncio.to_thread(_size, file) >= _WAV_HEADER_BYTES
        if not there:
            self._submit(m.RecordingFailed(call_id, f"{file} is not written; is there space, and may Asterisk write?"))


def _size(file: Path) -> int:
    """Return a file's size in bytes, -1 when there is none."""
    try:
        return file.stat().st_size
    except OSError:
        return -1
