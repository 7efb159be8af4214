"""Accounts, sessions and the throttle, apart from the web."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ntpd112.console.accounts import Account, AccountError, Accounts, hash_password
from ntpd112.console.sessions import LASTS_S, Sessions
from ntpd112.console.throttle import FREE_OF_ADDRESS, FREE_TRIES, Throttle
from tests.console.office import PASSWORD, PEOPLE, give_accounts


def account(name: str, operator: str | None = None) -> Account:
    return Account(name=name, full_name=name, role="operator", operator=operator, password_hash="x", changed_at=1.0)


def test_accounts_are_found_in_any_letter_case_and_kept_for_their_owner_alone(tmp_path: Path) -> None:
    accounts = give_accounts(tmp_path)
    assert {*accounts.all()} == {*PEOPLE}
    found = accounts.signed_in("Siti", PASSWORD)
    assert found is not None
    assert found.operator == "201"
    assert accounts.signed_in("siti", PASSWORD + " ") is None
    assert accounts.signed_in("nobody", PASSWORD) is None
    assert stat.S_IMODE(accounts.path.stat().st_mode) == 0o600
    assert PASSWORD not in accounts.path.read_text()


def test_what_one_program_changes_the_other_knows(tmp_path: Path) -> None:
    console, command_line = give_accounts(tmp_path), Accounts(tmp_path)
    assert console.find("eko") is None
    command_line.add(account("eko", "204"))
    assert console.find("eko") is not None
    command_line.remove("eko")
    assert console.find("eko") is None
    console.path.unlink()
    assert console.all() == {}


@pytest.mark.parametrize(
    ("name", "operator", "said"),
    [
        ("siti", "204", "already"),
        ("eko", "201", "operator 201 is siti already"),
        ("Eko", "204", "small letters"),
        ("e ko", "204", "small letters"),
        ("", "204", "small letters"),
        ("=eko", "204", "small letters"),
    ],
)
def test_an_account_that_cannot_be_is_refused(tmp_path: Path, name: str, operator: str, said: str) -> None:
    with pytest.raises(AccountError, match=said):
        give_accounts(tmp_path).add(account(name, operator))


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaa", "i am siti!", "x" * 201, "abababababab"])
def test_a_password_that_is_too_easy_is_refused(password: str) -> None:
    with pytest.raises(AccountError):
        hash_password("siti", password)


def test_a_password_or_removal_of_nobody_is_refused(tmp_path: Path) -> None:
    accounts = give_accounts(tmp_path)
    with pytest.raises(AccountError, match="there is no account eko; there are: admin, budi, dewi, layar, rina, siti"):
        accounts.remove("eko")
    with pytest.raises(AccountError, match="there is no account eko"):
        accounts.set_password("eko", PASSWORD, 2.0)


def test_many_who_change_at_once_lose_nothing(tmp_path: Path) -> None:
    names = [f"operator{n}" for n in range(20)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda name: Accounts(tmp_path).add(account(name, name)), names))
    assert {*Accounts(tmp_path).all()} == {*names}


def test_a_session_lasts_a_shift_and_ends_with_the_password_it_was_begun_with(tmp_path: Path) -> None:
    now = 1000.0
    accounts = give_accounts(tmp_path)
    sessions = Sessions(tmp_path / "sessions.json", accounts, lambda: now)
    siti = accounts.find("siti")
    assert siti is not None
    token = sessions.begin(siti)
    assert token not in (tmp_path / "sessions.json").read_text()
    again = Sessions(tmp_path / "sessions.json", accounts, lambda: now)
    assert again.of(token) == siti
    assert again.of(token + "x") is None
    assert again.of("") is None
    now += LASTS_S - 1
    assert again.of(token) == siti
    accounts.set_password("siti", "ikan tidak makan kucing", now)
    assert again.of(token) is None
    newer = accounts.find("siti")
    assert newer is not None
    token = again.begin(newer)
    now += LASTS_S
    assert again.of(token) is None


def test_a_wall_is_signed_in_for_a_year(tmp_path: Path) -> None:
    now = 1000.0
    accounts = give_accounts(tmp_path)
    layar = accounts.find("layar")
    assert layar is not None
    token = Sessions(tmp_path / "sessions.json", accounts, lambda: now).begin(layar)
    now += 365 * 86_400
    again = Sessions(tmp_path / "sessions.json", accounts, lambda: now)
    assert again.of(token) == layar
    again.begin(layar)
    assert again.of(token) == layar
    now += 2 * 86_400
    assert again.of(token) is None


def test_no_account_has_more_sessions_than_ten_and_a_damaged_file_signs_everybody_out(tmp_path: Path) -> None:
    accounts = give_accounts(tmp_path)
    file = tmp_path / "sessions.json"
    sessions = Sessions(file, accounts, lambda: 1000.0)
    siti = accounts.find("siti")
    assert siti is not None
    tokens = [sessions.begin(siti) for _ in range(11)]
    assert sessions.of(tokens[0]) is None
    assert sessions.of(tokens[1]) == siti
    file.write_text("[")
    damaged = Sessions(file, accounts, lambda: 1000.0)
    assert damaged.of(tokens[1]) is None
    assert damaged.of(damaged.begin(siti)) == siti


def test_waits_double_up_to_a_minute_and_are_forgotten_after_a_while() -> None:
    throttle, now, waits = Throttle(), 0.0, []
    for n in range(FREE_TRIES + 8):
        waits.append(throttle.wait_s("siti", f"10.0.0.{n}", now))
        now += waits[-1]
        throttle.failed("siti", f"10.0.0.{n}", now)
    assert waits == [0.0] * FREE_TRIES + [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]
    assert throttle.wait_s("budi", "10.0.0.1", now) == 0
    assert throttle.wait_s("siti", "10.0.0.99", now + 901) == 0


def test_an_address_that_tries_many_names_waits_too_even_if_it_knows_one_password() -> None:
    throttle = Throttle()
    for n in range(FREE_OF_ADDRESS):
        assert throttle.wait_s(f"name{n}", "10.0.0.1", 0.0) == 0
        throttle.failed(f"name{n}", "10.0.0.1", 0.0)
        throttle.succeeded("own", "10.0.0.1")
    assert throttle.wait_s("siti", "10.0.0.1", 0.0) == 2.0
    assert throttle.wait_s("siti", "10.0.0.2", 0.0) == 0
