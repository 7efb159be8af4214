"""The instance's settings when the file they stand in may be damaged: then the last good ones are used.

An empty file counts as damaged where the last good one was not: without its settings, the room would open at another
address. An admin who wants that removes the file.
"""

from __future__ import annotations

import os
from collections.abc import Callable, MutableMapping
from pathlib import Path

import yaml  # type: ignore[import-untyped]  # comes without types
from pydantic import ValidationError

from ntpd112.settings import DAMAGE, INSTANCE_FILE, INSTEAD, Settings, last_good


class SettingsError(Exception):
    """There are no settings that can be used. The text says what is wrong with them."""


def instance_settings(warn: Callable[[str], object], environment: MutableMapping[str, str] = os.environ) -> Settings:
    """Return the settings. ``warn``: told when they are the last good ones, which holds for our children, too.

    Raises :class:`SettingsError` when there are none.
    """
    if INSTEAD in environment:
        return _read()
    folder = Path(environment.get("NTPD112_STATE_DIR") or Settings.model_fields["state_dir"].default)
    own, copy = folder / INSTANCE_FILE, last_good(folder) / INSTANCE_FILE
    wrong = _damage(own, copy)
    if not wrong:
        try:
            return _read()
        except SettingsError as error:
            if not copy.is_file():
                raise
            wrong = str(error)
    environment[INSTEAD] = str(copy)
    try:
        settings = _read()
    except SettingsError:
        del environment[INSTEAD]
        raise SettingsError(wrong) from None
    environment[DAMAGE] = f"{own} is not used: {wrong}. The settings of {copy} are in force; correct the file"
    warn(environment[DAMAGE])
    return settings


def _read() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or INSTANCE_FILE}: {one['msg']}"
            for one in error.errors(include_url=False)
        )
        raise SettingsError(f"the instance's settings are wrong: {wrong}") from error
    except (OSError, ValueError, TypeError, yaml.YAMLError) as error:
        raise SettingsError(f"the instance's settings cannot be read: {error}") from error


def _damage(own: Path, copy: Path) -> str:
    """Tell what is wrong with the file as such, should there be a copy to take its place."""
    if not os.path.lexists(own) or not copy.is_file():
        return ""
    if not own.is_file():
        return "it is no ordinary file"
    try:
        is_empty, was_empty = (not file.read_bytes().strip() for file in (own, copy))
    except OSError as error:
        return str(error.strerror)
    return "it is empty" if is_empty and not was_empty else ""
