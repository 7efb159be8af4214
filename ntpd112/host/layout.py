"""Where everything of one instance lies, as absolute paths that are the same inside and outside the private root."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ntpd112.host.errors import HostError
from ntpd112.settings import Settings

SOCKET_NAME = "asterisk.ctl"
SOCKET_PATH_LIMIT = 100
"""A socket's path ends at 107 bytes (``sun_path`` of unix(7)); Asterisk's console client adds its own beside it."""


@dataclass(frozen=True)
class Layout:
    """The folders of one instance."""

    state: Path

    @classmethod
    def of(cls, settings: Settings) -> Layout:
        """Return the layout of an instance.

        Raises:
            HostError: the folder's name has characters that Asterisk's configuration cannot carry.
        """
        state = settings.state_dir.absolute()
        if bad := sorted(set(re.findall(r"[^\w./+@ -]", str(state), re.ASCII))):
            raise HostError(
                f"the instance folder {state} has {' '.join(bad)} in its name, which Asterisk cannot read; "
                "choose a folder of letters, digits and - . _ (NTPD112_STATE_DIR)"
            )
        return cls(state)

    @classmethod
    def at_asterisk(cls, settings: Settings) -> Layout:
        """Return the layout as Asterisk sees it, perhaps on another machine. Raises like :meth:`of`."""
        if settings.asterisk_is_here or not settings.asterisk_state_dir:
            return cls.of(settings)
        return cls.of(settings.model_copy(update={"state_dir": Path(settings.asterisk_state_dir)}))

    @property
    def etc(self) -> Path:
        """Rendered configuration of Asterisk."""
        return self.state / "etc"

    @property
    def asterisk(self) -> Path:
        """Asterisk's own variable data."""
        return self.state / "asterisk"

    @property
    def lib(self) -> Path:
        """Asterisk's database."""
        return self.asterisk / "lib"

    @property
    def spool(self) -> Path:
        """Asterisk's spool."""
        return self.asterisk / "spool"

    @property
    def log(self) -> Path:
        """Asterisk's logs and its own call ledger."""
        return self.asterisk / "log"

    @property
    def ledger(self) -> Path:
        """Asterisk's own call-detail records: the second ledger."""
        return self.log / "cdr-csv" / "Master.csv"

    @property
    def messages(self) -> Path:
        """Asterisk's notices, warnings and errors."""
        return self.log / "messages"

    @property
    def output(self) -> Path:
        """What Asterisk wrote before its own logging began."""
        return self.log / "output"

    @property
    def cache(self) -> Path:
        """Asterisk's cache."""
        return self.asterisk / "cache"

    @property
    def aside(self) -> Path:
        """What stood in the way of something."""
        return self.state / "aside"

    @property
    def private_etc(self) -> Path:
        """The few files of the private root's /etc."""
        return self.asterisk / "root-etc"

    @property
    def sounds(self) -> Path:
        """Prompts, as ``<language>/<prompt>.alaw``."""
        return self.state / "sounds"

    @property
    def recorded(self) -> Path:
        """Recordings that replace synthesised prompts, as ``<language>/<prompt>.wav``."""
        return self.state / "recorded"

    @property
    def music(self) -> Path:
        """Music for waiting callers."""
        return self.state / "music"

    @property
    def silence(self) -> Path:
        """Sound of somebody who says nothing, without its ending."""
        return self.sounds / "silence"

    @property
    def recordings(self) -> Path:
        """One file a call."""
        return self.state / "recordings"

    @property
    def run(self) -> Path:
        """Asterisk's socket and pid file; outside the instance's folder when its path is too long for a socket."""
        inside = self.asterisk / "run"
        if len(str(inside / SOCKET_NAME)) <= SOCKET_PATH_LIMIT:
            return inside
        base = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
        digest = hashlib.sha256(str(self.state).encode()).hexdigest()[:12]
        return base / f"ntpd112-{os.geteuid()}-{digest}"

    @property
    def socket(self) -> Path:
        """Asterisk's control socket."""
        return self.run / SOCKET_NAME

    @property
    def pid_file(self) -> Path:
        """Asterisk's pid."""
        return self.run / "asterisk.pid"

    @property
    def folders(self) -> dict[Path, int]:
        """Every folder there has to be, outer ones first, with its rights: nobody else reads secrets or voices."""
        open_folders = (self.state, self.sounds, self.recorded, self.music)
        private = (self.etc, self.asterisk, self.recordings, self.state / "run", self.run)
        inner = (self.lib, self.log, self.log / "cdr-csv", self.cache, self.private_etc, self.spool)
        spools = tuple(self.spool / name for name in ("recording", "monitor", "tmp", "outgoing"))
        return {folder: 0o700 if folder in private else 0o755 for folder in open_folders + private + inner + spools}

    def create(self) -> None:
        """Make every folder, readable by nobody else where it holds secrets or voices.

        Raises:
            HostError: the folder of the socket belongs to somebody else.
        """
        for folder, mode in self.folders.items():
            folder.mkdir(parents=True, exist_ok=True, mode=mode)
        if self.run.is_symlink() or self.run.stat().st_uid != os.geteuid():
            raise HostError(
                f"{self.run} belongs to another user; remove it, or set XDG_RUNTIME_DIR to a folder of yours"
            )
