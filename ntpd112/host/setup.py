"""From nothing to a machine that can answer 112: everything a first start needs, in order.

When all is there it takes a fraction of a second, so every start goes through it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

from ntpd112.config.load import CityFile, load_city
from ntpd112.host.asterisk_root import AsteriskInstall, ensure_asterisk, find_asterisk
from ntpd112.host.errors import HostError, Progress, silent
from ntpd112.host.files import write_atomically
from ntpd112.host.layout import Layout
from ntpd112.host.music import build_music
from ntpd112.host.packages import PRIVATE_ROOT, VOICE, Need, ensure_packages
from ntpd112.host.prompts import build_prompts
from ntpd112.host.render import Rendered, render
from ntpd112.host.secrets import Secrets, ensure_secrets
from ntpd112.settings import Settings


@dataclass(frozen=True)
class Ready:
    """What :func:`prepare` found or made."""

    install: AsteriskInstall
    city: CityFile
    secrets: Secrets
    rendered: Rendered
    prompts: tuple[str, ...]
    """Prompts made just now, as ``<language>/<prompt>``."""


def prepare(settings: Settings, progress: Progress = silent) -> Ready:
    """Make ready whatever is missing or out of date: programs, Asterisk, city file, passwords, sounds, configuration.

    Blocks for a second to a minute on a first start; call it in a thread when an event loop runs.

    Raises:
        HostError: the machine lacks something that could not be made; the text names the cure.
        CityError: the city file has mistakes, each with its line.
    """
    ensure_packages(_needs(settings), progress)
    install = ensure_asterisk(settings.asterisk, settings.cache_dir, progress)
    layout = Layout.of(settings)
    _make_folders(layout)
    if _copy_default_city(settings):
        progress(f"wrote the routing file {settings.city_file}: put in your own trunks, operators and numbers")
    return refresh(settings, install, progress)


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
    if settings.city_file.exists():
        return False
    default = resources.files("ntpd112.config").joinpath("default_city.yaml").read_bytes()
    return write_atomically(settings.city_file, default)
