"""From nothing to a machine that can answer 112: everything a first start needs, in order.

When all is there it takes a fraction of a second, so every start goes through it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources

from ntpd112.config.load import CityFile, load_city
from ntpd112.host.aside import clear_strangers, clear_the_way, move_aside
from ntpd112.host.asterisk_process import running_pid
from ntpd112.host.asterisk_root import AsteriskInstall, ensure_asterisk, find_asterisk
from ntpd112.host.errors import HostError, PackagesError, Progress, PromptError, RenderError, silent
from ntpd112.host.files import write_atomically
from ntpd112.host.last_good import city_to_serve, put_back, restore_etc
from ntpd112.host.layout import Layout
from ntpd112.host.music import build_music
from ntpd112.host.packages import PRIVATE_ROOT, VOICE, Need, ensure_packages
from ntpd112.host.prompts import build_prompts
from ntpd112.host.render import Rendered, render
from ntpd112.host.renewal import take_next
from ntpd112.host.secrets import (
    Secrets,
    damage,
    ensure_secrets,
    load_secrets,
    put_in_place,
    secrets_path,
    with_passwords,
)
from ntpd112.host.troubles import tell
from ntpd112.settings import DAMAGE, Settings, last_good


@dataclass(frozen=True)
class Ready:
    """What :func:`prepare` found or made."""

    install: AsteriskInstall
    city: CityFile
    secrets: Secrets
    rendered: Rendered
    prompts: tuple[str, ...]
    """Prompts made just now, as ``<language>/<prompt>``."""
    troubles: tuple[str, ...] = ()
    """What was wrong, and what was done about it; the room opens all the same."""


def prepare(settings: Settings, progress: Progress = silent) -> Ready:
    """Make ready whatever is missing or out of date: programs, Asterisk, city file, passwords, sounds, configuration.

    Blocks for a second to a minute on a first start; call it in a thread when an event loop runs.

    Raises:
        HostError: the machine lacks something that could not be made; the text names the cure.
        CityError: the city file has mistakes, each with its line, and there is no last good one.
    """
    layout = Layout.of(settings)
    troubles = clear_the_way(layout)
    try:
        ensure_packages(_needs(settings), progress)
    except PackagesError as error:
        if find_asterisk(settings.asterisk, settings.cache_dir) is None or not last_good(layout.state).is_dir():
            raise
        troubles.append(str(error))
    if settings.asterisk != "machine" and not running_pid(layout):
        take_next(settings.cache_dir, progress)
    install = ensure_asterisk(settings.asterisk, settings.cache_dir, progress)
    _make_folders(layout)
    troubles += put_back(settings)
    if _copy_default_city(settings):
        progress(f"wrote the routing file {settings.city_file}: put in your own trunks, operators and numbers")
    return open_anyway(settings, install, progress, troubles)


def open_anyway(
    settings: Settings, install: AsteriskInstall, progress: Progress = silent, troubles: Iterable[str] = ()
) -> Ready:
    """Bring everything in line with the city file, or open with what was good the last time.

    ``troubles``: what was found before. Raises like :func:`prepare`.
    """
    said = [*([os.environ[DAMAGE]] if DAMAGE in os.environ else []), *troubles]
    layout = Layout.of(settings)
    city, why = city_to_serve(settings)
    said += [why] * bool(why)
    if wrong := damage(layout.state):
        secrets = load_secrets(layout.state)  # the last good ones, or an error
        said.append(f"{wrong}. The last good passwords are in force, and were put back")
        _put_back_passwords(layout, secrets, said)
    secrets = _passwords(settings, city, said)
    prompts: tuple[str, ...] = ()
    for make in (lambda: build_prompts(city.city, layout, progress), lambda: build_music(layout, progress)):
        try:
            made = make()
        except (PromptError, OSError, ValueError) as error:
            said.append(f"{error}. Sounds that were made before are played")
        else:
            prompts = made if isinstance(made, tuple) else prompts
    try:
        said += clear_strangers(layout)
        rendered = render(city.city, settings, secrets, install)
    except RenderError as error:
        rendered = _former(settings)
        said.append(f"{error}. Asterisk opens with its last good configuration")
    tell(layout, said)
    return Ready(install, city, secrets, rendered, prompts, tuple(said))


def refresh(settings: Settings, install: AsteriskInstall, progress: Progress = silent) -> Ready:
    """Bring passwords, sounds and configuration in line with the city file as it is now.

    Raises:
        HostError, CityError: as :func:`prepare`. Nothing of the old configuration is lost by a bad city file.
    """
    layout = Layout.of(settings)
    file = load_city(settings.city_file)
    city = file.city
    secrets = ensure_secrets(layout.state, city.operators)
    prompts = build_prompts(city, layout, progress)
    build_music(layout, progress)
    rendered = render(city, settings, secrets, install)
    return Ready(install, file, secrets, rendered, prompts)


def _put_back_passwords(layout: Layout, secrets: Secrets, said: list[str]) -> None:
    """Put the last good passwords in the place of a damaged file, which stays there if the disk takes no other one.

    While it lies there, everybody reads the last good passwords; without it there would be none.
    """
    moved = None
    with suppress(OSError):
        moved = move_aside(layout, secrets_path(layout.state))
    try:
        put_in_place(layout.state, secrets)
    except HostError as error:
        said.append(str(error))
        if moved is not None:
            with suppress(OSError):
                moved.rename(secrets_path(layout.state))


def _passwords(settings: Settings, city: CityFile, said: list[str]) -> Secrets:
    """Return the passwords. A disk that takes no new ones costs new operators theirs, and nobody else anything."""
    try:
        return ensure_secrets(settings.state_dir, city.city.operators)
    except HostError as error:
        known = load_secrets(settings.state_dir)
        said.append(f"{error}. Operators who are new have no password until the next start")
        return with_passwords(known, city.city.operators)


def _former(settings: Settings) -> Rendered:
    """Return what changed by the last good configuration, or nothing when the one that is there has to do."""
    try:
        return Rendered(restore_etc(settings))
    except RenderError:
        if not (Layout.of(settings).etc / "extensions.conf").is_file():
            raise
        return Rendered(())


def _needs(settings: Settings) -> tuple[Need, ...]:
    there = find_asterisk(settings.asterisk, settings.cache_dir)
    bwrap_only = tuple(need for need in PRIVATE_ROOT if need.program == "bwrap")
    if there is None:
        return VOICE + PRIVATE_ROOT
    return VOICE + (bwrap_only if there.root is not None else ())


def _make_folders(layout: Layout) -> None:
    try:
        layout.create()
    except OSError as error:
        raise HostError(
            f"cannot make the instance folder {layout.state}: {error.strerror}; "
            "set NTPD112_STATE_DIR to a folder you may write to"
        ) from error


def _copy_default_city(settings: Settings) -> bool:
    if os.path.lexists(settings.city_file):
        return False
    default = resources.files("ntpd112.config").joinpath("default_city.yaml").read_bytes()
    return write_atomically(settings.city_file, default)
