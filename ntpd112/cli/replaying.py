"""``replay``: what the controller heard and decided, by deciding everything in a journal again."""

from __future__ import annotations

import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ntpd112.cli.context import settings
from ntpd112.cli.output import CANNOT, WRONG, console, fail
from ntpd112.core.messages import Action, Event, SaveCall
from ntpd112.journal import JournalError, journals
from ntpd112.journal import replay as replayed

_DULL = frozenset({"TimePassed"})


def replay(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="A journal; left out: the latest one.")] = None,
    call: Annotated[str, typer.Option("--call", metavar="CALL", help="Tell the story of this call.")] = "",
    full: Annotated[bool, typer.Option("--full", help="With every field of every event and action.")] = False,
) -> None:
    """Replay a journal: which calls it holds, or step by step what was heard (<) and decided (>) about one."""
    path = file or _latest()
    try:
        if call:
            _tell(path, call, full=full)
        else:
            _sum_up(path)
    except JournalError as error:
        fail(str(error), "", WRONG)
    except OSError as error:
        fail(f"{path} cannot be read: {error.strerror}", "journals lie in the instance's journal/ folder", CANNOT)


def _tell(path: Path, call: str, *, full: bool) -> None:
    out, start = console(), 0.0
    for now, event, actions in replayed(path):
        mine = [action for action in actions if _is_about(action, call)]
        if not mine and not _is_about(event, call):
            continue
        start = start or now
        at = time.strftime("%H:%M:%S", time.localtime(now)) + f".{int(now % 1 * 1000):03}"
        lead = f"{at} {now - start:7.3f} s "
        if _is_about(event, call) or type(event).__name__ not in _DULL:
            _print(out, lead, "<", _words(event, call, full=full))
        else:
            _print(out, lead, "<", Text("a deadline came", "dim"))
        for action in mine:
            _print(out, " " * len(lead), ">", _words(action, call, full=full))
    if not start:
        fail(f"call {call} is not in {path}", "`ntpd112 replay` without --call lists the calls of a journal", CANNOT)


def _sum_up(path: Path) -> None:
    heard: Counter[str] = Counter()
    decided: Counter[str] = Counter()
    calls: list[SaveCall] = []
    for _, event, actions in replayed(path):
        heard[type(event).__name__] += 1
        decided.update(type(action).__name__ for action in actions)
        calls += [action for action in actions if isinstance(action, SaveCall)]
    out = console()
    for saved in calls:
        one = saved.record
        at = time.strftime("%H:%M:%S", time.localtime(one.arrived_at))
        sys.stdout.write("\t".join((one.call_id, at, one.ani or "-", one.outcome, one.operator or "-")) + "\n")
    sys.stdout.flush()
    if out.is_terminal:
        out.print(f"\n{path}: {sum(heard.values())} events, {sum(decided.values())} actions, {len(calls)} calls ended")
        out.print("the story of one: --call ID", style="dim")


def _latest() -> Path:
    folder = settings().state_dir / "journal"
    found = journals(folder)
    if not found:
        fail(f"there is no journal in {folder}", "name a file, or the right folder: ntpd112 --state-dir FOLDER replay")
    return found[-1]


def _is_about(thing: Event | Action, call: str) -> bool:
    """Tell whether an event or action is of this call; the ids of legs and prompts begin with the call's."""
    return any(
        value == call or value.startswith((f"{call}.l", f"{call}.p")) for value in _strings(msgspec.to_builtins(thing))
    )


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner)


def _words(thing: Event | Action, call: str, *, full: bool) -> Text:
    values: dict[str, object] = msgspec.to_builtins(thing)
    name = str(values.pop("is"))
    if isinstance(thing, SaveCall) and not full:
        values = {"outcome": thing.record.outcome, "stage": thing.record.stage, "cause": thing.record.cause}
    said = [f"{key}={_value(value)}" for key, value in values.items() if full or (value and value != call)]
    return Text.assemble((name, "bold"), " ", re.sub(rf"{re.escape(call)}\.([lp]\d)", r".\1", "  ".join(said)))


def _value(value: object) -> str:
    """Write a value as people do: lists with commas, a fact by its name and what it says."""
    if isinstance(value, dict):
        inner = ", ".join(f"{key}={_value(part)}" for key, part in value.items() if key != "is" and part)
        return f"{value.get('is', '')}({inner})"
    if isinstance(value, list | tuple):
        return ",".join(_value(part) for part in value)
    return str(value)


def _print(out: Console, lead: str, mark: str, words: Text) -> None:
    colour = "cyan" if mark == "<" else "green"
    if not out.is_terminal:
        out.print(Text.assemble(lead, (f"{mark} ", colour), words), soft_wrap=True)
        return
    row = Table.grid()
    row.add_column(no_wrap=True)
    row.add_column(overflow="fold")
    row.add_row(Text.assemble((lead, "dim"), (f"{mark} ", colour)), words)
    out.print(row)
