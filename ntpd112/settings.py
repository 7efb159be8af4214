"""Where one instance lives: ports, addresses, folders. The routing of calls stands in the city file instead.

Each setting can be given in ``<state_dir>/instance.yaml`` or as an environment variable (``NTPD112_SIP_PORT=5070``),
which wins. Several instances run side by side when their folders and their addresses (or ports) differ.
"""

from __future__ import annotations

import os
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Final, Literal

from pydantic import NonNegativeInt, PositiveInt
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, YamlConfigSettingsSource

Port = PositiveInt
INSTANCE_FILE: Final = "instance.yaml"
INSTEAD: Final = "NTPD112_INSTANCE_FILE"
"""Environment variable: the file to read these settings from where the instance's own is damaged."""
DAMAGE: Final = "NTPD112_INSTANCE_DAMAGE"
"""Environment variable: what is wrong with the instance's own then."""
PAGE_SUFFIX: Final = "-page"
"""Asterisk knows the phone in an operator's page by the extension with this behind it."""
INWARD_SUFFIX: Final = ".in"
"""And calls that come in from a trunk by its name with this behind it."""


class Settings(BaseSettings):
    """Settings of one instance. Raises :class:`pydantic.ValidationError` on a wrong or unknown key."""

    model_config = SettingsConfigDict(env_prefix="NTPD112_", extra="forbid", frozen=True)

    state_dir: Path = Path(".ntpd112")
    """Everything this instance writes: secrets, rendered configuration, recordings, records, journal."""
    cache_dir: Path = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "ntpd112"
    """Shared by instances: the private Asterisk root."""
    asterisk: Literal["auto", "machine", "private", "elsewhere"] = "auto"
    """``machine``: the installed Asterisk (20 or later); ``private``: a private root; ``auto``: whichever fits;
    ``elsewhere``: it runs on another machine, at ``manage_address``."""
    asterisk_state_dir: str = ""
    """With ``elsewhere``: the instance's folder on that machine, if it has another path there."""
    sip_address: IPv4Address | IPv6Address = IPv4Address("127.0.0.1")
    """Where SIP and RTP listen. The default serves this machine only: set the address of the trunks' network."""
    sip_port: Port = 5060
    rtp_first: Port = 10000
    rtp_last: Port = 14999
    """Two ports for each caller and each phone that rings."""
    manage_address: IPv4Address | IPv6Address = IPv4Address("127.0.0.1")
    """Where ARI and AMI listen. Never an address that a trunk can reach."""
    ari_port: Port = 8088
    ami_port: Port = 5038
    trace_port: NonNegativeInt = 9060
    """UDP port at ``manage_address`` to which Asterisk mirrors its SIP messages, for the ear that tells of what it
    refused and why networks ended lines; 0: no ear."""
    journal_address: IPv4Address | IPv6Address = IPv4Address("127.0.0.1")
    """This machine's address on the management network, where controllers elsewhere get the journal."""
    journal_port: NonNegativeInt = 0
    """The port for that; 0: all controllers are on this machine."""
    console_address: IPv4Address | IPv6Address = IPv4Address("127.0.0.1")
    """Where browsers find the console. Other machines' browsers want TLS: without it they give no page a microphone."""
    console_port: NonNegativeInt = 8112
    """0: no console."""
    console_certificate: str = ""
    """File with the console's TLS certificate and those between it and the root (PEM); empty: no TLS."""
    console_key: str = ""
    """File with its private key; empty: it stands beside the certificate, in the same file."""
    database_url: str = ""
    """SQLAlchemy URL; empty: SQLite in ``state_dir``."""
    ari_timeout_s: float = 5.0
    ami_timeout_s: float = 5.0
    broadcast_claim_ms: int = 500
    """A new call that no controller claims within this time goes to the dialplan's fallback."""
    lifeboat_after_s: float = 3.0
    """When no controller has served for so long, callers who are not speaking go to the dialplan's fallback."""
    asterisk_hung_s: float = 20.0
    """Asterisk is ended and started again when neither ARI nor AMI has answered anything for so long; 0: never."""
    music_a_cpu: int = 150
    """So many callers hear music at once for each processor of this machine; further ones only what is said to them."""
    most_calls: int = 1000
    """Citizens' calls at once; further ones are refused with 503, so that the network takes its next route."""
    disk_alarm_mb: int = 1024
    """An alarm is raised when the disk of the records or of the recordings has less left, in MiB."""

    @property
    def has_others(self) -> bool:
        """Whether controllers on other machines may serve."""
        return self.journal_port > 0

    @property
    def journal_place(self) -> str:
        """Where others get the journal, which no two instances have in common: the name of this one."""
        return f"{self.journal_address}:{self.journal_port}"

    @property
    def asterisk_is_here(self) -> bool:
        """Whether Asterisk runs on this machine."""
        return self.asterisk != "elsewhere"

    @property
    def has_ear(self) -> bool:
        """Whether an ear listens to Asterisk's SIP messages: only where Asterisk runs."""
        return self.trace_port > 0 and self.asterisk_is_here

    @property
    def ear_socket(self) -> Path:
        """Where the ear tells the controller that serves what it has found."""
        return self.state_dir / "run" / "ear.sock"

    @property
    def city_file(self) -> Path:
        """The routing file."""
        return self.state_dir / "city.yaml"

    @property
    def ari_url(self) -> str:
        """Where ARI is found."""
        return f"http://{_host(self.manage_address)}:{self.ari_port}/ari"

    @property
    def database(self) -> str:
        """The database's SQLAlchemy URL."""
        return self.database_url or f"sqlite+aiosqlite:///{self.state_dir.absolute() / 'ntpd112.db'}"

    @property
    def control_socket(self) -> Path:
        """Where the command line reaches the running controller."""
        return self.state_dir / "run" / "control.sock"

    @property
    def console_url(self) -> str:
        """Where the console is found."""
        scheme = "https" if self.console_certificate else "http"
        return f"{scheme}://{_host(self.console_address)}:{self.console_port}/"

    @property
    def recordings_dir(self) -> Path:
        """One file a call."""
        return self.state_dir / "recordings"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then the instance's file."""
        given = {**env_settings(), **init_settings()}
        own = Path(given.get("state_dir", cls.model_fields["state_dir"].default)) / INSTANCE_FILE
        file = Path(os.environ.get(INSTEAD) or own)
        return init_settings, env_settings, YamlConfigSettingsSource(settings_cls, yaml_file=file)


def last_good(state_dir: Path) -> Path:
    """Return the folder of what the room last opened with."""
    return state_dir / "last-good"


def _host(address: IPv4Address | IPv6Address) -> str:
    return f"[{address}]" if address.version == 6 else str(address)  # noqa: PLR2004
