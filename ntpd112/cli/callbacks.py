"""Commands about callers whose line was lost: ``callbacks`` (whom to call) and ``called-back`` (done)."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from ntpd112.cli.asking import ask_database
from ntpd112.cli.operators import whoever
from ntpd112.cli.output import CANNOT, console, fail, show
from ntpd112.cli.recorded import clock_time, instant
from ntpd112.store.callbacks import Callbacks
from ntpd112.store.queries import Records


def callbacks(
    since: Annotated[str, typer.Option("--since", metavar="WHEN", help="As of `calls`.")] = "24h",
    abandoned: Annotated[bool, typer.Option("--abandoned", help="Also those who hung up before an operator.")] = False,
) -> None:
    """List callers whose line was lost, who reached nobody since, and whom nobody has called back."""
    start = instant(since)
    due = ask_database(lambda engine: Callbacks(engine).due(start, abandoned=abandoned))
    rows = [
        (
            one.call_id,
            clock_time(one.arrived_at),
            one.ani or "",
            one.type or "-",
            one.stage,
            one.operator or "-",
            one.cause,
        )
        for one in due
    ]
    show(
        ("call", "arrived", "number", "about", "lost while", "operator", "cause"),
        rows,
        none="nobody is to be called back",
    )


def called_back(
    call_id: Annotated[str, typer.Argument(metavar="CALL", help="Its id, as `callbacks` lists it.")],
    note: Annotated[str, typer.Option("--note", help="What came of it.")] = "",
    by: Annotated[str, typer.Option("--by", help="Who called; left out: you.")] = "",
) -> None:
    """Take a call off the list of whom to call back."""
    if ask_database(lambda engine: Records(engine).call(call_id)) is None:
        fail(f"there is no call {call_id}", "`ntpd112 callbacks` lists whom to call back", CANNOT)
    who = by or whoever()
    if not ask_database(lambda engine: Callbacks(engine).settle(call_id, time.time(), who, note)):
        fail(f"{call_id} was called back already", "`ntpd112 callbacks` lists who was not", CANNOT)
    console().print(f"{call_id}: called back by {who}")
