"""What Asterisk and the ear of one instance know each other by: another instance's messages are none of ours."""

from __future__ import annotations

import hmac

_FOR = b"ntpd112 hep"


def trace_key(ami_password: str) -> str:
    """Return ``capture_password`` of hep.conf, which is the ear's password at AMI as well."""
    return hmac.digest(ami_password.encode(), _FOR, "sha256").hex()
