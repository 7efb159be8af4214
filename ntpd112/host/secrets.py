"""Passwords of one instance: ARI, AMI, and one of every operator's phone, made once; and those of trunks."""

from __future__ import annotations

import errno
import hmac
import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ntpd112.host.errors import HostError
from ntpd112.host.files import write_atomically
from ntpd112.settings import last_good

PASSWORD_BYTES = 18
"""144 bits of randomness, 24 letters: beyond guessing, still short enough to type into a phone."""


class Secrets(BaseModel):
    """The passwords. Never log this object."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ari_password: str = Field(min_length=1, pattern="^[A-Za-z0-9_-]+$", repr=False)
    ami_password: str = Field(min_length=1, pattern="^[A-Za-z0-9_-]+$", repr=False)
    sip_passwords: dict[str, str] = Field(repr=False)
    """Operator -> password of the softphone."""
    trunk_passwords: dict[str, str] = Field(default_factory=dict, repr=False)
    """Trunk -> the password that its provider gave us. Set by people, never made here."""


def secrets_path(state_dir: Path) -> Path:
    """Return where the passwords of an instance lie."""
    return state_dir / "secrets.json"


def load_secrets(state_dir: Path) -> Secrets:
    """Read the passwords; the last good ones when the file is damaged.

    Raises:
        HostError: there is no such file, or neither can be read.
    """
    path = secrets_path(state_dir)
    try:
        return _read(path)
    except HostError:
        if not os.path.lexists(path):
            raise
        copy = last_good(state_dir) / path.name
        if not copy.is_file():
            raise
        return _read(copy)


def damage(state_dir: Path) -> str:
    """Tell what is wrong with the file of the passwords; empty when nothing is, or when there is none."""
    path = secrets_path(state_dir)
    if not os.path.lexists(path):
        return ""
    try:
        _read(path)
    except HostError as error:
        return str(error)
    return ""


def _read(path: Path) -> Secrets:
    try:
        if os.path.lexists(path) and not path.is_file():
            raise OSError(errno.EINVAL, "it is no ordinary file")
        return Secrets.model_validate_json(path.read_bytes())
    except OSError as error:
        raise HostError(f"cannot read {path}: {error.strerror}; run `ntpd112 setup` to make it") from error
    except ValidationError as error:
        raise HostError(
            f"{path} is damaged ({error.error_count()} mistakes); restore it from a backup, or remove it "
            "and its copy in last-good: new passwords are made then, and every softphone needs its new one"
        ) from error


def journal_key(secrets: Secrets) -> bytes:
    """Return what controllers of one instance on several machines know each other by, made of what they share."""
    return hmac.digest(f"{secrets.ari_password} {secrets.ami_password}".encode(), b"ntpd112 journal", "sha256")


def ensure_secrets(state_dir: Path, operators: Iterable[str]) -> Secrets:
    """Read the passwords, making those that are missing; existing ones never change.

    Passwords of operators who left the city file are kept, in case they come back.
    """
    if os.path.lexists(secrets_path(state_dir)):
        known = load_secrets(state_dir)
    else:
        known = Secrets(ari_password=_password(), ami_password=_password(), sip_passwords={})
    wanted = with_passwords(known, operators)
    put_in_place(state_dir, wanted)
    return wanted


def with_passwords(known: Secrets, operators: Iterable[str]) -> Secrets:
    """Return the passwords with those that are missing."""
    sip_passwords = {**{operator: _password() for operator in operators}, **known.sip_passwords}
    return known.model_copy(update={"sip_passwords": dict(sorted(sip_passwords.items()))})


def set_trunk_password(state_dir: Path, trunk: str, password: str) -> None:
    """Keep the password that a trunk's provider gave us; an empty one removes it.

    Raises:
        HostError: the secrets cannot be read, or Asterisk's configuration cannot carry the password.
    """
    if any(not letter.isprintable() or letter == "\\" for letter in password):
        raise HostError("the password has a backslash or a control character; ask the provider for another one")
    known = load_secrets(state_dir)
    passwords = {name: kept for name, kept in known.trunk_passwords.items() if name != trunk}
    if password:
        passwords[trunk] = password
    put_in_place(state_dir, known.model_copy(update={"trunk_passwords": dict(sorted(passwords.items()))}))


def put_in_place(state_dir: Path, wanted: Secrets) -> None:
    """Write the passwords, unless they are there. Raises :class:`HostError`."""
    # Without the passwords of trunks, if there are none, an earlier version can read the file, too.
    left_out = set() if wanted.trunk_passwords else {"trunk_passwords"}
    content = json.dumps(wanted.model_dump(exclude=left_out), indent=2).encode() + b"\n"
    try:
        write_atomically(secrets_path(state_dir), content, mode=0o600)
    except OSError as error:
        raise HostError(
            f"cannot write {secrets_path(state_dir)}: {error.strerror}; free the disk or its rights"
        ) from error


def _password() -> str:
    return secrets.token_urlsafe(PASSWORD_BYTES)
