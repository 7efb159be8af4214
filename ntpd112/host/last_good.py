"""The last configuration with which the room opened: what is used when a file of it turns out to be damaged.

It lies in the folder ``last-good`` of the instance: the settings, the routing file, the passwords, and Asterisk's
configuration as it was rendered. It is renewed whenever Asterisk has started with what it is to hold. Files that people
write are never replaced by it: they stay as they are until somebody has mended them.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

from ntpd112.config.load import CityFile, load_city
from ntpd112.config.problem import CityError
from ntpd112.host.errors import RenderError
from ntpd112.host.files import write_atomically
from ntpd112.host.layout import Layout
from ntpd112.host.secrets import damage, secrets_path
from ntpd112.settings import DAMAGE, INSTANCE_FILE, Settings, last_good

_PRIVATE: Final = 0o600


def city_to_serve(settings: Settings) -> tuple[CityFile, str]:
    """Return the routing to serve by, and what is wrong with the routing file; nothing when that is it.

    Raises :class:`CityError` about the routing file when there is no last good one.
    """
    try:
        return load_city(settings.city_file), ""
    except CityError as error:
        copy = last_good(settings.state_dir) / "city.yaml"
        try:
            city = load_city(copy)
        except CityError:
            raise error from None
        why = f"{error}\nThe routing of {copy} is in force instead. Correct the lines named above, then run "
        return city, why + "`ntpd112 reload`"


def put_back(settings: Settings) -> list[str]:
    """Put the routing file, the passwords and the settings back where they are missing: we had to move them aside, say.

    Who wants to begin anew removes the folder ``last-good`` as well. Return what was done, a sentence each.
    """
    said = []
    files = [settings.city_file, secrets_path(settings.state_dir)]
    if DAMAGE in os.environ:  # else nobody has missed it: an admin has removed it
        files.append(settings.state_dir / INSTANCE_FILE)
    for file in files:
        copy = last_good(settings.state_dir) / file.name
        if os.path.lexists(file) or not copy.is_file():
            continue
        try:
            write_atomically(file, copy.read_bytes(), _PRIVATE)
        except OSError as error:
            said.append(f"{file} is missing, and cannot be put back ({error.strerror})")
        else:
            said.append(f"{file} was missing: the last good one was put back. To begin anew, remove {copy} as well")
    return said


def keep(settings: Settings, *, with_etc: bool = True) -> None:
    """Keep what the room has just opened with. Raises OSError. Blocks for some syncs when something is new.

    ``with_etc``: Asterisk has started with its configuration as it is on the disk.
    """
    layout = Layout.of(settings)
    home = last_good(layout.state)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    good = [] if damage(layout.state) else [secrets_path(layout.state)]
    with suppress(CityError):
        load_city(settings.city_file)
        good.append(settings.city_file)
    if DAMAGE not in os.environ:
        good.append(layout.state / INSTANCE_FILE)
    for source in good:
        _copy(source, home / source.name)
    if with_etc:
        for source in (*layout.etc.glob("*.conf"), *layout.etc.glob("dialplan/*.conf")):
            _copy(source, home / "etc" / source.relative_to(layout.etc))


def restore_etc(settings: Settings) -> tuple[str, ...]:
    """Put Asterisk's last good configuration in place; return the names of the files that changed.

    Raises :class:`RenderError` when there is none, or it cannot be written.
    """
    layout = Layout.of(settings)
    home = last_good(layout.state) / "etc"
    sources = [*home.glob("*.conf"), *home.glob("dialplan/*.conf")]
    if not sources:
        raise RenderError(f"there is no last good configuration of Asterisk in {home}")
    changed = []
    try:
        (layout.etc / "dialplan").mkdir(parents=True, exist_ok=True)
        for source in sources:
            name = source.relative_to(home)
            if write_atomically(layout.etc / name, source.read_bytes(), _PRIVATE):
                changed.append(str(name))
    except OSError as error:
        raise RenderError(f"the last good configuration cannot be put into {layout.etc}: {error}") from error
    return tuple(changed)


def _copy(source: Path, target: Path) -> None:
    """Copy a file; a missing one leaves no copy of an earlier one."""
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    if not source.is_file():
        target.unlink(missing_ok=True)
        return
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_atomically(target, source.read_bytes(), _PRIVATE)
