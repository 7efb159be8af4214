"""What can go wrong on the machine, each with its cause and its cure.

::

    HostError
    ├── PackagesError      programs are missing and could not be installed
    ├── RootError          no usable Asterisk, and none could be built
    ├── RenderError        the configuration cannot be written
    ├── PromptError        a prompt or the music could not be made
    └── AsteriskError      Asterisk did not start, answer or stop
        └── BootError      it ended, or did not boot, with this configuration and this copy of it
"""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str], None]
"""Told one line of text whenever something begins that takes longer than a moment."""


def silent(_line: str) -> None:
    """Ignore progress."""


class HostError(Exception):
    """Something about this machine keeps the exchange from running; the text says what, and what to do."""


class PackagesError(HostError):
    """Programs are missing and could not be installed."""


class RootError(HostError):
    """There is no usable Asterisk, and none could be built."""


class RenderError(HostError):
    """The configuration cannot be written."""


class PromptError(HostError):
    """A prompt or the music could not be made."""


class AsteriskError(HostError):
    """Asterisk did not start, answer or stop."""


class BootError(AsteriskError):
    """Asterisk itself does not run: its configuration or its copy may be the cause, and no port or disk is."""
