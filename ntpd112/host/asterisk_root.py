"""Which Asterisk to run: the machine's own, or a private copy unpacked into the cache folder.

Debian 12 has no Asterisk. The private copy is the package of a newer release, unpacked by mmdebstrap without root
rights and without running any installation script; bubblewrap gives it its own file system.
"""

from __future__ import annotations

import fcntl
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ntpd112.host.commands import CommandError, follow, run
from ntpd112.host.errors import Progress, RootError, silent
from ntpd112.host.sandbox import sandboxed

Choice = Literal["auto", "machine", "private", "elsewhere"]
OLDEST = (20,)
DEBIAN_SUITE = "forky"
"""The Debian release whose Asterisk (22 LTS) is unpacked."""
ROOT_NAME = "asterisk-22"
MODULE_FOLDERS = ("lib/*/asterisk/modules", "lib/asterisk/modules", "lib64/asterisk/modules")
SYSTEM_FOLDERS = "/usr/sbin:/usr/local/sbin"
"""Where Asterisk lies, and where a user's PATH often does not lead."""
VERSION_TIMEOUT_S = 10.0


@dataclass(frozen=True)
class AsteriskInstall:
    """An Asterisk that can be run. Paths are as Asterisk itself sees them."""

    root: Path | None
    """The private root; None when the machine's own is used."""
    program: str
    version: tuple[int, ...]
    modules_dir: Path
    data_dir: Path
    modules: frozenset[str]
    """Names of the modules there are, such as ``app_queue.so``."""


def find_machine_asterisk() -> AsteriskInstall | None:
    """Return the machine's own Asterisk when it is recent enough."""
    found = shutil.which("asterisk") or shutil.which("asterisk", path=SYSTEM_FOLDERS)
    if found is None:
        return None
    try:
        version = parse_version(run([found, "-V"], timeout_s=VERSION_TIMEOUT_S))
    except CommandError:
        return None
    modules = _modules_folder(Path(found).parent.parent)
    if version < OLDEST or modules is None:
        return None
    prefix = Path(found).parent.parent
    data = next((d for d in (prefix / "share/asterisk", Path("/var/lib/asterisk")) if d.is_dir()), Path("/var/lib"))
    return AsteriskInstall(None, found, version, modules, data, _names(modules))


def find_private_root(cache_dir: Path, name: str = ROOT_NAME) -> AsteriskInstall | None:
    """Return the private copy when it has been built; ``name``: of the folder it lies in."""
    root = cache_dir.absolute() / name
    marker = root / "version"
    modules = _modules_folder(root / "usr")
    if not marker.is_file() or modules is None:
        return None
    return AsteriskInstall(
        root=root,
        program="/usr/sbin/asterisk",
        version=parse_version(marker.read_text(encoding="utf-8")),
        modules_dir=Path("/") / modules.relative_to(root),
        data_dir=Path("/usr/share/asterisk"),
        modules=_names(modules),
    )


def find_asterisk(choice: Choice, cache_dir: Path) -> AsteriskInstall | None:
    """Return the Asterisk to run as far as it is there already. Raises RootError when the machine has none to use."""
    if choice == "elsewhere":
        raise RootError(
            "Asterisk runs on another machine (the setting asterisk says elsewhere): do this there; here, "
            "`ntpd112 run --standby` is all that runs"
        )
    machine = find_machine_asterisk() if choice in {"auto", "machine"} else None
    if choice == "machine" and machine is None:
        raise RootError(
            f"this machine has no Asterisk of version {OLDEST[0]} or later; install the package asterisk, "
            "or set NTPD112_ASTERISK=private"
        )
    return machine or find_private_root(cache_dir)


def ensure_asterisk(choice: Choice, cache_dir: Path, progress: Progress = silent) -> AsteriskInstall:
    """Return the Asterisk to run, building the private copy when there is none.

    Raises:
        RootError: it could not be built; the text says why.
    """
    return find_asterisk(choice, cache_dir) or _build(cache_dir, progress)


def parse_version(text: str) -> tuple[int, ...]:
    """Read ``Asterisk 22.10.1+dfsg...`` (or ``GIT-22-...``) as ``(22, 10, 1)``; empty when there is no number."""
    match = re.search(r"(\d+(?:\.\d+)*)", text)
    return tuple(int(part) for part in match[1].split(".")) if match else ()


