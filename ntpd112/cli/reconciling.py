"""``reconcile``: Asterisk's ledger, the journals and the records side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.text import Text

from ntpd112.cli.asking import ask_records
from ntpd112.cli.context import settings
from ntpd112.cli.output import CANNOT, WRONG, console, fail, show
from ntpd112.cli.recorded import clock_time, instant
from ntpd112.core.messages import CallArrived
from ntpd112.core.trace_events import InvitesRefused
from ntpd112.host.layout import Layout
from ntpd112.host.ledger import entries
from ntpd112.journal import JournalError, journals, read
from ntpd112.ledgers import compare, refusals
from ntpd112.web.link import Link, LinkError

_MOST = 1_000_000


def reconcile(
    since: Annotated[
        str, typer.Option("--since", metavar="WHEN", help="30m, 12h, 7d, today, all, or a date: 2026-11-24T08:00.")
    ] = "24h",
) -> None:
    """Compare Asterisk's own ledger, the journals and the records, and name every difference.

    INVITEs that Asterisk refused before they became calls, as the ear heard, are listed with the reason.
    Calls that were served while no controller was there are written into the records by the controller itself, within
    a minute of its return. Exit code 1: something is not explained.
    """
    start = instant(since)
    layout = Layout.of(settings())
    live = asyncio.run(_live())
    try:
        theirs = [entry for entry in entries(layout, start) if entry.arrived_at >= start]
        told = [(at, event) for at, event in _told(layout) if at >= start]
    except OSError as error:
        fail(f"a ledger cannot be read: {error}", "run this as the user who runs ntpd112", CANNOT)
    ours = ask_records(lambda records: records.calls_since(start - 1, limit=_MOST, self_calls=True))
    journalled = {event.call_id: at for at, event in told if isinstance(event, CallArrived)}
    refused = refusals((at, event) for at, event in told if isinstance(event, InvitesRefused))
    found = [one for one in compare(theirs, ours, journalled, live) if one.arrived_at >= start]
    # A record has the date of the clock as it was set last: perhaps another one than the ledgers have.
    absent = [one.call_id for one in found if one.kind == "not recorded"]
    known = ask_records(lambda records: records.known(absent)) if absent else set()
    found = [one for one in found if one.kind != "not recorded" or one.call_id not in known]
    found = sorted([*found, *refused], key=lambda one: one.arrived_at)
    show(
        ("call", "arrived", "difference", "why", "explained"),
        [(one.call_id, clock_time(one.arrived_at), one.kind, one.why, _said(explained=one.explained)) for one in found],
        none="no difference",
    )
    if console().is_terminal:
        more = f", {sum(one.count for one in refused)} INVITEs refused by Asterisk" if refused else ""
        counted = f"{len(theirs)} calls in Asterisk's ledger, {len(journalled)} in the journals, {len(ours)} records"
        console().print(f"{counted}, {len(live)} in progress{more}", style="dim")
    if not all(one.explained for one in found):
        raise typer.Exit(WRONG)


def _said(*, explained: bool) -> Text:
    return Text("yes", "green") if explained else Text("no", "bold red")


async def _live() -> set[str]:
    """Return the calls in progress; none when no controller runs."""
    try:
        async with Link(settings()) as link:
            room = (await link.state()).room
            return {*(call.call_id for call in room.calls), *room.selfcalls}
    except LinkError:
        return set()


def _told(layout: Layout) -> Iterator[tuple[float, CallArrived | InvitesRefused]]:
    """Yield every INVITE that the journals know of: calls that arrived, and what Asterisk refused."""
    for file in journals(layout.state / "journal"):
        try:
            for now, event in read(file):
                if isinstance(event, CallArrived | InvitesRefused):
                    yield now, event
        except JournalError:
            continue  # what stands before the damage has been taken
