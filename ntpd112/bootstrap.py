"""Makes this checkout's `.venv` from `requirements.lock`; run by the Makefile with the machine's own python3.

It needs nothing but the standard library, and must be readable by any Python 3, to be able to say what is wrong.
"""

import hashlib
import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")
PROJECT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
VENV = os.path.join(PROJECT, ".venv")  # noqa: PTH118
PYTHON = os.path.join(VENV, "bin", "python")  # noqa: PTH118
STAMP = os.path.join(VENV, "made-from")  # noqa: PTH118
FILES = ("requirements.lock", "pyproject.toml")


def main() -> None:
    """Bring `.venv` up to date; do nothing when it is."""
    if sys.version_info < OLDEST:
        change_python()
    wanted = digest()
    if read(STAMP) == wanted and subprocess.call([PYTHON, "-c", ""]) == 0:
        return
    if not os.path.exists(PYTHON) or subprocess.call([PYTHON, "-c", "import sys, pip"]) != 0:  # noqa: PTH110
        make_venv()
    say("installing the pinned packages into .venv (about a minute, once)")
    # The lock is complete. Resolving again, pip takes a newer `coverage[toml]` for another package than `coverage`.
    pip("--no-deps", "--require-hashes", "-r", os.path.join(PROJECT, "requirements.lock"))  # noqa: PTH118
    pip("--no-deps", "--no-build-isolation", "-e", PROJECT)
    with open(STAMP, "w", encoding="ascii") as stamp:  # noqa: PTH123
        stamp.write(wanted)


def change_python() -> None:
    """Go on with a newer Python of this machine, if there is one."""
    for name in NEWER:
        found = shutil.which(name)
        if found:
            os.execv(found, [found, "-I", *sys.argv])  # noqa: S606
    fail(
        "Python 3.11 or later is needed, and `python3` is %d.%d" % sys.version_info[:2],  # noqa: UP031
        "install a newer one (Debian 12 and Ubuntu 24.04 have it), or name it: make PYTHON=/path/to/python3.12",
    )


def make_venv() -> None:
    """Create `.venv`, installing Debian's venv package when the machine lacks it."""
    say("making .venv with Python %d.%d.%d" % sys.version_info[:3])  # noqa: UP031
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        import ensurepip  # noqa: F401, PLC0415
        import venv  # noqa: F401, PLC0415
    except ImportError:
        install_venv_package()
    if subprocess.call([sys.executable, "-m", "venv", VENV]) != 0:
        fail("Python could not make .venv (see above)", "free space, or check the rights of " + PROJECT)


def install_venv_package() -> None:
    """Debian keeps `ensurepip` in a package of its own."""
    package = "python%d.%d-venv" % sys.version_info[:2]  # noqa: UP031
    root = [] if os.geteuid() == 0 else ["sudo"]
    by_hand = "apt-get install " + package
    if not shutil.which("apt-get") or (root and not shutil.which("sudo")):
        fail("Python's venv module is missing", "run as root: " + by_hand)
    say("installing " + package)
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    install = [*root, "apt-get", "install", "--yes", "--no-install-recommends", "-q", package]
    if subprocess.call(install, env=environment) == 0:
        return
    subprocess.call([*root, "apt-get", "update", "-q"])
    if subprocess.call(install, env=environment) != 0:
        fail("could not install " + package, "run as root: " + by_hand)


def pip(*arguments: str) -> None:
    """Install by pip, which finds its index in the machine's own configuration; show how far it is."""
    command = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off", *arguments]
    lines = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True
    ) as process:
        for line in process.stdout or ():
            lines.append(line.rstrip())
            show_progress(lines)
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
    if process.returncode != 0:
        sys.stderr.write("\n".join(lines[-20:]) + "\n")
        fail(
            "pip could not install the packages (its last words are above)",
            "check that this machine reaches its Python package index (`pip config list`), then run make again",
        )


def show_progress(lines: "list[str]") -> None:
    """Write one line that changes on a terminal, and a line now and then elsewhere."""
    word, _, rest = lines[-1].strip().partition(" ")
    if word == "Installing" and "," in rest:
        say("unpacking them")
    elif word == "Collecting":
        fetched = sum(line.startswith("Collecting ") for line in lines)
        text = "fetching package %d: %s" % (fetched, rest.split("==")[0])  # noqa: UP031
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K  " + text)
            sys.stderr.flush()
        elif fetched % 20 == 0:
            say(text)


def digest() -> str:
    """Tell what `.venv` is to be made from: the lock, the project's own entry points, and this very Python."""
    total = hashlib.sha256((sys.version + PROJECT).encode())
    for name in FILES:
        with open(os.path.join(PROJECT, name), "rb") as file:  # noqa: PTH118, PTH123
            total.update(file.read())
    return total.hexdigest()


def read(path: str) -> str:
    """Return a file's text; empty when it cannot be read."""
    try:
        with open(path, encoding="ascii") as file:  # noqa: PTH123
            return file.read()
    except OSError:
        return ""


def say(text: str) -> None:
    """Tell what begins."""
    sys.stderr.write(("\r\x1b[K" if sys.stderr.isatty() else "") + "ntpd112: " + text + "\n")
    sys.stderr.flush()


def fail(cause: str, cure: str) -> None:
    """End with the cause and its cure."""
    sys.exit("ntpd112: error: " + cause + ".\n  " + cure[0].upper() + cure[1:])


if __name__ == "__main__":
    main()
