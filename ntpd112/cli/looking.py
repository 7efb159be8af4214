"""Commands that look at the running room: ``status``, ``watch``; and ``reload``."""

from __future__ import annotations

import asyncio
import sys
from typing import Final

from rich.live import Live
from rich.text import Text

from ntpd112.cli.context import ask, program, settings, state
from ntpd112.cli.output import WRONG, console, fail
from ntpd112.cli.room import Changes, RoomScreen, plain
from ntpd112.core.view import RoomView
from ntpd112.web.control import State
from ntpd112.web.link import Link, LinkError

_TICK_S: Final = 1.0
_AGAIN_S: Final = 1.0


def status() -> None:
    """Show operators, calls and alarms as they are now."""
    now = state()
    out = console()
    if out.is_terminal:
        out.print(RoomScreen(now))
        return
    for line in plain(now):
        sys.stdout.write(line + "\n")


def watch() -> None:
    """Show the room live until Ctrl-C; into a pipe, a line for every change."""
    out = console()
    if out.is_terminal:
        state()  # tells at once, and not on a second screen, when nothing runs
        asyncio.run(_watch_live())
        return

    async def tell(link: Link) -> None:
        changes = Changes()
        async for now in link.watch():
            for line in changes.of(now):
                sys.stdout.write(line + "\n")
            sys.stdout.flush()

    ask(tell)


def reload() -> None:
    """Read the city file again; calls in progress keep the routing they came with."""
    problems = ask(Link.reload)
    if problems:
        for problem in problems:
            sys.stderr.write(problem + "\n")
        fail("the city file has mistakes; the routing stays as it was", f"correct it, try `{program()} check`", WRONG)
    console().print(f"new calls follow {settings().city_file} as it is now")


async def _watch_live() -> None:
    """Redraw after each change, and each second for the clocks; go on when the controller is started again."""
    chosen = settings()
    with Live(screen=True, auto_refresh=False, transient=True) as live:
        async with asyncio.TaskGroup() as tasks:
            screen = _Screen(live)
            tasks.create_task(screen.tick())
            while True:
                try:
                    async with Link(chosen) as link:
                        async for now in link.watch():
                            screen.take(now)
                except LinkError as error:
                    screen.lost(error)
                await asyncio.sleep(_AGAIN_S)


class _Screen:
    def __init__(self, live: Live) -> None:
        self._live = live
        self._state: State | None = None
        self._seen_at = 0.0
        self._trouble = ""

    def take(self, now: State) -> None:
        self._state, self._trouble = now, ""
        self._seen_at = asyncio.get_running_loop().time()
        self.draw()

    def lost(self, error: LinkError) -> None:
        self._trouble = f"{error}; waiting for it. {error.cure}"
        self.draw()

    def draw(self) -> None:
        foot = Text(self._trouble, "bold red") if self._trouble else Text("Ctrl-C leaves; the room goes on", "dim")
        if self._state is None:
            self._live.update(foot, refresh=True)
            return
        shown = self._state
        if not self._trouble:
            shown = moved(shown, asyncio.get_running_loop().time() - self._seen_at)
        self._live.update(RoomScreen(shown, height=self._live.console.height, below=foot), refresh=True)

    async def tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            self.draw()


def moved(state: State, by_s: float) -> State:
    """Return the same room some seconds later, as long as nothing happens."""
    room = state.room
    longest = room.longest_wait_s + by_s if room.waiting else 0.0
    later = RoomView(room.now + by_s, room.plan_version, room.waiting, longest, room.calls, room.operators)
    return State(later, state.health, state.alarms)
