"""The terminal of a command that runs for long: what it says, which signals it minds, and that it may vanish."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rich.console import Console, RenderableType
from rich.text import Text

from ntpd112.supervise.words import Level

_COLOURS: Final[dict[Level, str]] = {"info": "green", "warning": "yellow", "error": "bold red"}

_CLEAR: Final = "\r\x1b[K"
_STEPS: Final = frozenset(
    {"installing", "making", "refreshing", "starting", "unpacking", "waiting", "wrote", "everybody"}
)
"""How our own steps begin; other lines come from the programs they run."""


@dataclass
class Asked:
    """What somebody asked for by a signal."""

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    """SIGINT (Ctrl-C) or SIGTERM, however often."""
    hurry: asyncio.Event = field(default_factory=asyncio.Event)
    """SIGQUIT (Ctrl-\\): stop without waiting for calls in progress."""


class Terminal:
    """Says things; goes on in silence, into a file, when the terminal has been closed."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._console = Console(highlight=False)
        self.is_one = self._console.is_terminal
        self._passing = False
        """A line stands there that the next one replaces."""

    def say(self, level: Level, text: str) -> None:
        """Tell an admin something, with the time."""
        at = time.strftime("%H:%M:%S")
        word = "" if level == "info" else f"{level}: "
        self.print(Text.assemble((f"{at} ", "dim"), (word, _COLOURS[level]), text))

    def progress(self, text: str) -> None:
        """Tell that something began that takes a while; what programs write about it passes by in one line."""
        if not self.is_one or text.partition(" ")[0] in _STEPS:
            self.print(Text(f"  {text}", "dim"))
            return
        self._passing = True
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.write(f"{_CLEAR}    {text[: self._console.width - 6]}")
            sys.stdout.flush()

    def print(self, what: RenderableType) -> None:
        """Print, unless the terminal is gone: then write to the log from now on."""
        try:
            self.clear()
            self._console.print(what, soft_wrap=isinstance(what, Text))
        except (OSError, ValueError):
            self.leave()

    def clear(self) -> None:
        """Take away the line that passes by."""
        if self._passing:
            self._passing = False
            sys.stdout.write(_CLEAR)
            sys.stdout.flush()

    def leave(self) -> None:
        """Let go of the terminal: it was closed. Output goes to ``log/up.log``."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                os.dup2(descriptor, stream.fileno())
        os.close(descriptor)
        self._console = Console(highlight=False, file=sys.stdout, force_terminal=False, width=200)
        self.is_one = False

    @contextlib.contextmanager
    def signals(self) -> Iterator[Asked]:
        """Mind signals instead of ending by them. A closed terminal (SIGHUP) is no reason to stop: callers are here."""
        asked = Asked()
        loop = asyncio.get_running_loop()

        def stop() -> None:
            if asked.stop.is_set():
                self.say("info", "stopping already; Ctrl-\\ does not wait for calls in progress")
            asked.stop.set()

        def hurry() -> None:
            asked.stop.set()
            asked.hurry.set()

        def hung_up() -> None:
            self.leave()
            self.say("warning", "the terminal was closed: ntpd112 goes on; `ntpd112 stop` ends it")

        handlers = {signal.SIGINT: stop, signal.SIGTERM: stop, signal.SIGQUIT: hurry, signal.SIGHUP: hung_up}
        for number, handler in handlers.items():
            loop.add_signal_handler(number, handler)
        try:
            yield asked
        finally:
            for number in handlers:
                loop.remove_signal_handler(number)
                # Between here and the end of the process, as before: nothing that hurts.
                signal.signal(number, signal.SIG_IGN)

    @contextlib.contextmanager
    def foreground(self) -> Iterator[None]:
        """Be the terminal's only foreground process, so that Ctrl-C reaches us once and not the make above us.

        make would end at the second Ctrl-C and leave us behind. Ctrl-Z is off: a room cannot be suspended.
        """
        descriptor = _controlling_terminal()
        if descriptor < 0:
            yield
            return
        before = os.tcgetpgrp(descriptor)
        mine = before == os.getpgrp() and os.getpid() != before
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        signal.signal(signal.SIGTSTP, signal.SIG_IGN)
        if mine:
            os.setpgid(0, 0)
            os.tcsetpgrp(descriptor, os.getpgrp())
        try:
            yield
        finally:
            if mine:
                with contextlib.suppress(OSError):
                    os.tcsetpgrp(descriptor, before)
            os.close(descriptor)


def _controlling_terminal() -> int:
    try:
        return os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return -1
