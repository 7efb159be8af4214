"""Writing files so that a reader finds the old or the new one, never half of one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_atomically(path: Path, content: bytes, mode: int = 0o644) -> bool:
    """Put ``content`` at ``path`` unless it is there already, and tell whether the file changed.

    A crash or a full disk leaves the old file in place. Raises OSError.
    """
    if path.is_file() and path.read_bytes() == content:
        if path.stat().st_mode & 0o7777 != mode:  # a disk that is read-only refuses what changes nothing, too
            path.chmod(mode)
        return False
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(name).rename(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return True
