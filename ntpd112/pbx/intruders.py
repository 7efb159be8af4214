"""Failed sign-ins at AMI and at Asterisk's HTTP server, which nobody but ntpd112 uses.

Asterisk says so in security events, over the connection that the controller has anyway: each further one costs
Asterisk two milliseconds a call, as it wakes every connection for every event. Of SIP the ear tells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from ntpd112.pbx.now_and_then import NowAndThen

SECURITY_EVENTS: Final = (
    "InvalidAccountID",
    "InvalidPassword",
    "ChallengeResponseFailed",
    "FailedACL",
    "SessionLimit",
    "RequestNotAllowed",
    "RequestBadFormat",
    "UnexpectedAddress",
)
_SIP: Final = "PJSIP"
_AGAIN_S: Final = 600.0
_MOST_TOLD: Final = 500
_CURE: Final = "nobody but ntpd112 has business there: keep that address off the management network"


class Intruders:
    """Raises an alarm at once, and again with the number of times when it still goes on later."""

    def __init__(self, alarm: Callable[[str, str, str], None]) -> None:
        self._alarm = alarm
        self._told = NowAndThen(_AGAIN_S, _MOST_TOLD)

    def heard(self, fields: Mapping[str, str]) -> None:
        """Take one security event; whatever is missing or odd in it is left out."""
        service = fields.get("Service", "")[:20]
        if service == _SIP:
            return
        parts = fields.get("RemoteAddress", "").split("/")  # IPV4/TCP/10.0.0.1/5038
        source = parts[2][:60] if len(parts) > 2 else "nowhere"  # noqa: PLR2004  family, transport, address
        account = fields.get("AccountID", "")[:60]
        number = self._told.due((account, source))
        if number:
            times = f", {number} times" if number > 1 else ""
            what = (
                f"{fields.get('Event', '')[:40]} at Asterisk's {service} for {account or 'nobody'} from {source}{times}"
            )
            self._alarm("intrusion", f"{what}; {_CURE}", "")
