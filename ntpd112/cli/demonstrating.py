"""``demo``: the whole room beside a real one, with simulated people, and a count at the end."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Final

import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from ntpd112.cli.context import program, settings
from ntpd112.cli.looking import moved
from ntpd112.cli.output import CANNOT, GOOD, WRONG, fail
from ntpd112.cli.recorded import call_row
from ntpd112.cli.room import RoomScreen
from ntpd112.cli.running import prepared, start_or_fail, take_room
from ntpd112.cli.terminal import Terminal
from ntpd112.core.records import CallRecord
from ntpd112.demo.instance import NETWORK, demo_city, demo_settings
from ntpd112.demo.mix import NAMES, Crowd
from ntpd112.demo.play import PATIENCE_S, Play
from ntpd112.host.packages import SIMULATION, ensure_packages
from ntpd112.host.setup import Ready
from ntpd112.settings import Settings
from ntpd112.store.engine import open_database
from ntpd112.store.queries import Answering, ClockReading, Records
from ntpd112.store.trouble import TROUBLE
from ntpd112.supervise.controller_process import log_file
from ntpd112.supervise.supervisor import Supervisor
from ntpd112.web.link import Link, LinkError

_TAIL_S: Final = PATIENCE_S + 4.0
"""From the last caller's coming to the end."""
_SHORTEST_S: Final = 2.0
_LAST: Final = 6
_PLAIN_EVERY_S: Final = 5.0
_DRAIN_S: Final = 5.0
_DRAW_S: Final = 0.5


def demo(
    seconds: Annotated[float, typer.Option("--seconds", min=5, help="How long, in all.")] = 90.0,
    rate: Annotated[float, typer.Option("--rate", min=0.05, max=5, help="New callers each second, on average.")] = 0.7,
    seed: Annotated[int, typer.Option("--seed", help="The same seed brings the same callers.")] = 112,
    network: Annotated[str, typer.Option("--network", help="First three numbers of the loopback addresses.")] = NETWORK,
) -> None:
    """Show it all working: citizens call, operators answer, for 90 s, on addresses and data of its own.

    Ends with exit code 1 when the calls sent by SIPp and the records written differ.
    """
    if not network.startswith("127.") or network.count(".") != 2:  # noqa: PLR2004
        fail(f"--network {network} is no part of this machine's loopback", "write it like 127.112.0", CANNOT)
    chosen = demo_settings(settings(), network)
    lock = take_room(chosen)
    terminal = Terminal(chosen.state_dir / "log" / "up.log")
    try:
        chosen.city_file.write_text(demo_city(network), encoding="utf-8")
        ready = prepared(chosen, terminal, lambda: ensure_packages(SIMULATION, terminal.progress))
        with terminal.foreground():
            code = asyncio.run(_Demo(chosen, ready, terminal, network, rate, seed).run(seconds))
    finally:
        lock.release()
    raise typer.Exit(code)


