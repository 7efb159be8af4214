"""Programs this machine needs, and their installation from the distribution's own packages."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ntpd112.host.commands import CommandError, follow
from ntpd112.host.errors import PackagesError, Progress, silent


@dataclass(frozen=True)
class Need:
    """A program and the package it comes in."""

    program: str
    package: str
    why: str


VOICE = (
    Need("espeak-ng", "espeak-ng", "speaks the prompts"),
    Need("sox", "sox", "makes telephone audio of prompts and music"),
)
PRIVATE_ROOT = (
    Need("mmdebstrap", "mmdebstrap", "unpacks Asterisk into a folder of its own"),
    Need("bwrap", "bubblewrap", "runs Asterisk in that folder"),
)
SIMULATION = (Need("sipp", "sip-tester", "plays citizens and operators in demo and tests"),)


def missing(needs: Iterable[Need]) -> tuple[Need, ...]:
    """Return what is not installed."""
    return tuple(need for need in needs if shutil.which(need.program) is None)


def ensure_packages(needs: Iterable[Need], progress: Progress = silent) -> None:
    """Install what is missing, as root or by sudo.

    Raises:
        PackagesError: neither is possible, or the installation failed; the text names the command to run by hand.
    """
    wanted = missing(needs)
    if not wanted:
        return
    packages = sorted({need.package for need in wanted})
    by_hand = f"apt-get install {' '.join(packages)}"
    if shutil.which("apt-get") is None:
        raise PackagesError(
            f"{_listed(wanted)} missing, and there is no apt-get to install them; "
            f"install the programs {', '.join(need.program for need in wanted)} by your system's own means"
        )
    prefix = _becoming_root()
    if prefix is None:
        raise PackagesError(f"{_listed(wanted)} missing; run this as root: {by_hand}")
    progress(f"installing {', '.join(packages)}")
    try:
        _install(prefix, packages, progress)
    except CommandError as error:
        raise PackagesError(f"could not install {', '.join(packages)}; try `{by_hand}` as root.\n{error}") from error
    if still := missing(wanted):
        raise PackagesError(f"{_listed(still)} missing even after `{by_hand}`; check that PATH contains /usr/bin")


def renew_packages(needs: Iterable[Need], progress: Progress = silent) -> None:
    """Upgrade those of the packages that are installed.

    Raises:
        PackagesError: it could not be done; the text names the command to run by hand.
    """
    packages = sorted({need.package for need in needs})
    by_hand = f"apt-get update && apt-get install --only-upgrade {' '.join(packages)}"
    prefix = _becoming_root()
    if prefix is None or shutil.which("apt-get") is None:
        raise PackagesError(f"packages were not renewed; run this as root: {by_hand}")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    progress(f"installing newer packages of {', '.join(packages)}, if there are any")
    try:
        follow([*prefix, "apt-get", "update", "-q", "--error-on=any"], progress, quiet)
        follow(
            [*prefix, "apt-get", "install", "--yes", "--only-upgrade", "--no-install-recommends", "-q", *packages],
            progress,
            quiet,
        )
    except CommandError as error:
        raise PackagesError(f"packages were not renewed; try `{by_hand}` as root.\n{error}") from error


def _install(prefix: Sequence[str], packages: Sequence[str], progress: Progress) -> None:
    install = [*prefix, "apt-get", "install", "--yes", "--no-install-recommends", "-q", *packages]
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        follow(install, progress, quiet)
    except CommandError:
        progress("refreshing the list of packages")
        follow([*prefix, "apt-get", "update", "-q"], progress, quiet)
        follow(install, progress, quiet)


def _becoming_root() -> list[str] | None:
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    return ["sudo"] if sys.stdin.isatty() else ["sudo", "--non-interactive"]


def _listed(needs: Sequence[Need]) -> str:
    named = ", ".join(f"{need.program} ({need.why})" for need in needs)
    return f"{named} {'is' if len(needs) == 1 else 'are'}"
