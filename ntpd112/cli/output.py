"""How commands speak: one console, errors with cause and cure, and the exit codes.

======  ==========================================================================
code    meaning
======  ==========================================================================
0       done
1       done, and something is wrong: mistakes in the city file, a refused request,
        records and calls that differ
2       cannot be done as asked: unknown option, operator, call or file
3       ntpd112 does not run for this instance folder (or runs already, for ``up``)
4       this machine lacks something, or a port is taken
130     interrupted
======  ==========================================================================

On a terminal there are tables and colours; into a pipe go plain lines with tabs, one thing a line, for ``grep`` and
``cut``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Final, NoReturn

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

GOOD: Final = 0
WRONG: Final = 1
CANNOT: Final = 2
NOT_RUNNING: Final = 3
MACHINE: Final = 4

_WIDE: Final = 10_000
_NARROW: Final = 100


def console() -> Console:
    """Return the console of standard output; a pipe gets lines that nobody breaks."""
    made = Console(highlight=False)
    return made if made.is_terminal else Console(highlight=False, width=_WIDE)


def fail(cause: str, cure: str = "", code: int = CANNOT) -> NoReturn:
    """End the command: say what is wrong and what helps, on standard error."""
    err = Console(stderr=True, highlight=False, soft_wrap=True)
    err.print(Text.assemble(("error: ", "bold red"), cause))
    if cure:
        err.print(Text(f"  {cure}", style="green"))
    raise typer.Exit(code)


def show(columns: Sequence[str], rows: Iterable[Sequence[str | Text]], *, title: str = "", none: str = "") -> None:
    """Print a table; into a pipe, one line a row with tabs between, and no heading."""
    out = console()
    rows = list(rows)
    if not out.is_terminal:
        for row in rows:
            sys.stdout.write("\t".join(str(cell) for cell in row) + "\n")
        return
    if not rows:
        out.print(none or "nothing", style="dim")
        return
    table = Table(
        box=None,
        padding=(0, 1 if out.width < _NARROW else 2, 0, 0),
        pad_edge=False,
        show_edge=False,
        header_style="dim",
        title=title or None,
        title_justify="left",
    )
    for column in columns:
        name, _, how = column.partition("|")
        table.add_column(
            name,
            justify="right" if "r" in how else "left",
            no_wrap="w" not in how,
            ratio=1 if "w" in how else None,
            overflow="fold" if "w" in how else "ellipsis",
        )
    for row in rows:
        table.add_row(*row)
    out.print(table)


def seconds(value: float | None) -> str:
    """Write a duration as people read it: ``4.2 s``, ``3:05``, ``1:02:03``; ``-`` for none."""
    if value is None:
        return "-"
    if value < 60:  # noqa: PLR2004
        return f"{value:.1f} s"
    hours, rest = divmod(int(value), 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"
