"""Commands about the city file: ``check`` (is it good?) and ``explain`` (what would it do to a call?).

Exit codes: 0 good, 1 the file has mistakes, 2 the command itself cannot be carried out (no such file, trunk, time).
Problems are printed as ``file:line:column: error: ...``, which editors and ``grep`` understand.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ntpd112.config.explain import Staff, Step, explain
from ntpd112.config.load import CityFile, load_city
from ntpd112.config.problem import CityError, Finding, Problem
from ntpd112.config.prove import cases
from ntpd112.host.errors import HostError
from ntpd112.host.secrets import load_secrets
from ntpd112.settings import Settings

GOOD: Final = 0
MISTAKES: Final = 1
CANNOT: Final = 2
_WIDE: Final = 10_000
"""Columns when the output goes to a file or a pipe: no line is broken."""
_COLOURS: Final = {"error": "bold red", "warning": "yellow"}

CityPath = Annotated[Path | None, typer.Argument(metavar="FILE", help="The city file; left out: this instance's.")]


def check(
    file: CityPath = None,
    strict: Annotated[bool, typer.Option("--strict", help="Count warnings as mistakes.")] = False,
) -> None:
    """Check a city file: every mistake with its line, and proof that every call reaches a human."""
    path = file or Settings().city_file
    good = _load(path)
    console = _console()
    warnings = (*good.warnings, *_without_password(good, path))
    _print_problems(console, warnings, path)
    calls = sum(1 for _ in cases(good.city, good.plan))
    city = good.city
    counted = {"trunk": len(city.trunks), "type": len(city.types), "queue": len(city.queues)}
    counted["operator"] = len(city.operators)
    held = ", ".join(f"{number} {name}{'' if number == 1 else 's'}" for name, number in counted.items())
    console.print(f"[green]good:[/] {path}: {held} (version {good.digest})", highlight=False)
    console.print(f"{calls} ways to call were tried{_reached(good)}", highlight=False)
    raise typer.Exit(MISTAKES if strict and warnings else GOOD)


def _without_password(good: CityFile, path: Path) -> list[Problem]:
    """Name the trunks of this instance that have a user name and no password to prove it by."""
    mine = Settings()
    if path.absolute() != mine.city_file.absolute():
        return []
    try:
        known = load_secrets(mine.state_dir).trunk_passwords
    except HostError:
        return []  # there is no instance yet
    problems = []
    for name, trunk in good.city.trunks.items():
        if trunk.outward.username and name not in known:
            where = ("trunks", name, "outward", "username")
            cure = f"give it the one that the provider gave you: ntpd112 trunk-password {name}"
            finding = Finding(where, f"trunk {name} has a user name and no password", cure, "warning")
            problems.append(good.document.problem(finding))
    return problems


def explain_call(
    file: CityPath = None,
    from_: Annotated[str, typer.Option("--from", help="The calling number, as the trunk delivers it.")] = "",
    to: Annotated[str, typer.Option("--to", help="The number dialled.")] = "112",
    trunk: Annotated[str, typer.Option("--trunk", help="Name of the trunk; left out: the first.")] = "",
    at: Annotated[str, typer.Option("--at", help="Time of day, such as 02:00.")] = "",
    digits: Annotated[str, typer.Option("--digits", help="Keys the caller presses, one after each menu.")] = "",
    staff: Annotated[
        str, typer.Option("--staff", help="Who is logged in: everybody, nobody, both, or extensions (201,204).")
    ] = "both",
) -> None:
    """Tell step by step what would happen to a call that nobody picks up, and which line decides it."""
    if at and not re.fullmatch("([01]?[0-9]|2[0-3]):[0-5][0-9]", at):
        _cannot(f"--at {at} is no time of day; write it like 02:00")
    if not re.fullmatch("[0-9*#]*", digits):
        _cannot(f"--digits {digits} holds something that no telephone has; write 0 to 9, * and #")
    good = _load(file or Settings().city_file)
    console = _console()
    for who in _staffs(staff):
        try:
            steps = explain(good, from_, to, trunk, at, digits, who)
        except ValueError as error:
            _cannot(str(error))
        heading = who if isinstance(who, str) else ", ".join(who)
        console.print(f"\n[bold]With {heading} logged in[/]", highlight=False)
        _print_steps(console, steps, good)


def _staffs(staff: str) -> list[Staff | tuple[str, ...]]:
    match staff:
        case "both":
            return ["everybody", "nobody"]
        case "everybody" | "nobody":
            return [staff]
    return [tuple(part.strip() for part in staff.split(",") if part.strip())]


def _load(path: Path) -> CityFile:
    try:
        return load_city(path)
    except CityError as error:
        _print_problems(_console(), error.problems, path)
        raise typer.Exit(CANNOT if not path.is_file() else MISTAKES) from error


def _cannot(why: str) -> NoReturn:
    Console(stderr=True, soft_wrap=True).print(f"[bold red]error:[/] {why}", highlight=False)
    raise typer.Exit(CANNOT)


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=_WIDE)


def _reached(good: CityFile) -> str:
    waits = any("can only wait" in problem.message for problem in good.warnings)
    return "; with nobody logged in a caller can only wait" if waits else ": every one reaches a human"


def _print_problems(console: Console, problems: tuple[Problem, ...], path: Path) -> None:
    lines = _source(path)
    for problem in problems:
        where = f"{path}:{problem.line}:{problem.column}: " if problem.line else f"{path}: "
        head = Text.assemble(where, (f"{problem.severity}: ", _COLOURS[problem.severity]))
        if problem.path:
            head.append(f"{problem.path}: ", style="bold")
        if not console.is_terminal:
            console.print(head.append(f"{problem.message}; {problem.cure}"), soft_wrap=True)
            continue
        console.print(head.append(problem.message))
        if 0 < problem.line <= len(lines):
            _print_source(console, lines[problem.line - 1], problem.column)
        console.print(Padding(Text(problem.cure, style="green"), (0, 0, 1, 4)))
    found = Counter(problem.severity for problem in problems)
    if found["error"]:
        more = f", {found['warning']} warnings" if found["warning"] else ""
        console.print(f"{found['error']} error{'' if found['error'] == 1 else 's'}{more}", highlight=False)


def _source(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _print_source(console: Console, line: str, column: int) -> None:
    shown = line.expandtabs(1)
    first = max(0, column - console.width // 2)
    part = shown[first : first + console.width - 6]
    console.print(Padding(Text(part, style="dim"), (0, 0, 0, 4)), no_wrap=True)
    console.print(Text(f"{' ' * (4 + column - 1 - first)}^", style="cyan"))


def _print_steps(console: Console, steps: list[Step], good: CityFile) -> None:
    if not console.is_terminal:
        for step in steps:
            where = f"{good.name}:{step.line}" if step.line else good.name
            console.print(
                f"{where}: {step.at_s:.1f} s: {step.what}: {step.text}", soft_wrap=True, highlight=False, markup=False
            )
        return
    table = Table(box=None, padding=(0, 1), show_edge=False)
    table.add_column("s", justify="right", style="cyan", no_wrap=True)
    table.add_column("", style="bold", no_wrap=True)
    table.add_column("", ratio=1, overflow="fold")
    table.add_column("line", justify="right", style="dim", no_wrap=True)
    for step in steps:
        table.add_row(f"{step.at_s:.1f}", step.what, Text(step.text), str(step.line or ""))
    console.print(table)
