"""Commands about the records: ``calls`` (a list) and ``call`` (everything about one)."""

from __future__ import annotations

import re
import sys
import time
from datetime import datetime
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from ntpd112.cli.asking import ask_records
from ntpd112.cli.context import settings
from ntpd112.cli.output import CANNOT, console, fail, seconds, show
from ntpd112.core.records import CallRecord
from ntpd112.store.queries import Records

_UNITS_S: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_COLOURS: Final = {"answered": "green", "abandoned": "yellow", "failed": "bold red", "overflowed": "cyan"}
_OUTCOMES: Final = ("answered", "abandoned", "overflowed", "transferred", "failed")
_EVER_S: Final = 0.0


def calls(
    since: Annotated[
        str, typer.Option("--since", metavar="WHEN", help="30m, 12h, 7d, today, all, or a date: 2026-11-24T08:00.")
    ] = "24h",
    outcome: Annotated[str, typer.Option("--outcome", help=", ".join(_OUTCOMES))] = "",
    operator: Annotated[str, typer.Option("--operator", help="Only calls this operator spoke on first.")] = "",
    number: Annotated[str, typer.Option("--from", metavar="NUMBER", help="Only calls from this number.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="The latest so many.")] = 100,
    self_calls: Annotated[bool, typer.Option("--self-calls", help="With those of the centre to itself.")] = False,
) -> None:
    """List the calls that have ended, earliest first; times are this machine's."""
    start = instant(since)
    if outcome and outcome not in _OUTCOMES:
        fail(f"there is no outcome {outcome}", f"there are {', '.join(_OUTCOMES)}")
    found = ask_records(
        lambda records: records.calls_since(start, outcome=outcome or None, limit=100_000, self_calls=self_calls)
    )
    digits = re.sub(r"\D", "", number).removeprefix("0")
    wanted = [
        one
        for one in found
        if (not operator or one.operator == operator) and (not digits or digits in f"{one.ani or ''} {one.ani_raw}")
    ]
    rows = [call_row(one) for one in wanted[-limit:]]
    columns: tuple[str, ...] = ("call", "arrived", "from", "by", "about", "outcome", "to", "human|r", "in all|r")
    narrow = console().is_terminal and console().width < 100  # noqa: PLR2004
    if narrow:
        columns, rows = columns[:3] + columns[4:], [row[:3] + row[4:] for row in rows]
    show(columns, rows, none="no calls; another time: --since 7d")
    if console().is_terminal and len(wanted) > limit:
        console().print(f"{len(wanted) - limit} earlier ones are left out: --limit {len(wanted)}", style="dim")


def call_row(one: CallRecord) -> tuple[str | Text, ...]:
    """Return one call as a row: to whom, after how long a wait for a human."""
    return (
        one.call_id,
        clock_time(one.arrived_at),
        one.ani or one.ani_raw or "no number",
        one.trunk,
        one.type or "-",
        Text(one.outcome, _COLOURS.get(one.outcome, "")),
        one.operator or one.destination or "-",
        seconds(one.invite_to_human_s),
        seconds(one.ended_at - one.arrived_at),
    )


def call(call_id: Annotated[str, typer.Argument(metavar="CALL", help="Its id, or `last`.")]) -> None:
    """Show everything on the record of one call."""

    async def wanted(records: Records) -> CallRecord | None:
        if call_id != "last":
            return await records.call(call_id)
        latest = await records.calls_since(_EVER_S, limit=1_000_000)
        return latest[-1] if latest else None

    found = ask_records(wanted)
    if found is None:
        fail(
            f"there is no record of a call {call_id}",
            "`ntpd112 calls` lists them; one in progress has none yet",
            CANNOT,
        )
    _print(found)


def clock_time(at: float) -> str:
    """Write an instant as this machine's time: the day too when it is not today."""
    moment = time.localtime(at)
    return time.strftime("%H:%M:%S" if moment[:3] == time.localtime()[:3] else "%Y-%m-%d %H:%M:%S", moment)


def instant(text: str) -> float:
    """Understand ``30m``, ``today``, ``all`` or a date; ends the command when it is none of them."""
    now = time.time()
    if span := re.fullmatch(r"(\d+)\s*([smhd])", text.strip()):
        return now - int(span[1]) * _UNITS_S[span[2]]
    if text == "all":
        return _EVER_S
    if text == "today":
        return datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    try:
        return datetime.fromisoformat(text).astimezone().timestamp()
    except ValueError:
        fail(f"--since {text} is no time", "write 30m, 12h, 7d, today, all or a date such as 2026-11-24T08:00")


def _print(one: CallRecord) -> None:
    facts: list[tuple[str, str]] = [
        ("call", one.call_id),
        ("from", f"{one.ani or 'no number'} ({one.ani_kind}, came as {one.ani_raw or 'nothing'}) {one.caller_name}"),
        ("to", f"{one.ddi} (dialled {one.ddi_raw}) by {one.trunk}"),
        ("outcome", f"{one.outcome} while {one.stage}; {one.cause}; side: {one.side}"),
        ("arrived", _moment(one.arrived_at)),
        ("answered", _after(one.answered_at, one.arrived_at)),
        ("queued", _after(one.queued_at, one.arrived_at) + (f" in {one.queue}" if one.queue else "")),
        ("first rang", _after(one.first_rang_at, one.arrived_at)),
        ("human", _after(one.connected_at, one.arrived_at)),
        ("ended", _after(one.ended_at, one.arrived_at)),
        ("waited", f"{seconds(one.invite_to_human_s)} from the INVITE, {seconds(one.queue_to_human_s)} in the queue"),
        ("about", f"{one.type or '-'}, language {one.language}, keys {one.digits or '-'}"),
        ("spoke with", " ".join(filter(None, (one.operator, one.destination))) or "-"),
        *(("location", line) for line in one.location.splitlines()),
        ("incident", one.incident_id or "-"),
        ("recording", str(settings().recordings_dir / one.recording) if one.recording else "-"),
        ("routing", one.plan_version),
        *(("note", note) for note in one.notes),
        *(
            (
                "rang",
                f"{offer.target} ({offer.kind}) {_after(offer.offered_at, one.arrived_at)} for "
                f"{seconds((offer.answered_at or offer.ended_at) - offer.offered_at)}: {offer.result} {offer.cause}",
            )
            for offer in one.offers
        ),
    ]
    out = console()
    if not out.is_terminal:
        for name, value in facts:
            sys.stdout.write(f"{name}\t{value}\n")
        return
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="bold cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts:
        table.add_row(name, Text(value))
    out.print(table)


def _moment(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at)) + f".{int(at % 1 * 1000):03}"


def _after(at: float | None, start: float) -> str:
    return "-" if at is None else f"after {seconds(at - start)}"