@dataclass
class _Demo:
    settings: Settings
    ready: Ready
    terminal: Terminal
    network: str
    rate: float
    seed: int

    async def run(self, seconds: float) -> int:
        self.began = time.time()
        self.calling_s = max(_SHORTEST_S, seconds - _TAIL_S)
        self.seconds = seconds
        self.last: list[CallRecord] = []
        secrets, plan = self.ready.secrets, self.ready.city.plan
        crowd = Crowd(self.rate)
        self.play = Play(self.network, self.ready.city.city, secrets.sip_passwords, plan.codes, crowd, self.seed)
        log = log_file(self.settings).with_suffix(".out")
        log.parent.mkdir(exist_ok=True)
        words = log.open("ab")
        with words, self.terminal.signals() as asked:
            supervisor = Supervisor(self.settings, self.ready, self.terminal.say, words)
            self.terminal.progress("starting Asterisk and the controller")
            await start_or_fail(supervisor)
            try:
                async with self._around(supervisor):
                    await self.play.run(self.calling_s, asked.stop)
            finally:
                self.terminal.progress("everybody has gone home; stopping the controller and Asterisk")
                await supervisor.stop(_DRAIN_S, asked.hurry)
        return await self._sum_up()

    @contextlib.asynccontextmanager
    async def _around(self, supervisor: Supervisor) -> AsyncIterator[None]:
        """While the play runs: keep the room alive, watch it and show it."""
        with contextlib.ExitStack() as stack:
            live = None
            if self.terminal.is_one:
                live = stack.enter_context(Live(auto_refresh=False, screen=True, transient=True))
            async with asyncio.TaskGroup() as tasks:
                around = [
                    tasks.create_task(supervisor.keep()),
                    tasks.create_task(self._watch()),
                    tasks.create_task(self._read_records()),
                    tasks.create_task(self._draw(live) if live else self._write()),
                ]
                try:
                    yield
                finally:
                    for task in around:
                        task.cancel()

    async def _watch(self) -> None:
        while True:
            with contextlib.suppress(LinkError):
                async with Link(self.settings) as link:
                    async for state in link.watch():
                        self.play.state = state
            await asyncio.sleep(_DRAW_S)

    async def _read_records(self) -> None:
        engine = open_database(self.settings.database)
        try:
            while True:
                with contextlib.suppress(*TROUBLE):
                    self.last = (await Records(engine).calls_since(self.began, limit=100_000))[-_LAST:]
                await asyncio.sleep(_DRAW_S * 2)
        finally:
            await engine.dispose()

    async def _draw(self, live: Live) -> None:
        while True:
            await asyncio.sleep(_DRAW_S)
            height = live.console.height
            live.update(Group(self._progress(), self._screen(height)), refresh=True)

    async def _write(self) -> None:
        while True:
            await asyncio.sleep(_PLAIN_EVERY_S)
            state, tally = self.play.state, self.play.tally
            if state is not None:
                busy = sum(one.activity != "idle" for one in state.room.operators)
                self.terminal.print(
                    Text(
                        f"{time.time() - self.began:5.1f} s  sent={sum(tally.sent.values())} ended={tally.ended} "
                        f"waiting={state.room.waiting} in_room={len(state.room.calls)} operators_busy={busy}"
                    )
                )

    def _progress(self) -> Text:
        gone, tally = time.time() - self.began, self.play.tally
        return Text.assemble(
            ("112 demo ", "bold white on red"),
            f" {gone:3.0f} of about {self.seconds:.0f} s   {sum(tally.sent.values())} calls",
            (f", {tally.repeated} redialled" if tally.repeated else ""),
            ("   Ctrl-C ends it\n", "dim"),
            no_wrap=True,
        )

    def _screen(self, height: int) -> RenderableType:
        state = self.play.state
        if state is None:
            return Text("operators are logging in", "dim")
        now = moved(state, max(0.0, time.time() - state.room.now))
        return RoomScreen(now, height=height - _LAST - 5, below=self._last_records())

    def _last_records(self) -> RenderableType:
        table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="dim", pad_edge=False)
        for name in ("last records", "from", "by", "about", "outcome", "to"):
            table.add_column(name, no_wrap=True, overflow="ellipsis")
        table.add_column("human", justify="right", no_wrap=True)
        for one in reversed(self.last):
            table.add_row(*call_row(one)[1:8])
        return table

    async def _sum_up(self) -> int:
        tally = self.play.tally
        engine = open_database(self.settings.database)
        try:
            records = Records(engine)
            outcomes = await records.outcomes(self.began)
            answering = await records.answering(self.began)
        finally:
            await engine.dispose()
        sent, written = sum(tally.sent.values()), sum(outcomes.values())
        same = sent == written
        facts = Table.grid(padding=(0, 2, 0, 0))
        facts.add_column(style="bold cyan", no_wrap=True)
        facts.add_column(overflow="fold")
        kinds = ", ".join(f"{tally.sent[kind]} {name}" for kind, name in NAMES.items() if tally.sent[kind])
        facts.add_row("calls sent", f"{sent} by SIPp: {kinds}")
        verdict = ("every call has its record", "green") if same else (f"{abs(sent - written)} differ", "bold red")
        facts.add_row("records", Text.assemble(f"{written} written: ", verdict))
        facts.add_row("outcomes", ", ".join(f"{number} {name}" for name, number in outcomes.items()) or "none")
        for name, share in _clocks(answering):
            facts.add_row(name, share)
        facts.add_row("gave up", f"{answering.abandoned}, {answering.abandoned_within_15_s} of them within 15 s")
        for trouble in tally.troubles:
            facts.add_row("trouble", Text(trouble, "red"))
        name = f"{program()} --state-dir {self.settings.state_dir}"
        facts.add_row("look closer", f"{name} calls\n{name} call last\n{name} replay")
        self.terminal.print(Group(Text("\nWhat the demo did\n", "bold"), facts, Text()))
        return GOOD if same and not tally.troubles else WRONG


def _clocks(answering: Answering) -> list[tuple[str, str]]:
    return [
        ("human after INVITE", _shares(answering.from_invite)),
        ("human after queue", _shares(answering.from_queue)),
    ]


def _shares(clock: ClockReading) -> str:
    if not clock.answered:
        return "nobody was answered"
    return (
        f"{100 * clock.within_15_s / clock.of_15_s:.0f} % within 15 s, "
        f"{100 * clock.within_20_s / clock.of_20_s:.0f} % within 20 s of {clock.of_15_s}; "
        f"longest {clock.longest_s or 0:.1f} s"
    )
