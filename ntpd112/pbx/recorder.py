"""Recording by MixMonitor over AMI: it follows the call through every bridge and survives the controller.

A recording that cannot be made never harms the call; it is told, so that somebody repairs it.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from ntpd112.core import messages as m
from ntpd112.pbx.ami.client import AmiClient
from ntpd112.pbx.ami.errors import AmiError
from ntpd112.pbx.line import Line

_AMI_WITHIN_S = 2.0
"""A connection that is about to stand, as after a start, is waited for."""
_WAV_HEADER_BYTES = 44
_OPENED_AFTER_S = 1.0
_WRITTEN_AFTER_S = 4.0
"""Asterisk writes 32 KiB at a time: two seconds of sound."""
_LOOK_EVERY_S = 0.5
_FILE_VARIABLE = "MIXMONITOR_FILENAME"
"""Where MixMonitor says what it writes."""

_Begun = tuple[float, Line, Path]
"""A recording, and since when its file has not been looked at: monotonic seconds."""


class Recorder:
    """Starts recordings below ``folder``, one folder a day, and looks whether the file really appears.

    ``is_here``: the folder is on this machine; nobody can look for a file elsewhere.
    """

    def __init__(
        self, ami: AmiClient, folder: Path, submit: Callable[[m.Event], None], *, is_here: bool = True
    ) -> None:
        self._ami = ami
        self._folder = folder
        self._submit = submit
        self._is_here = is_here
        self._opening: deque[_Begun] = deque()
        self._growing: deque[_Begun] = deque()

    async def start(self, line: Line) -> None:
        """Record a line, both directions mixed, until it ends; once more when AMI was away the first time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_AMI_WITHIN_S):
                await self._ami.connected()
        if line.is_recorded or line.gone:
            return
        file = self._folder / line.recording
        try:
            # What was asked for before AMI broke down may have been done all the same: never overwrite it.
            if not (line.was_to_be_recorded and await self._is_being_written(line, file)):
                line.was_to_be_recorded = True
                await self._ami.action("MixMonitor", Channel=line.channel_name, File=str(file))
        except AmiError as error:
            if not line.gone:
                self._submit(m.RecordingFailed(line.call_id, str(error)))
            return
        line.is_recorded = True
        self._submit(m.RecordingStarted(line.call_id, line.recording))
        if self._is_here:
            self._opening.append((time.monotonic(), line, file))

    async def run(self) -> None:
        """Look whether files appear and grow, all that are due at once, until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            now = time.monotonic()
            opened = await self._look(self._opening, now - _OPENED_AFTER_S, 0)
            self._growing.extend((now, line, file) for line, file in opened)
            await self._look(self._growing, now - _WRITTEN_AFTER_S, _WAV_HEADER_BYTES)

    async def _look(self, begun: deque[_Begun], before: float, at_least: int) -> list[tuple[Line, Path]]:
        """Take those out that have begun ``before``, tell of files that are too short, and return the others."""
        due: list[tuple[Line, Path]] = []
        while begun and begun[0][0] <= before:
            _, line, file = begun.popleft()
            due.append((line, file))
        due = [(line, file) for line, file in due if not line.gone]  # else Asterisk has written what there is
        sizes = await asyncio.to_thread(_sizes, [file for _, file in due]) if due else []
        well = []
        for (line, file), size in zip(due, sizes, strict=True):
            if size >= at_least:
                well.append((line, file))
            elif not line.gone:
                why = f"{file} is not written; is there space, and may Asterisk write?"
                self._submit(m.RecordingFailed(line.call_id, why))
        return well

    async def _is_being_written(self, line: Line, file: Path) -> bool:
        if self._is_here:
            return await asyncio.to_thread(_size, file) >= 0
        said = await self._ami.action("Getvar", Channel=line.channel_name, Variable=_FILE_VARIABLE)
        return said.get("Value", "") == str(file)


def recording_file(name: str) -> str:
    """Return where a recording of this name lies, below the recordings' folder."""
    day = time.strftime("%Y-%m-%d", time.gmtime())
    return f"{day}/{re.sub(r'[^A-Za-z0-9._-]', '_', name)}.wav"


def _sizes(files: list[Path]) -> list[int]:
    return [_size(file) for file in files]


def _size(file: Path) -> int:
    """Return a file's size in bytes, -1 when there is none."""
    try:
        return file.stat().st_size
    except OSError:
        return -1
