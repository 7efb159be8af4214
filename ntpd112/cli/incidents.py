"""Commands about incidents: read them, and add to them."""

from __future__ import annotations

import time
from typing import Annotated, Final

import typer
from rich.text import Text

from ntpd112.cli.asking import ask_records
from ntpd112.cli.context import city, send, settings, state
from ntpd112.cli.operators import whoever
from ntpd112.cli.output import CANNOT, console, fail, show
from ntpd112.cli.recorded import clock_time
from ntpd112.core.messages import IncidentEdited
from ntpd112.core.records import (
    IncidentCallLinked,
    IncidentFact,
    IncidentNoted,
    IncidentStatus,
    IncidentStatusSet,
    IncidentTypeSet,
)
from ntpd112.store.queries import Incident

app = typer.Typer(help="Read incidents, and add notes, types, calls.", no_args_is_help=True)
_DONE: Final[dict[type[IncidentFact], str]] = {
    IncidentNoted: "note added",
    IncidentTypeSet: "type set",
    IncidentStatusSet: "status set",
    IncidentCallLinked: "call linked",
}
Id = Annotated[str, typer.Argument(metavar="INCIDENT", help="Such as i-1700000000.12; `incident show` lists them.")]
By = Annotated[str, typer.Option("--by", help="Who says so; left out: you.")]


@app.command("show")
def show_incidents(
    incident: Annotated[str, typer.Argument(metavar="INCIDENT", help="Left out: all open ones.")] = "",
) -> None:
    """Show one incident with its calls and notes, or list the open ones."""
    if incident:
        _print(_known(incident))
        return
    open_ones = ask_records(lambda records: records.open_incidents())
    rows = [
        (one.incident_id, clock_time(one.opened_at), one.type or "-", one.operator or "-", str(len(one.calls)))
        for one in open_ones
    ]
    show(("incident", "opened", "type", "operator", "calls|r"), rows, none="no incident is open")


@app.command("note")
def note(incident: Id, text: str, by: By = "") -> None:
    """Add a note."""
    _add(IncidentNoted(_known_id(incident), time.time(), by or whoever(), text))


@app.command("type")
def set_type(incident: Id, emergency: Annotated[str, typer.Argument(metavar="TYPE")], by: By = "") -> None:
    """Say what kind of emergency it is."""
    types = city(settings()).city.types
    if emergency not in types:
        fail(f"there is no type {emergency}", f"the city file has {', '.join(types)}")
    _add(IncidentTypeSet(_known_id(incident), time.time(), by or whoever(), emergency))


@app.command("close")
def close(incident: Id, by: By = "") -> None:
    """Close it."""
    _set_status(incident, "closed", by)


@app.command("reopen")
def reopen(incident: Id, by: By = "") -> None:
    """Open it again."""
    _set_status(incident, "open", by)


@app.command("link")
def link(incident: Id, call: Annotated[str, typer.Argument(metavar="CALL")], by: By = "") -> None:
    """Say that one more call reports the same emergency."""
    if all(one.call_id != call for one in state().room.calls) and not ask_records(lambda records: records.call(call)):
        fail(f"there is no call {call}", "`ntpd112 calls` lists them", CANNOT)
    _add(IncidentCallLinked(_known_id(incident), call, time.time(), by or whoever()))


def _set_status(incident: str, status: IncidentStatus, by: str) -> None:
    _add(IncidentStatusSet(_known_id(incident), time.time(), by or whoever(), status))


def _add(fact: IncidentFact) -> None:
    send(IncidentEdited(fact))
    console().print(f"{fact.incident_id}: {_DONE[type(fact)]}")


def _known_id(incident: str) -> str:
    return _known(incident).incident_id


def _known(incident: str) -> Incident:
    wanted = incident if incident.startswith("i-") else f"i-{incident}"
    found = ask_records(lambda records: records.incident(wanted))
    if found is None:
        fail(f"there is no incident {incident}", "`ntpd112 incident show` lists the open ones", CANNOT)
    return found


def _print(one: Incident) -> None:
    out = console()
    out.print(Text(one.incident_id, "bold"), Text(one.status, "green" if one.status == "open" else "dim"))
    out.print(f"type {one.type or '-'}, opened {clock_time(one.opened_at)} by {one.operator or '-'}")
    if one.closed_at is not None:
        out.print(f"closed {clock_time(one.closed_at)}")
    for call in one.calls:
        out.print(f"call {call.call_id}, linked {clock_time(call.at)} by {call.by}")
    for said in one.notes:
        out.print(Text(f"{clock_time(said.at)} {said.by}: {said.text}"))
