"""Running a program to its end, with its output at hand when it fails."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence

from ntpd112.host.errors import HostError, Progress, silent

TAIL_LINES = 12


class CommandError(HostError):
    """A program ended with an error, or took too long. ``output``: the last lines it wrote."""

    def __init__(self, command: Sequence[str], why: str, output: str) -> None:
        self.output = "\n".join(output.strip().splitlines()[-TAIL_LINES:])
        super().__init__(f"`{' '.join(command)}` {why}" + (f":\n{self.output}" if self.output else ""))


def run(command: Sequence[str], *, timeout_s: float, text: str | None = None) -> str:
    """Run a program, with ``text`` as its input, and return what it wrote. Raises :class:`CommandError`."""
    try:
        done = subprocess.run(
            command,
            input=text if text is not None else "",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout_s,
            check=False,
        )
    except FileNotFoundError as error:
        raise CommandError(command, "cannot be started: the program is missing", str(error)) from error
    except subprocess.TimeoutExpired as error:
        raise CommandError(command, f"did not end within {timeout_s:g} s", str(error.stdout or "")) from error
    if done.returncode:
        raise CommandError(command, f"failed with exit status {done.returncode}", done.stdout)
    return done.stdout


def follow(command: Sequence[str], progress: Progress = silent, env: Mapping[str, str] | None = None) -> None:
    """Run a program that takes long, passing on each line it writes. Raises :class:`CommandError`."""
    lines: list[str] = []
    try:
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**os.environ, **(env or {})},
        ) as process:
            for line in process.stdout or ():
                lines.append(line.rstrip())
                if lines[-1]:
                    progress(lines[-1])
    except FileNotFoundError as error:
        raise CommandError(command, "cannot be started: the program is missing", str(error)) from error
    if process.returncode:
        raise CommandError(command, f"failed with exit status {process.returncode}", "\n".join(lines))
