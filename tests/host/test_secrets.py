"""Passwords are made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from ntpd112.host.errors import HostError
from ntpd112.host.secrets import ensure_secrets, load_secrets


def test_existing_passwords_stay_and_new_operators_get_one(tmp_path: Path) -> None:
    first = ensure_secrets(tmp_path, ["201"])
    second = ensure_secrets(tmp_path, ["201", "202"])
    third = ensure_secrets(tmp_path, ["202"])

    assert second.ari_password == first.ari_password
    assert second.sip_passwords["201"] == first.sip_passwords["201"]
    assert third.sip_passwords == second.sip_passwords
    assert len({*second.sip_passwords.values(), second.ari_password, second.ami_password}) == 4
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_passwords_are_not_shown_by_accident(tmp_path: Path) -> None:
    secrets = ensure_secrets(tmp_path, ["201"])

    assert secrets.ari_password not in repr(secrets)
    assert secrets.sip_passwords["201"] not in repr(secrets)


def test_a_damaged_file_is_named_and_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text('{"ari_password": ')

    with pytest.raises(HostError, match=r"damaged .* restore it"):
        ensure_secrets(tmp_path, ["201"])
    assert (tmp_path / "secrets.json").read_text() == '{"ari_password": '


def test_a_missing_file_is_named_with_its_cure(tmp_path: Path) -> None:
    with pytest.raises(HostError, match="ntpd112 setup"):
        load_secrets(tmp_path)
