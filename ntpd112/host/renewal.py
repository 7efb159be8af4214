"""Renews the private Asterisk: a new copy is built beside the one that runs, and takes its place at the next start.

Nobody's call notices: what runs goes on with the files that it was started from, whatever their folder is called
meanwhile. The former copy is kept until the next renewal, and comes back when the new one does not start.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ntpd112.host.asterisk_root import ROOT_NAME, AsteriskInstall, alone, find_private_root, no_build, unpack
from ntpd112.host.commands import CommandError
from ntpd112.host.errors import Progress, RootError, silent

NEXT: Final = f"{ROOT_NAME}.next"
BEFORE: Final = f"{ROOT_NAME}.before"
BROKEN: Final = f"{ROOT_NAME}.broken"
OLD_AFTER_S: Final = 90 * 86_400.0
"""Debian brings Asterisk's security fixes within weeks; a copy gets none of them by itself."""

Unpack = Callable[[Path, Progress], None]


def renew(cache_dir: Path, progress: Progress = silent, build: Unpack = unpack) -> AsteriskInstall:
    """Build a new copy, to be used from the next start. What is there is touched only once the new one is whole.

    Raises:
        RootError: it could not be built, without a network, say; the text names the cure.
    """
    cache_dir.mkdir(parents=True, exist_ok=True)
    with alone(cache_dir / f"{NEXT}.lock", progress):
        folder = Path(tempfile.mkdtemp(prefix=f".{NEXT}.", dir=cache_dir))
        try:
            build(folder, progress)
            if find_private_root(cache_dir, folder.name) is None:
                raise RootError(f"what was unpacked into {folder} is no Asterisk; nothing was changed")
            _drop(cache_dir / NEXT)
            folder.rename(cache_dir / NEXT)
        except (CommandError, OSError) as error:
            raise no_build(cache_dir, error) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        for former in cache_dir.glob(f"{BEFORE}*"):
            _drop(former)
        built = find_private_root(cache_dir, NEXT)
    if built is None:
        raise RootError(f"{cache_dir / NEXT} has vanished; run `ntpd112 update` again")
    return built


def waiting(cache_dir: Path) -> AsteriskInstall | None:
    """Return the copy that is used from the next start; None when there is none."""
    return find_private_root(cache_dir, NEXT)


def take_next(cache_dir: Path, progress: Progress = silent) -> bool:
    """Put the new copy in place, if there is one. Call it while no Asterisk of this instance runs."""
    if (new := waiting(cache_dir)) is None:
        return False
    try:
        with alone(cache_dir / f"{ROOT_NAME}.lock", progress):
            current = cache_dir / ROOT_NAME
            if current.exists():
                current.rename(_free(cache_dir / BEFORE))
            (cache_dir / NEXT).rename(current)
    except OSError as error:
        progress(f"the new copy of Asterisk cannot be put in place ({error}); the former one is used")
        return False
    progress(f"starting with the new copy of Asterisk, {_version(new)}")
    return True


def go_back(cache_dir: Path) -> bool:
    """Put the former copy in place of one that does not start; tell whether there was one.

    The other one stays beside it, to be looked at; those that did not start before are removed. Raises OSError.
    """
    former = max(cache_dir.glob(f"{BEFORE}*"), key=lambda path: path.stat().st_mtime, default=None)
    if former is None or find_private_root(cache_dir, former.name) is None:
        return False
    with alone(cache_dir / f"{ROOT_NAME}.lock", silent):
        current = cache_dir / ROOT_NAME
        for broken in cache_dir.glob(f"{BROKEN}*"):
            _drop(broken)
        if current.exists():
            current.rename(_free(cache_dir / BROKEN))
        former.rename(current)
    return True


def take_back(cache_dir: Path) -> None:
    """Undo :func:`go_back`: the former copy does not start either, so that the other one was not the cause."""
    broken = max(cache_dir.glob(f"{BROKEN}*"), key=lambda path: path.stat().st_mtime, default=None)
    with suppress(OSError), alone(cache_dir / f"{ROOT_NAME}.lock", silent):
        if broken is not None and find_private_root(cache_dir, broken.name) is not None:
            (cache_dir / ROOT_NAME).rename(_free(cache_dir / BEFORE))
            broken.rename(cache_dir / ROOT_NAME)


def built_at(install: AsteriskInstall) -> float:
    """Return when this Asterisk was built or unpacked, POSIX seconds. Raises OSError."""
    file = Path(install.program) if install.root is None else install.root / "version"
    return file.stat().st_mtime


def age(install: AsteriskInstall, cache_dir: Path, now: float) -> str:
    """Say that an Asterisk is old, and what helps; nothing when it is not. Raises OSError."""
    made = built_at(install)
    if now - made < OLD_AFTER_S:
        return ""
    told = f"Asterisk {_version(install)} is of {_date(made)}, {(now - made) / 86_400:.0f} days old"
    if install.root is None:
        return f"{told}, and lacks the security fixes since then: upgrade the package asterisk when no call is here"
    if (new := waiting(cache_dir)) is not None:
        return f"{told}; {_version(new)} of {_date(built_at(new))} is ready beside it and is used from the next start"
    return f"{told}, and lacks the security fixes since then: run `ntpd112 update`, which ends no call"


def described(install: AsteriskInstall) -> str:
    """Return version and date, such as ``22.10.1 of 2026-11-27``. Raises OSError."""
    return f"{_version(install)} of {_date(built_at(install))}"


def _drop(folder: Path) -> None:
    """Remove a copy, unless an Asterisk still runs from it: of another instance, perhaps."""
    if folder.exists() and not _is_used(folder):
        shutil.rmtree(folder, ignore_errors=True)
    elif folder.exists() and folder.name == NEXT:
        folder.rename(_free(folder.with_name(BEFORE)))


def _is_used(folder: Path) -> bool:
    """Look through what processes have mounted (proc(5)); a sandbox shows the folder that it was made of."""
    wanted = f"/{folder.name}/usr "
    for table in Path("/proc").glob("[0-9]*/mountinfo"):
        try:
            if wanted in table.read_text(encoding="utf-8", errors="replace"):
                return True
        except OSError:
            continue
    return False


def _free(path: Path) -> Path:
    number = 1
    while (candidate := path.with_name(f"{path.name}.{number}")).exists():
        number += 1
    return candidate


def _version(install: AsteriskInstall) -> str:
    return ".".join(map(str, install.version))


def _date(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")