def _build(cache_dir: Path, progress: Progress) -> AsteriskInstall:
    cache_dir.mkdir(parents=True, exist_ok=True)
    with alone(cache_dir / f"{ROOT_NAME}.lock", progress):
        if built := find_private_root(cache_dir):
            return built
        for rest in cache_dir.glob(f".{ROOT_NAME}.*"):
            shutil.rmtree(rest, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{ROOT_NAME}.", dir=cache_dir))
        try:
            unpack(folder, progress)
            target = cache_dir / ROOT_NAME
            shutil.rmtree(target, ignore_errors=True)
            folder.rename(target)
        except (CommandError, OSError) as error:
            raise no_build(cache_dir, error) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        built = find_private_root(cache_dir)
    if built is None:
        raise RootError(f"the package asterisk of {DEBIAN_SUITE} has no program in it; use NTPD112_ASTERISK=machine")
    return built


def unpack(folder: Path, progress: Progress = silent) -> None:
    """Unpack the newest Asterisk of the machine's mirror into a folder. Raises RootError or CommandError."""
    mirror, suite, components = package_source()
    progress(f"unpacking Asterisk of {suite} into a folder of its own (about 15 s, 270 MB)")
    options = [f"--aptopt={line}" for line in _apt_proxies()]
    follow(
        [
            "mmdebstrap",
            "--mode=chrootless",
            "--variant=extract",
            f"--components={components}",
            # A mirror may lag behind: an expired index of signed packages is still signed.
            '--aptopt=Acquire::Check-Valid-Until "false"',
            *options,
            "--include=asterisk",
            suite,
            str(folder),
            mirror,
        ],
        progress,
        {"TMPDIR": str(folder.parent)},
    )
    folder.chmod(0o755)
    found = sorted((folder / "usr/sbin").glob("asterisk"))
    if not found:
        raise RootError(f"the package asterisk of {suite} at {mirror} has no /usr/sbin/asterisk")
    version = run(sandboxed(folder, ["/usr/sbin/asterisk", "-V"]), timeout_s=VERSION_TIMEOUT_S)
    (folder / "version").write_text(version, encoding="utf-8")


def no_build(cache_dir: Path, error: Exception) -> RootError:
    """Say what went wrong while a copy was built, and what is needed."""
    return RootError(
        f"could not unpack Asterisk into {cache_dir}: {error}\n"
        "The machine needs its package mirror and about 300 MB there; or install an Asterisk of version "
        f"{OLDEST[0]} or later yourself."
    )


def package_source() -> tuple[str, str, str]:
    """Return mirror, suite and components to take Asterisk from, by the machine's own package configuration.

    Debian: a newer release from the same mirror. Ubuntu packages Asterisk itself. Raises RootError.
    """
    try:
        lines = run(
            ["apt-get", "indextargets", "--format", "$(ORIGIN)|$(CODENAME)|$(COMPONENT)|$(REPO_URI)"],
            timeout_s=VERSION_TIMEOUT_S,
        ).splitlines()
    except CommandError as error:
        raise RootError(f"cannot ask apt for the machine's package mirror: {error}") from error
    for line in lines:
        origin, codename, component, uri = line.split("|", 3)
        if component == "main" and not codename.endswith(("-security", "-updates", "-backports")):
            if origin == "Debian":
                return uri, DEBIAN_SUITE, "main"
            if origin == "Ubuntu":
                return uri, codename, "main,universe"
    raise RootError(
        "this machine has no package mirror of Debian or Ubuntu (or `apt-get update` never ran); "
        f"install an Asterisk of version {OLDEST[0]} or later yourself"
    )


def _apt_proxies() -> list[str]:
    dump = run(["apt-config", "dump"], timeout_s=VERSION_TIMEOUT_S)
    return [line.rstrip(";") for line in dump.splitlines() if re.match(r"Acquire::https?::Proxy", line)]


@contextmanager
def alone(lock: Path, progress: Progress) -> Iterator[None]:
    """Let one process at a time work on a copy. Raises OSError."""
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("waiting for another process that unpacks Asterisk")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _modules_folder(prefix: Path) -> Path | None:
    return next((found for pattern in MODULE_FOLDERS for found in sorted(prefix.glob(pattern))), None)


def _names(folder: Path) -> frozenset[str]:
    return frozenset(path.name for path in folder.glob("*.so"))
