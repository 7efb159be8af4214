"""The systemd units of one instance: a target, Asterisk, two controllers, lifeboat, ear, firewall, console.

All settings stand in one file of the instance's folder, so that the processes agree about them, and so that a
database's password is in no unit. The units have but paths and a user.
"""

from __future__ import annotations

import os
import pwd
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ntpd112.host.asterisk_process import AsteriskProcess
from ntpd112.host.asterisk_root import AsteriskInstall
from ntpd112.host.errors import HostError
from ntpd112.host.files import write_atomically
from ntpd112.host.layout import Layout
from ntpd112.settings import Settings
from ntpd112.supervise.child import environment

TEMPLATES: Final = Path(__file__).with_name("unit_templates")
_HOMES: Final = tuple(map(Path, ("/home", "/root", "/run/user")))
"""What ``ProtectHome=`` hides."""
_HIDDEN: Final = tuple(map(Path, ("/tmp", "/var/tmp")))  # noqa: S108
"""What ``PrivateTmp=`` hides."""
_OF_FIREWALL: Final = frozenset(
    f"NTPD112_{name}"
    for name in ("STATE_DIR", "CACHE_DIR", "ASTERISK", "SIP_ADDRESS", "SIP_PORT", "RTP_FIRST", "RTP_LAST")
)
_TRY_WITHIN_S: Final = 60.0


class Units:
    """``install``: None when Asterisk runs elsewhere; then the controllers are all there is.

    ``user``: as whom they run. ``name``: how the names of the units begin.
    """

    def __init__(self, settings: Settings, install: AsteriskInstall | None, user: str, name: str) -> None:
        self._layout = Layout.of(settings)
        self._settings = settings.model_copy(
            update={"state_dir": self._layout.state, "cache_dir": settings.cache_dir.absolute()}
        )
        self._install = install
        self._name = name
        self._program = Path(sys.executable).with_name("ntpd112")
        try:
            self._user = pwd.getpwnam(user)
        except KeyError:
            raise HostError(
                f"there is no user {user}; make one: adduser --system --group --home {self._layout.state} {user}"
            ) from None

    @property
    def environment_file(self) -> Path:
        """All settings, for this user alone."""
        return self._layout.state / "units.env"

    def check(self) -> None:
        """Make sure that the user can run all of it. Raises :class:`HostError`."""
        state, user = self._layout.state, self._user
        paths = (state, self._settings.cache_dir, self._program)
        if wrong := next((path for path in paths if not re.fullmatch(r"[\w./+@-]+", str(path), re.ASCII)), None):
            raise HostError(f"units cannot carry the path {wrong}; move it to one of letters, digits and - . _")
        if not self._layout.run.is_relative_to(state):
            raise HostError(f"{state} is too long a path for Asterisk's socket; move the instance to a shorter one")
        owner = (state / "secrets.json").stat().st_uid if (state / "secrets.json").exists() else state.stat().st_uid
        if owner != user.pw_uid:
            raise HostError(
                f"{state} is of another user than {user.pw_name}; give it away: chown -R {user.pw_name}: {state}"
            )
        if any(path.is_relative_to(hidden) for path in paths for hidden in _HIDDEN):
            raise HostError(
                f"units have a /tmp of their own; move what lies there elsewhere: {', '.join(map(str, paths))}"
            )
        self._try([str(self._program), "--help"])
        if self._install is not None:
            self._try(AsteriskProcess(self._settings, self._install).command("-V"))

    def write(self, directory: Path, drain_s: int) -> tuple[str, ...]:
        """Write them and their settings; return the names of the units. Raises :class:`HostError`."""
        texts = self._texts(drain_s)
        lines = [f"{name}={_quoted(value)}\n" for name, value in environment(self._settings).items()]
        try:
            write_atomically(self.environment_file, "".join(lines).encode(), 0o600)
            if os.geteuid() == 0:
                os.chown(self.environment_file, self._user.pw_uid, self._user.pw_gid)
            for name, text in texts.items():
                write_atomically(directory / name, text.encode())
        except OSError as error:
            raise HostError(f"cannot write the units: {error}; run this as root, or name another folder") from error
        return tuple(texts)

    def _texts(self, drain_s: int) -> dict[str, str]:
        templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            undefined=StrictUndefined,
            trim_blocks=True,
            keep_trailing_newline=True,
            autoescape=False,  # noqa: S701  not HTML: paths were checked, and users have plain names
        )
        paths = (self._layout.state, self._settings.cache_dir, self._program, Path(sys.base_prefix))
        values = {
            "name": self._name,
            "user": self._user.pw_name,
            "state": self._layout.state,
            "environment_file": self.environment_file,
            "program": self._program,
            "python": sys.executable,
            "drain_s": drain_s,
            "has_console": self._settings.console_port > 0,
            "has_ear": self._has_ear,
            "has_asterisk": self._install is not None,
            "private_root": self._install is not None and self._install.root is not None,
            "firewall_settings": [f"{key}={value}" for key, value in self._of_firewall().items()],
            "in_home": any(path.is_relative_to(home) for path in paths for home in _HOMES),
        }
        files = {f"{self._name}.target": "target.j2", f"{self._name}-controller@.service": "controller.service.j2"}
        if self._settings.console_port:
            files[f"{self._name}-console.service"] = "console.service.j2"
        if self._install is not None:
            files[f"{self._name}-asterisk.service"] = "asterisk.service.j2"
            files[f"{self._name}-lifeboat.service"] = "lifeboat.service.j2"
            files[f"{self._name}-firewall.service"] = "firewall.service.j2"
            files[f"{self._name}-firewall.path"] = "firewall.path.j2"
        if self._has_ear:
            files[f"{self._name}-ear.service"] = "ear.service.j2"
        return {file: templates.get_template(template).render(values) for file, template in files.items()}

    def _of_firewall(self) -> dict[str, str]:
        """Return the settings that decide about the rules of the firewall: addresses, numbers and checked paths."""
        given = environment(self._settings)
        return {key: value for key, value in given.items() if key in _OF_FIREWALL}

    @property
    def _has_ear(self) -> bool:
        return self._install is not None and self._settings.has_ear

    def _try(self, command: Sequence[str]) -> None:
        user = self._user
        if os.geteuid() not in {0, user.pw_uid}:
            raise HostError(f"only root, or {user.pw_name}, can tell whether {user.pw_name} may run it; be one of them")
        become = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                cwd="/",
                timeout=_TRY_WITHIN_S,
                check=False,
                **become,  # type: ignore[call-overload]
            )
            said = done.stdout.strip() if done.returncode else ""
        except (OSError, subprocess.TimeoutExpired) as error:
            said = str(error)
        if said:
            raise HostError(
                f"{user.pw_name} cannot run {command[0]}: {said}; put the project and NTPD112_CACHE_DIR where "
                f"{user.pw_name} may read them, such as /opt and /var/cache"
            )


def _quoted(value: str) -> str:
    return '"' + re.sub(r'(["\\$`])', r"\\\1", value) + '"'
