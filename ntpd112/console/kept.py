"""Named things in one file of the instance, which the console reads while the command line changes it.

The file is read again whenever somebody has changed it, and changed under a lock. Only its owner may read it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, TypeAdapter

from ntpd112.host.files import write_atomically

Item = TypeVar("Item", bound=BaseModel)


class KeptError(Exception):
    """Something cannot be kept or changed so. The text names the cure."""


class Kept(Generic[Item]):
    """One file, with all of its items below one key. ``refusal``: what is raised when it cannot be read."""

    def __init__(self, path: Path, key: str, item: type[Item], refusal: type[KeptError]) -> None:
        self.path = path
        self._key = key
        self._file = TypeAdapter(dict[str, dict[str, item]])  # type: ignore[valid-type]  # known when it is made
        self._refusal = refusal
        self._read_at: tuple[int, int] | None = None
        self._known: dict[str, Item] = {}

    def all(self) -> Mapping[str, Item]:
        """Return every item by name. Raises ``refusal``."""
        try:
            status = self.path.stat()
        except FileNotFoundError:
            self._read_at, self._known = None, {}
            return self._known
        stamp = status.st_mtime_ns, status.st_ino
        if stamp != self._read_at:
            try:
                ((key, items),) = self._file.validate_json(self.path.read_bytes()).items()
                if key != self._key:
                    raise ValueError(f"it holds {key}")
            except (OSError, ValueError) as error:
                raise self._refusal(f"{self.path} cannot be read ({error}); restore it from a backup") from error
            self._read_at, self._known = stamp, items
        return self._known

    @contextmanager
    def changing(self) -> Iterator[dict[str, Item]]:
        """Give the items to be changed, and keep them at the end of the block. Raises ``refusal``."""
        lock_file = self.path.with_suffix(".lock")
        with lock_file.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _give(lock_file)
            items = dict(self.all())
            yield items
            content = self._file.dump_json({self._key: dict(sorted(items.items()))}, indent=2)
            write_atomically(self.path, content + b"\n", mode=0o600)
            _give(self.path)


def _give(file: Path) -> None:
    """Let what root has written belong to whom the instance belongs to."""
    if os.geteuid() == 0:
        owner = file.parent.stat()
        os.chown(file, owner.st_uid, owner.st_gid)
