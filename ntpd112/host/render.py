"""The configuration of Asterisk for one instance, from the city file, the settings and the secrets.

The templates are the folders ``asterisk-config/`` and ``dialplan/``. Texts reach a file through filters only, so that
a name in the city file can never become a line of configuration.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from ntpd112.config.fields import dialable
from ntpd112.config.outward import diverted_by, hides_withheld
from ntpd112.config.schema import City, Destination, Trunk
from ntpd112.core.plan import QUICK_END_S
from ntpd112.host.asterisk_root import AsteriskInstall
from ntpd112.host.errors import RenderError
from ntpd112.host.files import write_atomically
from ntpd112.host.layout import Layout
from ntpd112.host.modules import MAINTENANCE, PAGES, SRTP, TRACE, last_codecs, modules_to_load
from ntpd112.host.secrets import Secrets
from ntpd112.host.voice_ports import filtered_trunks, voice_ports
from ntpd112.settings import INWARD_SUFFIX, PAGE_SUFFIX, Settings
from ntpd112.siptrace.key import trace_key

PACKAGE = Path(__file__).resolve().parents[1]
TEMPLATE_HOMES = (PACKAGE.parent, PACKAGE / "templates")
"""The project's folder; or, in an installed package, a folder inside it."""
SECRET_MODE = 0o600
FALLBACK_RING_S = 15
PROBE = "ntpd112-probe"
"""Endpoint that answers the networks' OPTIONS. The supervisor makes it say 503 while Asterisk closes."""

BRACKETS = r"\\x28\\x29"
"""For REPLACE, which takes a backslash away before it reads the codes: a text from outside without them is safe inside
another function of the dialplan."""
READABLE = r"\x20\x21\x23-\x7e"
"""For FILTER: what a number may hold to be shown and written to the ledger as it is: ASCII but ``"``."""
TOLD = {"diversion": 10, "history-info": 5, "p-called-party-id": 1, "p-asserted-identity": 3}
"""Headers that the dialplan hands over where they are, in this order (ntpd112.config.told), and how many of each."""
OF_A_NAME = r"\x20-\x7e\x80-\xff"
"""For FILTER: letters of any script; Asterisk itself has taken out of a name what is no UTF-8."""

RELOADS = {
    "pjsip.conf": "res_pjsip.so",
    "rtp.conf": "res_rtp_asterisk.so",
    "extensions.conf": "pbx_config.so",
    "dialplan/trunk.conf": "pbx_config.so",
    "dialplan/fallback.conf": "pbx_config.so",
    "dialplan/outside.conf": "pbx_config.so",
    "dialplan/operator.conf": "pbx_config.so",
    "dialplan/selfcall.conf": "pbx_config.so",
    "queues.conf": "app_queue.so",
    "musiconhold.conf": "res_musiconhold.so",
    "features.conf": "features",
    "cdr.conf": "cdr",
    "logger.conf": "logger",
    "manager.conf": "manager",
    "http.conf": "http",
    "ari.conf": "res_ari.so",
    "hep.conf": "res_hep.so",
}
RESTARTS = frozenset({"asterisk.conf", "modules.conf", "pjproject.conf"})


@dataclass(frozen=True)
class Rendered:
    """What rendering changed. Names are relative to the folder ``etc``."""

    changed: tuple[str, ...]

    @property
    def reloads(self) -> tuple[str, ...]:
        """Modules to reload for a running Asterisk: arguments of ``module reload``."""
        return tuple(dict.fromkeys(RELOADS[name] for name in self.changed if name in RELOADS))

    @property
    def restart(self) -> bool:
        """Whether a running Asterisk reads some of it only when it starts."""
        return bool(RESTARTS & set(self.changed))


def render(city: City, settings: Settings, secrets: Secrets, install: AsteriskInstall) -> Rendered:
    """Write ``<state_dir>/etc``; files whose content stays the same are not touched.

    Raises:
        RenderError: the city file has a text that cannot stand in the configuration, or the disk refused.
    """
    layout = Layout.of(settings)
    values = _values(city, settings, secrets, install, layout)
    try:
        layout.create()
        (layout.etc / "dialplan").mkdir(exist_ok=True)
        wanted = {name: _fill(template, values) for name, template in templates().items()}
        changed = [
            name for name, text in wanted.items() if write_atomically(layout.etc / name, text.encode(), SECRET_MODE)
        ]
    except OSError as error:
        raise RenderError(
            f"cannot write the configuration to {layout.etc}: {error}; free the disk or its rights"
        ) from error
    return Rendered(tuple(changed))


