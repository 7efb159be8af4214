"""What the room looks like on a terminal: operators, calls, alarms; and as plain lines for pipes."""

from __future__ import annotations

import time
from collections.abc import Iterator

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from ntpd112.cli.output import seconds
from ntpd112.core.view import CallView, OperatorView
from ntpd112.web.control import SelfCall, State

_SIDE_BY_SIDE = 132
"""Columns from which operators stand beside the calls."""
_SELF_CALL_LASTS_S = 60.0
_COLOURS = {
    "talking": "green",
    "conference": "green",
    "consulting": "green",
    "on_hold": "cyan",
    "ringing": "yellow",
    "wrap_up": "magenta",
    "waiting": "bold yellow",
    "idle": "dim",
    "available": "green",
    "on_break": "yellow",
    "logged_out": "dim",
    "unreachable": "red",
    "in_use": "cyan",
    "free": "dim",
}


class RoomScreen:
    """The whole room; calls that do not fit the height are counted instead."""

    def __init__(self, state: State, *, height: int = 0, below: RenderableType | None = None) -> None:
        self._state = state
        self._height = height
        self._below = below

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Lay it out for the width there is."""
        state, room = self._state, self._state.room
        rows = 0
        if self._height:
            beside = options.max_width >= _SIDE_BY_SIDE
            rows = max(3, self._height - 8 - (0 if beside else len(room.operators) + 2))
        yield headline(state)
        yield troubles(state) or ""
        operators, calls = operators_table(room.operators), calls_table(state, rows)
        if options.max_width >= _SIDE_BY_SIDE:
            grid = Table.grid(padding=(0, 4))
            grid.add_column()
            grid.add_column(ratio=1)
            grid.add_row(operators, calls)
            yield grid
        else:
            yield operators
            yield ""
            yield calls
        if self._below is not None:
            yield ""
            yield self._below
        yield from _alarms(state)


def headline(state: State) -> Text:
    """Say in one line how the room and its parts are."""
    room = state.room
    ready = sum(o.presence == "available" and o.phone != "unreachable" for o in room.operators)
    talking = sum(call.connected_at is not None for call in room.calls)
    line = Text(no_wrap=True, overflow="ellipsis")
    line.append(time.strftime("%H:%M:%S", time.localtime(room.now)), "bold")
    line.append(f"  {len(room.calls)} in the room", "bold")
    line.append(f"  {room.waiting} waiting", "bold yellow" if room.waiting else "dim")
    if room.waiting:
        line.append(f" (longest {seconds(room.longest_wait_s)})", "yellow")
    line.append(f"  {talking} talking", "green" if talking else "dim")
    line.append(f"  {ready} on duty", "" if ready else "bold red")
    own = state.health.self_call
    if own is not None and own.at is not None and own.voice_s is not None:
        line.append(f"  called itself {seconds(room.now - own.at)} ago: voice after {seconds(own.voice_s)}", "dim")
    return line


def troubles(state: State) -> Text | None:
    """Say in one line which parts are not well; None when all are."""
    health = state.health
    parts = (("Asterisk", health.ari), ("its manager (AMI)", health.ami), ("the records' database", health.database))
    said = [f"{name} is lost" for name, well in parts if not well]
    if health.spilled or health.lost:
        said.append(f"{health.spilled} records wait for the database, {health.lost} are lost")
    if health.followers == 0:
        said.append("no standby on another machine gets the journal")
    if health.ear is not None and not health.ear.alive:
        said.append("the ear hears nothing: refused INVITEs leave no trace")
    if health.self_call is not None:
        said += _self_call_troubles(health.self_call, state.room.now)
    return Text("; ".join(said), "bold red", no_wrap=True, overflow="ellipsis") if said else None


def _self_call_troubles(own: SelfCall, now: float) -> Iterator[str]:
    if own.at is not None and now - own.at > own.every_s + _SELF_CALL_LASTS_S:
        yield f"no self-call for {seconds(now - own.at)}"
    if own.stage != "ok" or own.text:
        yield f"self-call: {own.stage.replace('_', ' ')}, {own.text}"


def operators_table(operators: tuple[OperatorView, ...]) -> Table:
    """Who is there and what they do."""
    table = _table("operator", "", "presence", "phone", "doing", "calls|r")
    for one in operators:
        presence = one.presence + (f" ({one.reason})" if one.reason else "")
        doing = one.activity if one.presence == "available" or one.activity != "idle" else ""
        phone = one.phone.replace("_", " ") + (f", {one.phone_does}" if one.phone_does else "")
        table.add_row(
            one.operator,
            Text(one.name),
            Text(presence.replace("_", " "), _COLOURS.get(one.presence, "")),
            Text(phone, _COLOURS.get(one.phone, "")),
            Text(doing.replace("_", " "), _COLOURS.get(one.activity, "")),
            str(one.calls),
        )
    return table


def calls_table(state: State, rows: int = 0) -> Table:
    """Who calls, in the order of their turns; with ``rows``, no more than so many."""
    now = state.room.now
    table = _table("turn|r", "from", "by", "about", "is", "since|r", "with")
    calls = state.room.calls
    shown = calls[: rows - 1] if rows and len(calls) > rows else calls
    for call in shown:
        table.add_row(
            str(call.turn),
            Text(call.ani or "no number"),
            call.trunk,
            call.type or Text("-", "dim"),
            Text(call.state.replace("_", " "), _COLOURS.get(call.state, "")),
            seconds(now - since(call)),
            _with(call),
        )
    if not calls:
        table.add_row("", Text("nobody calls", "dim"))
    elif len(shown) < len(calls):
        table.add_row("", Text(f"and {len(calls) - len(shown)} more", "dim"))
    return table


def since(call: CallView) -> float:
    """Return when its present stage began: the wait from the arrival, the talk from the first human."""
    return call.connected_at if call.connected_at is not None else call.arrived_at


def plain(state: State) -> Iterator[str]:
    """Write the room as lines: what it is, then values with tabs between."""
    room, health = state.room, state.health
    yield f"room\twaiting={room.waiting}\tlongest_wait_s={room.longest_wait_s:.1f}\tcalls={len(room.calls)}"
    yield (
        f"health\tasterisk={_yes(health.ari)}\tphones={_yes(health.ami)}\tdatabase={_yes(health.database)}"
        f"\tspilled={health.spilled}\tlost={health.lost}\tpid={health.pid}"
        + (f"\tfollowers={health.followers}" if health.followers is not None else "")
    )
    if (own := health.self_call) is not None:
        age_s = "-" if own.at is None else f"{room.now - own.at:.1f}"
        voice_s = "-" if own.voice_s is None else f"{own.voice_s:.1f}"
        stage = "-" if own.at is None else own.stage
        yield f"self_call\tstage={stage}\tage_s={age_s}\tvoice_s={voice_s}\ttext={own.text or '-'}"
    for one in room.operators:
        parts = (one.operator, one.name, one.presence, one.reason or "-", one.phone, one.activity, f"calls={one.calls}")
        yield "\t".join(("operator", *parts))
    for call in room.calls:
        yield "\t".join(("call", *call_words(call), f"since_s={room.now - since(call):.1f}"))
    for alarm in state.alarms:
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(alarm.at))
        yield "\t".join(("alarm", at, alarm.kind, alarm.text, alarm.call_id or "-", alarm.operator or "-"))


def call_words(call: CallView) -> tuple[str, ...]:
    """Describe a live call for a plain line, without what changes by itself."""
    others = ",".join(call.speaks_with or (_rung(call, name) for name in call.ringing)) or "-"
    silent = ",".join(party or "caller" for party in call.unheard)
    stage = call.state + (f" (no sound from {silent})" if silent else "")
    return (call.call_id, call.ani or "-", call.trunk, call.type or "-", stage, others)


class Changes:
    """Tells what changed in the room, as plain lines."""

    def __init__(self) -> None:
        self._calls: dict[str, tuple[str, ...]] = {}
        self._operators: dict[str, tuple[str, ...]] = {}

    def of(self, state: State) -> Iterator[str]:
        """Yield a line for each call and operator that is not as it was."""
        at = time.strftime("%H:%M:%S", time.localtime(state.room.now))
        calls = {call.call_id: call_words(call) for call in state.room.calls}
        operators: dict[str, tuple[str, ...]] = {
            one.operator: (one.operator, one.name, one.presence, one.reason or "-", one.phone, one.activity)
            for one in state.room.operators
        }
        for call_id, words in calls.items():
            if self._calls.get(call_id) != words:
                yield "\t".join((at, "call", *words))
        for call_id in self._calls.keys() - calls.keys():
            yield "\t".join((at, "call", *self._calls[call_id][:4], "ended", "-"))
        for operator, words in operators.items():
            if self._operators.get(operator) != words:
                yield "\t".join((at, "operator", *words))
        self._calls, self._operators = calls, operators


def _table(*columns: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="dim", pad_edge=False)
    for column in columns:
        name, _, how = column.partition("|")
        table.add_column(name, justify="right" if how == "r" else "left", no_wrap=True, overflow="ellipsis")
    return table


def _with(call: CallView) -> Text:
    if call.speaks_with:
        silent = ", ".join(party or "caller" for party in call.unheard)
        return Text(", ".join(call.speaks_with) + (f", no sound from {silent}" if silent else ""), "green")
    return (
        Text(f"rings {', '.join(_rung(call, name) for name in call.ringing)}", "yellow") if call.ringing else Text("")
    )


def _rung(call: CallView, name: str) -> str:
    return f"{name} (answered, no key yet)" if name in call.unconfirmed else name


def _alarms(state: State, shown: int = 3) -> Iterator[RenderableType]:
    if not state.alarms:
        return
    lines = [Text()]
    for alarm in state.alarms[-shown:]:
        at = time.strftime("%H:%M:%S", time.localtime(alarm.at))
        lines.append(
            Text.assemble((f"{at} {alarm.kind}", "bold red"), f" {alarm.text}", no_wrap=True, overflow="ellipsis")
        )
    yield Group(*lines)


def _yes(well: bool) -> str:
    return "up" if well else "down"
