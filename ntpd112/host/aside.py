"""Moves out of the way what stands where a file or folder of ours belongs, so that nothing of it keeps 112 closed.

A pipe in place of a log would hold up whoever opens it for ever, a folder in place of a lock nobody can lock. What is
moved lies in the folder ``aside`` of the instance, and is told with the reason; nothing is deleted.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Final

from ntpd112.host.layout import Layout
from ntpd112.host.render import templates
from ntpd112.settings import INSTANCE_FILE

_SQLITE: Final = b"SQLite format 3\0"
_TOLD_EACH: Final = 8
_LOCKS: Final = ("up", "controller", "standby", "lifeboat", "console", "ear", "asterisk-keeper")
_LOGS: Final = ("controller.log", "standby.log", "up.log", "asterisk-keeper.log", "console.log", "controller.crash")
_SECRETS: Final = ("secrets.json", "accounts.json", "tokens.json", "sessions.json", "accounts.lock", "tokens.lock")


def clear_the_way(layout: Layout) -> list[str]:
    """Move aside whatever stands in the way of a start; return what was moved and why, a sentence each.

    Folders of ours that are links stay links, as long as they lead to a folder. Never raises: what cannot be moved is
    told too, and whoever needs the place fails with a reason of its own.
    """
    said = [_moved(layout, path, "stands where a folder belongs") for path in list(_not_folders(layout))]
    said += [_moved(layout, path, "stands where a file belongs") for path in list(_not_files(layout))]
    said += [_moved(layout, path, "is no ordinary file") for path in list(_strange(layout))]
    if _is_damaged_database(layout.lib / "astdb.sqlite3"):
        said.append(_moved(layout, layout.lib / "astdb.sqlite3", "is damaged; phones register anew within minutes"))
    return _in_brief(said, layout)


def make_room(file: Path) -> None:
    """Make the folder of a file that is about to be opened, and rename what is no file there. Raises OSError."""
    if os.path.lexists(file.parent) and not file.parent.is_dir():
        file.parent.rename(next(_free(file.parent)))
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if os.path.lexists(file) and not file.is_file():
        file.rename(next(_free(file)))


def clear_strangers(layout: Layout) -> list[str]:
    """Move aside what is in the folder of Asterisk's configuration and not of our making: it would read some of it."""
    ours = {*templates(), "dialplan"}
    names = [path.name for path in layout.etc.glob("*")] + [f"dialplan/{p.name}" for p in layout.etc.glob("dialplan/*")]
    return _in_brief(
        [_moved(layout, layout.etc / name, "is not of our making") for name in names if name not in ours], layout
    )


def move_aside(layout: Layout, path: Path) -> Path:
    """Move a file or folder into the folder ``aside``, under a name that is free there. Raises OSError."""
    home = layout.aside
    if not home.is_dir():
        if os.path.lexists(home):
            home.rename(next(_free(home.with_name("aside.old"))))
        home.mkdir(mode=0o700, parents=True)
    name = str(path.relative_to(layout.state) if path.is_relative_to(layout.state) else path.name).replace("/", "_")
    target = next(_free(home / name))
    path.rename(target)
    return target


def _in_brief(said: list[str], layout: Layout) -> list[str]:
    rest = len(said) - _TOLD_EACH
    return [*said[:_TOLD_EACH], f"{rest} more files were moved to {layout.aside} like these"] if rest > 1 else said


def _moved(layout: Layout, path: Path, why: str) -> str:
    try:
        target = move_aside(layout, path)
    except OSError as error:
        return f"{path} {why}, and cannot be moved ({error.strerror}): remove it"
    return f"{path} {why}: it was moved to {target}"


def _not_folders(layout: Layout) -> Iterator[Path]:
    for folder in (*layout.folders, *(layout.state / name for name in ("journal", "spill", "log"))):
        if os.path.lexists(folder) and not folder.is_dir():
            yield folder


def _not_files(layout: Layout) -> Iterator[Path]:
    state, log = layout.state, layout.log
    files = [
        *(state / name for name in (*_SECRETS, "city.yaml", INSTANCE_FILE, "ntpd112.db", "units.env")),
        *(state / "run" / f"{name}.pid" for name in _LOCKS),
        *(state / "log" / name for name in _LOGS),
        *(log / name for name in ("messages", "security", "output", "queue_log")),
        *layout.sounds.glob("*/*"),
        *layout.sounds.glob("*.alaw"),
        *layout.music.glob("*"),
        *(state / "run").glob("*.sock"),
        state / "run" / "troubles.json",
        state / "spill" / "rejected.log",
        state / "journal" / "followed",
        layout.ledger,
        layout.lib / "astdb.sqlite3",
        layout.socket,
        layout.pid_file,
        *(file for file in layout.etc.glob("*") if file.name != "dialplan"),
        *layout.etc.glob("dialplan/*"),
        *layout.private_etc.glob("*"),
    ]
    return (file for file in files if file.is_dir())


def _strange(layout: Layout) -> Iterator[Path]:
    """Yield pipes, devices, and links to nowhere, wherever no admin has a reason to put one."""
    kept = {layout.recordings, layout.aside, layout.state / "bench"}
    for folder, folders, files in os.walk(layout.state):
        folders[:] = [name for name in folders if Path(folder, name) not in kept]
        for name in files:
            path = Path(folder, name)
            try:
                mode = path.stat().st_mode
            except FileNotFoundError:
                if path.is_symlink():
                    yield path
                continue
            except OSError:  # a link that leads to itself
                yield path
                continue
            if not (stat.S_ISREG(mode) or stat.S_ISSOCK(mode)):
                yield path


def _is_damaged_database(file: Path) -> bool:
    """Asterisk makes an empty or missing one; of any other that is none, it ends."""
    try:
        with file.open("rb") as opened:
            begins = opened.read(len(_SQLITE))
    except OSError:
        return False
    return begins not in {b"", _SQLITE}


def _free(path: Path) -> Iterator[Path]:
    """Yield names like this one that nobody has."""
    yield from (
        candidate
        for candidate in (path.with_name(f"{path.name}.{number}") for number in count(1))
        if not os.path.lexists(candidate)
    )
