"""Passwords are made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from ntpd112.host.errors import HostError
from ntpd112.host.secrets import ensure_secrets, load_secrets, set_trunk_password


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


def test_a_trunks_password_is_kept_replaced_and_removed_by_people_alone(tmp_path: Path) -> None:
    ensure_secrets(tmp_path, ["201"])
    set_trunk_password(tmp_path, "landline", "p;w \u00e9")
    again = ensure_secrets(tmp_path, ["201"])
    assert again.trunk_passwords == {"landline": "p;w \u00e9"}
    assert "p;w" not in repr(again)
    set_trunk_password(tmp_path, "landline", "other")
    assert load_secrets(tmp_path).trunk_passwords == {"landline": "other"}
    set_trunk_password(tmp_path, "landline", "")
    assert load_secrets(tmp_path).trunk_passwords == {}
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("password", ["a\\b", "a\nb", "a\0"])
def test_a_password_that_asterisk_cannot_be_told_is_refused(password: str, tmp_path: Path) -> None:
    ensure_secrets(tmp_path, ["201"])
    with pytest.raises(HostError, match="backslash"):
        set_trunk_password(tmp_path, "landline", password)