def templates() -> dict[str, str]:
    """Return every file of Asterisk's configuration with the template that it is made of. Raises RenderError."""
    home = _home()
    config = {
        path.stem: f"asterisk-config/{path.name}" for path in sorted((home / "asterisk-config").glob("*.conf.j2"))
    }
    plan = {f"dialplan/{path.stem}": f"dialplan/{path.name}" for path in sorted((home / "dialplan").glob("*.conf.j2"))}
    return {**config, **plan}


def _home() -> Path:
    for home in TEMPLATE_HOMES:
        if (home / "asterisk-config").is_dir() and (home / "dialplan").is_dir():
            return home
    raise RenderError(f"the folders asterisk-config and dialplan are missing beside {PACKAGE}; install ntpd112 again")


def _fill(template: str, values: dict[str, Any]) -> str:
    environment = Environment(
        loader=FileSystemLoader(_home()),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  not HTML: the filters below guard Asterisk's own syntax
    )
    environment.filters.update(value=value, word=word, dialled=dialled, diverted_by=_diverted_by)
    environment.filters["shown"] = partial(_shown, values["city"])
    environment.filters["shown_number"] = partial(_shown_number, values["city"])
    try:
        return environment.get_template(template).render(values)
    except TemplateError as error:
        raise RenderError(
            f"the template {template} cannot be filled: {error}; correct it or restore its original"
        ) from error


