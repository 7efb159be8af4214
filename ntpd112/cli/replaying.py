"""``replay``: what the controller heard and decided, by deciding everything in a journal again."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.text import Text

from ntpd112.cli.context import settings
from ntpd112.cli.output import CANNOT, WRONG, console, fail
from ntpd112.core.messages import Action, Event, SaveCall
from ntpd112.journal import JournalError
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
        lead = f"{at}  {now - start:8.3f} s  "
        if _is_about(event, call) or type(event).__name__ not in _DULL:
            out.print(Text.assemble((lead, "dim"), ("< ", "cyan"), _words(event, call, full=full)), soft_wrap=True)
        else:
            out.print(Text.assemble((lead, "dim"), ("< ", "cyan"), ("a deadline came", "dim")), soft_wrap=True)
        for action in mine:
            text = Text.assemble((" " * len(lead)), ("> ", "green"), _words(action, call, full=full))
            out.print(text, soft_wrap=True)
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
    journals = sorted(folder.glob("*.journal"))
    if not journals:
        fail(f"there is no journal in {folder}", "name a file, or the right folder: ntpd112 --state-dir FOLDER replay")
    return journals[-1]


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
    said = [
        f"{key}={value}"
        for key, value in values.items()
        if full or (value not in {"", call} if isinstance(value, str) else value)
    ]
    return Text.assemble((name, "bold"), " ", "  ".join(said).replace(f"{call}.", "."))
