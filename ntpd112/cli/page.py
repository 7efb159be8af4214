"""The console's page, built while the room is open already: npm may wait minutes for a registry, callers may not."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys

from ntpd112.cli.terminal import Terminal
from ntpd112.console.build import built_already
from ntpd112.settings import Settings


async def build_page(chosen: Settings, terminal: Terminal) -> None:
    """Build the page if it is not there; the console serves it as soon as it is. Ends all of it when cancelled.

    Never raises: the room stays open without a page.
    """
    try:
        await _build(chosen, terminal)
    except OSError as error:
        terminal.say("warning", f"the console has no page: {error}")


async def _build(chosen: Settings, terminal: Terminal) -> None:
    if not chosen.console_port or built_already(chosen.cache_dir) is not None:
        return
    terminal.progress("making the console's page (a few seconds, once)")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "ntpd112.console.build", str(chosen.cache_dir)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        output, _ = await process.communicate()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    if process.returncode:
        terminal.say("warning", f"the console has no page: {output.decode(errors='replace').strip()}")
