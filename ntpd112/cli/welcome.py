"""What somebody needs to know when the room has opened: accounts, codes, files, and what to do next."""

from __future__ import annotations

from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ntpd112.cli.accounts import first_admin
from ntpd112.cli.context import program
from ntpd112.console.accounts import AccountError
from ntpd112.host.setup import Ready
from ntpd112.settings import Settings
from ntpd112.supervise.supervisor import Supervisor


def welcome(chosen: Settings, ready: Ready, supervisor: Supervisor, *, with_passwords: bool) -> RenderableType:
    """Say what runs and how to use it, in 80 columns."""
    city, codes = ready.city.city, ready.city.plan.codes
    version = ".".join(map(str, ready.install.version))
    is_served = bool(supervisor.controllers.pid)
    title = Text.assemble(
        ("\n  112 ", "bold white on red"),
        (
            f" {city.city} is open" + ("" if is_served else ", without a controller"),
            "bold green" if is_served else "red",
        ),
        "\n",
    )
    facts = Table.grid(padding=(0, 2, 0, 0))
    facts.add_column(style="bold cyan", no_wrap=True)
    facts.add_column(overflow="fold")
    local = (
        "\nthis machine only; NTPD112_SIP_ADDRESS=<address> opens it to phones and trunks"
        if chosen.sip_address.is_loopback
        else ""
    )
    facts.add_row(
        "Running",
        f"Asterisk {version} (pid {supervisor.asterisk.pid}), "
        + (
            f"controller (pid {supervisor.controllers.pid}) and a standby beside it"
            if is_served
            else "which rings the operators; controllers are started again and again: see above"
        ),
    )
    facts.add_row("SIP server", f"{chosen.sip_address}:{chosen.sip_port}, UDP and TCP{local}")
    facts.add_row("Console", _console(chosen, with_passwords=with_passwords))
    facts.add_row("Operators", _accounts(ready, with_passwords=with_passwords))
    pauses = " ".join(f"{codes.on_break}{digit} {reason}" for digit, reason in codes.break_reasons.items())
    facts.add_row("They dial", f"{codes.log_in} log in, {codes.ready} ready, {codes.log_out} log out\nbreak: {pauses}")
    facts.add_row(
        "In a call",
        f"{codes.hold} hold, {codes.mute} mute, {codes.blind}number# blind transfer\n"
        f"{codes.warm}number# ask first; then {codes.complete} hand over, {codes.conference} all three, "
        f"{codes.cancel} back",
    )
    trunks = ", ".join(f"{', '.join(map(str, trunk.addresses))} ({name})" for name, trunk in city.trunks.items())
    facts.add_row("Call 112", f"from any operator's phone, or from a trunk:\n{trunks}")
    facts.add_row("Records", f"{_short(chosen.state_dir)}/ntpd112.db, voices in recordings/, logs in log/")
    if chosen.database_url:
        facts.add_row("Database", "as NTPD112_DATABASE_URL says")
    facts.add_row("Routing", f"{_short(chosen.city_file)}: edit, `check`, `reload`")
    name = program()
    facts.add_row("Next", f"{name} watch | calls | operators | demo | --help")
    return Group(title, facts, Text("\nCtrl-C stops it. A closed terminal does not.\n", "dim"))


def _console(chosen: Settings, *, with_passwords: bool) -> str:
    if not chosen.console_port:
        return "none, as console_port is 0"
    lines = [chosen.console_url]
    try:
        if with_passwords and (password := first_admin(chosen.state_dir)):
            lines.append(f"sign in as admin with {password}")
    except (AccountError, OSError) as error:
        lines.append(f"nobody can sign in: {error}")
    return "\n".join((*lines, f"more people: {program()} account add --help"))


def _accounts(ready: Ready, *, with_passwords: bool) -> RenderableType:
    table = Table.grid(padding=(0, 2, 0, 0))
    passwords = ready.secrets.sip_passwords
    for extension, operator in sorted(ready.city.city.operators.items()):
        table.add_row(
            Text(extension, "bold"),
            operator.name,
            Text(passwords.get(extension, "-") if with_passwords else "", "yellow"),
            Text(", ".join(operator.skills), "dim"),
        )
    if not with_passwords:
        return Group(table, Text(f"passwords: {program()} operators --passwords", "dim"))
    return table


def _short(path: Path) -> str:
    absolute = path.absolute()
    return str(absolute.relative_to(Path.cwd())) if absolute.is_relative_to(Path.cwd()) else str(absolute)
