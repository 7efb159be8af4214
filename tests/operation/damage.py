"""Ways in which a file may be no longer what it was."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

RANDOM = bytes((number * number * 7 + number * 31) % 256 for number in range(1, 3000))


def empty(file: Path) -> None:
    """A crash of the machine, or a full disk."""
    file.write_bytes(b"")


def random(file: Path) -> None:
    """A bad disk."""
    file.write_bytes(RANDOM)


def folder(file: Path) -> None:
    """A container's mount whose source was missing."""
    file.unlink()
    file.mkdir()
    (file / "in the way").write_text("x")


def pipe(file: Path) -> None:
    """Who opens it waits for ever."""
    file.unlink()
    os.mkfifo(file)


def link_to_nowhere(file: Path) -> None:
    """The disk behind it is not mounted."""
    file.unlink()
    file.symlink_to("/nowhere/at all")


def unreadable(file: Path) -> None:
    """Nobody can open it, not even root: a link to itself."""
    file.unlink()
    file.symlink_to(file)


KINDS: dict[str, Callable[[Path], None]] = {
    kind.__name__: kind for kind in (empty, random, folder, pipe, link_to_nowhere, unreadable)
}


def files_of(state: Path) -> Iterator[Path]:
    """Yield every ordinary file of an instance but those of its last good configuration and what was set aside."""
    for path in sorted(state.rglob("*")):
        apart = path.relative_to(state).parts[0] in {"last-good", "aside"}
        if not apart and not path.is_symlink() and stat.S_ISREG(path.stat().st_mode):
            yield path


def strew(state: Path) -> list[Path]:
    """Put strange files of every kind into every folder of an instance; return them."""
    names = ("x.journal", "x.spill", "x.conf", "x.alaw", "x.json", "x.pid", "core")
    strays = []
    for place in [state, *(path for path in sorted(state.rglob("*")) if path.is_dir())]:
        if place.relative_to(state).parts[:1] == ("last-good",):
            continue
        for name in names:
            for kind, make in KINDS.items():
                stray = place / f"{kind}-{name}" if kind != "random" else place / name
                stray.write_bytes(b"")
                make(stray)
                strays.append(stray)
    return strays
