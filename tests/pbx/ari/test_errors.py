from __future__ import annotations

import pytest

from ntpd112.pbx.ari.base import path
from ntpd112.pbx.ari.errors import (
    AriError,
    BadRequestError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    NotInStasisError,
    PreconditionError,
    RefusedError,
    ServerError,
    UnprocessableError,
    reason_in,
    refusal,
)


@pytest.mark.parametrize(
    ("status", "reason", "kind"),
    [
        (400, "Missing parameter", BadRequestError),
        (401, "Unauthorized", ForbiddenError),
        (403, "Forbidden", ForbiddenError),
        (404, "Channel not found", NotFoundError),
        (409, "Channel not in Stasis application", NotInStasisError),
        (409, "Channel not in a Stasis application", NotInStasisError),
        (409, "Channel with given unique ID already exists", ConflictError),
        (412, "Channel in invalid state", PreconditionError),
        (413, "Request Entity Too Large", RefusedError),
        (422, "Event source does not exist", UnprocessableError),
        (500, "Allocation failed", ServerError),
        (503, "Service Unavailable", ServerError),
    ],
)
def test_each_status_has_its_own_error(status: int, reason: str, kind: type[AriError]) -> None:
    error = refusal("channels_get", status, b'{"message": "%s"}' % reason.encode())

    assert type(error) is kind
    assert str(error) == f"channels_get: {reason} ({status})"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"message":"Channel not found"}', "Channel not found"),
        (b'{"error":"Allocation failed"}', "Allocation failed"),
        (b"<html><title>400 Bad Request</title><h1>Bad\nRequest</h1></html>", "400 Bad Request Bad Request"),
        (b"", "no reason given"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b'["odd"]', "['odd']"),
    ],
)
def test_the_reason_is_read_from_whatever_asterisk_answers(body: bytes, reason: str) -> None:
    assert reason_in(body) == reason


def test_ids_are_quoted_in_a_path() -> None:
    assert path("endpoints", "PJSIP", "a/b ?#%") == "endpoints/PJSIP/a%2Fb%20%3F%23%25"


def test_an_empty_id_never_becomes_another_resource() -> None:
    with pytest.raises(ValueError, match="an empty id"):
        path("channels", "")
