"""One process of ours, in a session of its own: the terminal's Ctrl-C is ours to pass on, in the right order."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import IO

from ntpd112.settings import Settings


class Child:
    """``words``: where its few words for the admin go; None: our standard error."""

    def __init__(self, settings: Settings, arguments: Sequence[str], words: IO[bytes] | None) -> None:
        """``arguments``: of Python."""
        self._settings = settings
        self._arguments = arguments
        self._words = words
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """Its process id; 0 while none runs."""
        return self._process.pid if self._process is not None and self._process.returncode is None else 0

    async def start(self) -> None:
        """Start it."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *self._arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stderr=self._words,
            stdout=self._words,
            env={**os.environ, **environment(self._settings)},
            start_new_session=True,
        )

    async def wait(self) -> int:
        """Return its exit status once it has ended."""
        return await self._process.wait() if self._process is not None else 0

    async def end(self, number: signal.Signals, within_s: float) -> None:
        """Send a signal, and kill it when it has not ended in time."""
        if not self.pid or self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)
        try:
            async with asyncio.timeout(within_s):
                await self._process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()


def environment(settings: Settings) -> Mapping[str, str]:
    """Return the environment variables that give another process exactly these settings."""
    return {f"NTPD112_{name.upper()}": str(value) for name, value in settings.model_dump(mode="json").items()}
