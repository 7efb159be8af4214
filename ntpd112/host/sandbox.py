"""The file system that Asterisk of the private root sees, composed by bubblewrap.

No privileges and no daemon: it works as root and for any user who may make user namespaces. The instance's folder
appears at its own path; programs and libraries come from the private root; ``/etc`` has only what is written here.

Dead DNS must not matter: Asterisk looks up this host's name while it answers an INVITE. The sandbox has a host name of
its own, known to its ``/etc/hosts``, an empty ``resolv.conf``, and no other source of names.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterable
from pathlib import Path

from ntpd112.host.files import write_atomically

HOST_NAME = "ntpd112"
LOCAL_TIME = Path("/etc/localtime")


def write_private_etc(folder: Path, sip_address: str) -> None:
    """Write the sandbox's own ``/etc``. Raises OSError."""
    uid, gid = os.geteuid(), os.getegid()
    own = "127.0.0.1" if sip_address in {"0.0.0.0", "::"} else sip_address  # noqa: S104
    files = {
        "hosts": f"{own} {HOST_NAME}\n127.0.0.1 localhost\n::1 localhost\n",
        "hostname": f"{HOST_NAME}\n",
        "resolv.conf": "",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
        "host.conf": "multi on\n",
        "passwd": f"{_user_name(uid)}:x:{uid}:{gid}::/tmp:/bin/sh\n",
        "group": f"ntpd112:x:{gid}:\n",
    }
    for name, text in files.items():
        write_atomically(folder / name, text.encode())


def sandboxed(
    root: Path,
    command: Iterable[str],
    *,
    etc: Path | None = None,
    writable: Iterable[Path] = (),
    die_with_parent: bool = False,
) -> list[str]:
    """Return the command line that runs ``command`` in the private root.

    ``etc``: folder of :func:`write_private_etc`. ``writable``: folders outside the root that appear at their own path.
    """
    line = ["bwrap", "--ro-bind", str(root / "usr"), "/usr"]
    for name in ("bin", "sbin", "lib", "lib64"):
        if (root / "usr" / name).is_dir():
            line += ["--symlink", f"usr/{name}", f"/{name}"]
    if etc is not None:
        for file in sorted(etc.iterdir()):
            line += ["--ro-bind", str(file), f"/etc/{file.name}"]
    if LOCAL_TIME.is_file():
        line += ["--ro-bind", str(LOCAL_TIME.resolve()), str(LOCAL_TIME)]
    # The host's own /proc rather than a new one: containers often forbid to mount it, and the pids are the same.
    line += ["--dev", "/dev", "--ro-bind", "/proc", "/proc", "--tmpfs", "/tmp", "--dir", "/run", "--dir", "/var/tmp"]  # noqa: S108
    for folder in writable:
        line += ["--bind", str(folder), str(folder)]
    line += ["--unshare-uts", "--unshare-ipc", "--hostname", HOST_NAME, "--setenv", "HOME", "/tmp", "--chdir", "/"]  # noqa: S108
    if die_with_parent:
        line.append("--die-with-parent")
    return [*line, "--", *command]


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return "ntpd112"