def _values(
    city: City, settings: Settings, secrets: Secrets, install: AsteriskInstall, layout: Layout
) -> dict[str, Any]:
    language = city.languages[0]
    has_pages = settings.console_port > 0 and set(PAGES) <= set(install.modules)
    has_trace = settings.has_ear and set(TRACE) <= set(install.modules)
    unspecified = ip_address(str(settings.sip_address)).is_unspecified
    return {
        "city": city,
        "settings": settings,
        "secrets": secrets,
        "install": install,
        "layout": layout,
        "modules": dict.fromkeys(
            (*modules_to_load(install.modules), *(PAGES if has_pages else ()), *(TRACE if has_trace else ()))
        ),
        "has_srtp": SRTP in install.modules,
        "last_codecs": last_codecs(install.modules),
        "trace_port": settings.trace_port if has_trace else 0,
        "trace_key": trace_key(secrets.ami_password),
        "manage_address": _in_uri(str(settings.manage_address)),
        "page": PAGE_SUFFIX if has_pages else "",
        "inward": INWARD_SUFFIX,
        "sip_address": _in_uri(str(settings.sip_address)),
        "own_address": _in_uri(_own_address(settings)),
        "probe": PROBE if MAINTENANCE in install.modules else "",
        "ports": voice_ports(city, settings, install),
        "filtered_trunks": filtered_trunks(city),
        "trunk_addresses": dict.fromkeys(str(each) for trunk in city.trunks.values() for each in trunk.addresses),
        "selfcall_user": _selfcall_user(secrets) if city.self_call.every_s else "",
        "media_address": "" if unspecified else str(settings.sip_address),
        "prompt": lambda name: str(layout.sounds / word(language) / word(name)),
        "music": sorted(path.stem for path in layout.music.glob("*.alaw")),
        "fallback_ring_s": FALLBACK_RING_S,
        "fallback_destinations": _overflow_destinations(city),
        "trunk_passwords": {
            name: secrets.trunk_passwords[name]
            for name, trunk in city.trunks.items()
            if trunk.outward.username and name in secrets.trunk_passwords
        },
        "confirm_s": round(city.confirm_s),
        "quick_end_s": round(QUICK_END_S),
        "brackets": BRACKETS,
        "readable": READABLE,
        "of_a_name": OF_A_NAME,
        "room_id": _room_id(secrets),
        "most_of_a_trunk": _most_of_a_trunk(city, settings),
        "most_of_a_number": max(1, settings.most_calls // 2),
        "told": TOLD,
        "plain": lambda name: f"${{REPLACE({name},{BRACKETS},_)}}",
        "alone_codes": _alone_codes(city),
        "alone_numbers": _alone_numbers(city),
    }


def _overflow_destinations(city: City) -> list[Destination]:
    steps = city.queues[city.default_queue].overflow
    return [city.destinations[step.to] for step in steps if step.to in city.destinations]


def _alone_codes(city: City) -> list[tuple[str, str, str, str]]:
    """Return each feature code with its application, the prompt that confirms it, and the presence it means."""
    codes = city.codes
    reasons = {codes.on_break: next(iter(codes.break_reasons.values()), "")}
    reasons |= {codes.on_break + digit: reason for digit, reason in codes.break_reasons.items()}
    meanings = {
        **{code: ("PauseQueueMember", "on_break", f"on_break:{plain(reason)}") for code, reason in reasons.items()},
        codes.log_in: ("UnpauseQueueMember", "logged_in", "available:"),
        codes.log_out: ("PauseQueueMember", "logged_out", "logged_out:"),
        codes.ready: ("UnpauseQueueMember", "ready", "available:"),
    }
    return [(code, *meaning) for code, meaning in sorted(meanings.items())]


def _alone_numbers(city: City) -> list[tuple[str, Destination]]:
    taken = {code for code, *_ in _alone_codes(city)} | set(city.operators)
    numbers = {dialled(place.number): place for place in city.destinations.values()}
    return [(number, place) for number, place in numbers.items() if number not in taken]


def _diverted_by(trunk: Trunk) -> str:
    return diverted_by(trunk.outward, trunk.gateway)


def _room_id(secrets: Secrets) -> str:
    """Return the name by which this room knows a call that comes back to it; the same for good, on every machine."""
    return f"r{sha256(f'room:{secrets.ami_password}'.encode()).hexdigest()[:12]}"


def _most_of_a_trunk(city: City, settings: Settings) -> int:
    """Return how many calls one trunk may have: with others beside it, a tenth of the places is theirs."""
    kept = max(1, settings.most_calls // 10) if len(city.trunks) > 1 else 0
    return max(1, settings.most_calls - kept)


def _shown(city: City, destination: Destination) -> str:
    """Return where the dialplan finds what a destination is shown: an extension of ``[outside]``."""
    kind = city.trunks[destination.trunk].kind
    hides = hides_withheld(destination.withheld, destination.number, kind, city.country_code)
    return f"{word(destination.trunk)}-{'hide' if hides else 'show'}"


def _shown_number(city: City, destination: Destination) -> str:
    """Return the options of Originate for the number and name that a destination is shown; its defaults are theirs."""
    own = city.trunks[destination.trunk].outward
    if own.show == "own":
        return f"c({dialled(own.own_number)})n({dialled(own.own_number)})"
    number = "${FILTER(0-9A-Za-z+,${CALLERID(num)})}"
    if _shown(city, destination).endswith("-show"):
        return f"c({number})"
    hidden = '$["${NTPD_WITHHELD}" = "1"]'
    return f"c(${{IF({hidden}?anonymous:{number})}})${{IF({hidden}?n(Anonymous):)}}"


def _own_address(settings: Settings) -> str:
    """Return where Asterisk reaches itself."""
    listens = ip_address(str(settings.sip_address))
    if not listens.is_unspecified:
        return str(listens)
    return "::1" if listens.version == 6 else "127.0.0.1"  # noqa: PLR2004


def _selfcall_user(secrets: Secrets) -> str:
    """Return the SIP user by which the centre's calls to itself are known; nobody else can guess it."""
    return f"selfcall-{sha256(f'selfcall:{secrets.ami_password}'.encode()).hexdigest()[:32]}"


def _in_uri(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def value(text: object) -> str:
    """Return a text as the value of a setting: ``;`` would begin a comment, a line break a new setting."""
    plain = str(text)
    if any(not c.isprintable() for c in plain) or "\\" in plain:
        raise RenderError(f"{plain!r} has characters that Asterisk's configuration cannot carry; remove them")
    return plain.replace(";", "\\;")


def word(text: object) -> str:
    """Return a name that stands alone, such as a section's or an extension's."""
    plain = str(text)
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", plain):
        raise RenderError(f"{plain!r} cannot be a name in Asterisk's configuration; use letters, digits, _ and -")
    return plain


def plain(text: object) -> str:
    """Return words without anything that means something in the dialplan."""
    return " ".join(re.sub(r"[^\w -]", " ", str(text)).split())


def dialled(text: object) -> str:
    """Return a number as it is dialled: digits and a leading +."""
    plain = dialable(str(text))
    if not re.fullmatch(r"\+?[0-9]{1,20}", plain):
        raise RenderError(f"{plain!r} cannot be dialled; write digits, with or without a + in front")
    return plain
