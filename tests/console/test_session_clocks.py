"""Sessions when the machine's clock is wrong: people sign in, stay signed in, and a new password still signs out."""

from __future__ import annotations

from pathlib import Path

import pytest

from ntpd112.console.sessions import LASTS_S, Sessions
from tests.console.office import PASSWORD, give_accounts

NOW = 1_795_000_000.0
YEARS_S = 315_360_000.0


class Clock:
    """One that anybody sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.mark.parametrize("now", [0.0, 1000.0, NOW - YEARS_S, NOW - 1, NOW, NOW + YEARS_S])
def test_people_sign_in_whatever_the_clock_says_of_when_their_password_was_set(
    tmp_path: Path, clock: Clock, now: float
) -> None:
    accounts = give_accounts(tmp_path)
    accounts.set_password("siti", "a sentence that nobody knows", NOW)
    sessions = Sessions(tmp_path / "sessions.json", accounts, clock)
    clock.now = now
    account = accounts.signed_in("siti", "a sentence that nobody knows")
    assert account is not None
    token = sessions.begin(account)
    assert sessions.of(token) == account
    again = Sessions(tmp_path / "sessions.json", accounts, clock)
    assert again.of(token) == account


@pytest.mark.parametrize("by_s", [-1.0, -3600.0, -YEARS_S])
def test_a_clock_that_is_set_back_signs_nobody_out_and_lets_no_session_last_longer(
    tmp_path: Path, clock: Clock, by_s: float
) -> None:
    accounts = give_accounts(tmp_path)
    sessions = Sessions(tmp_path / "sessions.json", accounts, clock)
    account = accounts.signed_in("siti", PASSWORD)
    assert account is not None
    token = sessions.begin(account)
    clock.now += by_s
    assert sessions.of(token) == account
    clock.now += LASTS_S - 1
    assert sessions.of(token) == account
    clock.now += 2
    assert sessions.of(token) is None


@pytest.mark.parametrize("set_at", [0.0, NOW - 10, NOW + YEARS_S])
def test_a_new_password_ends_every_session_whenever_it_is_said_to_be_set(
    tmp_path: Path, clock: Clock, set_at: float
) -> None:
    accounts = give_accounts(tmp_path)
    sessions = Sessions(tmp_path / "sessions.json", accounts, clock)
    account = accounts.signed_in("siti", PASSWORD)
    assert account is not None
    token = sessions.begin(account)
    accounts.set_password("siti", "a sentence that nobody knows", set_at)
    assert sessions.of(token) is None
