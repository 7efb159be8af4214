"""What can go wrong when Asterisk is asked to do something over AMI.

::

    AmiError
    ├── AmiRefusedError             Asterisk answered with an error: it did not do it
    ├── AmiNotConnectedError        no connection stands: Asterisk certainly did nothing
    ├── AmiTimeoutError             no answer in time: unknown whether it was done
    ├── AmiConnectionLostError      the connection broke before the answer: unknown whether it was done
    └── AmiUnavailableError         logging in was refused for good; the text names the cure

A header that cannot be sent (a line break in it, or too long) raises :class:`ValueError` before anything is sent.
"""

from __future__ import annotations


class AmiError(Exception):
    """Something went wrong between us and AMI. ``action`` names the request, such as ``MixMonitor``."""

    def __init__(self, action: str, reason: str) -> None:
        super().__init__(f"{action}: {reason}" if action else reason)
        self.action = action
        self.reason = reason


class AmiRefusedError(AmiError):
    """Asterisk answered with an error and did nothing. ``reason`` is its message."""


class AmiNotConnectedError(AmiError):
    """No connection stands, so Asterisk certainly did nothing."""


class AmiTimeoutError(AmiError):
    """No answer came in time."""


class AmiConnectionLostError(AmiError):
    """The connection broke before the answer came."""


class AmiUnavailableError(AmiError):
    """Logging in was refused for good."""
