"""What the tests need on this machine beyond what a room needs."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from ntpd112.host.asterisk_root import ensure_asterisk
from ntpd112.host.commands import CommandError, run
from ntpd112.host.errors import PackagesError, Progress, silent
from ntpd112.host.packages import PRIVATE_ROOT, SIMULATION, VOICE, Need, ensure_packages
from ntpd112.settings import Settings

SOFTPHONE: Final = (
    Need("baresip", "baresip-core", "is a softphone that others wrote"),
    Need("linphonec", "linphone-cli", "is another one"),
)
SYSTEMD: Final = (Need("systemd-analyze", "systemd", "judges the units that we write"),)
POSTGRES: Final = (Need("pg_ctl", "postgresql", "the tests start a server of their own"),)
BROWSER: Final = (Need("chromium", "chromium", "is the browser that the console is looked at with"),)
CLOCK: Final = (Need("faketime", "faketime", "steps the clock of single processes"),)
FIREWALL: Final = (Need("nft", "nftables", "loads the rules that keep strangers' voices out"),)
_POSTGRES_FOLDERS: Final = "/usr/lib/postgresql"
_NO_CLUSTER: Final = Path("/etc/postgresql-common/createcluster.conf")
"""Read by Debian's postgresql packages when they are installed: whether to make and start a server."""


def ensure_test_machine(settings: Settings, progress: Progress = silent) -> None:
    """Install SIPp, a softphone, a browser, the programs of PostgreSQL and systemd (none is started) and Asterisk.

    Raises:
        HostError: something could not be installed; the text names the command to run by hand.
    """
    ensure_packages((*VOICE, *PRIVATE_ROOT, *SIMULATION, *SOFTPHONE, *SYSTEMD, *CLOCK, *BROWSER, *FIREWALL), progress)
    if not _has_postgres():
        _forbid_cluster()
        # Its programs stay outside PATH, so ask for one that the wrapper package puts there.
        ensure_packages((Need("pg_ctlcluster", "postgresql", POSTGRES[0].why),), progress)
    ensure_asterisk(settings.asterisk, settings.cache_dir, progress)


def _has_postgres() -> bool:
    return shutil.which("pg_ctl") is not None or any(Path(_POSTGRES_FOLDERS).glob("*/bin/pg_ctl"))


def _forbid_cluster() -> None:
    """Keep Debian's package from making a server of its own and starting it."""
    if _NO_CLUSTER.exists():
        return
    text = "# Written by ntpd112's tests: they start PostgreSQL servers of their own.\ncreate_main_cluster = false\n"
    if os.geteuid() == 0:
        _NO_CLUSTER.parent.mkdir(parents=True, exist_ok=True)
        _NO_CLUSTER.write_text(text, encoding="utf-8")
        return
    try:
        run(["sudo", "--non-interactive", "mkdir", "-p", str(_NO_CLUSTER.parent)], timeout_s=30)
        run(["sudo", "--non-interactive", "tee", str(_NO_CLUSTER)], timeout_s=30, text=text)
    except CommandError as error:
        raise PackagesError(
            f"cannot prepare PostgreSQL's installation; run as root: apt-get install postgresql\n{error}"
        ) from error
