"""Who may sign in at the console, by command; and that the console of a room that runs lets them in."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request

import pytest

from tests.operation.room import WITHIN_S, Room


def sign_in(room: Room, name: str, password: str) -> int:
    """Return the console's status for this name and password, once it can be reached."""
    body = json.dumps({"name": name, "password": password}).encode()
    request = urllib.request.Request(
        f"http://{room.network}.1:8112/api/v1/session", body, {"Content-Type": "application/json"}, method="POST"
    )
    deadline = time.monotonic() + WITHIN_S
    while True:
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_who_is_let_in_may_sign_in_until_they_are_removed(room: Room) -> None:
    added = room.ask("account", "add", "Eko", "--operator", "203")
    assert added.exit_code == 0, added.output
    password = added.stdout.strip().rpartition(" ")[2]
    assert added.stdout.startswith(f"eko signs in at http://{room.network}.1:8112/ with ")
    assert sign_in(room, "eko", password) == 200
    assert room.ask("account", "list").stdout == "eko\tDewi\toperator\t203\tid\n"
    newer = room.ask("account", "password", "eko").stdout.strip().rpartition(" ")[2]
    assert (sign_in(room, "eko", password), sign_in(room, "eko", newer)) == (401, 200)
    assert room.ask("account", "remove", "eko").stdout == "eko can no longer sign in\n"
    assert sign_in(room, "eko", newer) == 401
    assert room.ask("account", "list").stdout == ""


@pytest.mark.parametrize(
    ("command", "cause", "cure"),
    [
        ("add eko", "an operator takes calls", "--operator 201"),
        ("add eko --operator 999", "there is no operator 999", "201, 202, 203"),
        ("add e;o --operator 201", "small letters", ""),
        ("add eko --operator 201 --role boss", "'boss' is not one of", ""),
        ("password nobody", "there is no account nobody", ""),
        ("remove nobody", "there is no account nobody", ""),
    ],
)
def test_every_error_names_its_cause(room: Room, command: str, cause: str, cure: str) -> None:
    failed = room.ask("account", *command.split())
    assert failed.exit_code == 2, failed.output
    assert cause in failed.stderr
    assert cure in failed.stderr
