"""The command about trunks: the password that a provider gave us."""

from __future__ import annotations

import getpass
import sys
from typing import Annotated

import typer

from ntpd112.cli.context import city, program, settings
from ntpd112.cli.output import CANNOT, MACHINE, console, fail
from ntpd112.host.errors import HostError
from ntpd112.host.secrets import set_trunk_password


def trunk_password(
    trunk: Annotated[str, typer.Argument(metavar="TRUNK", help="Name of the trunk in the city file.")],
    read: Annotated[bool, typer.Option("--stdin", help="Read the password from standard input, for scripts.")] = False,
    forget: Annotated[bool, typer.Option("--forget", help="Remove the password.")] = False,
) -> None:
    """Keep the password with which a trunk's provider knows us; it is used after a reload."""
    trunks = city(settings()).city.trunks
    if trunk not in trunks:
        fail(f"there is no trunk {trunk}", f"there are {', '.join(trunks)}", CANNOT)
    password = ""
    if not forget:
        password = sys.stdin.readline().rstrip("\n") if read else getpass.getpass(f"Password of trunk {trunk}: ")
        if not password:
            fail("no password was given", f"to remove it: {program()} trunk-password {trunk} --forget", CANNOT)
    try:
        set_trunk_password(settings().state_dir, trunk, password)
    except HostError as error:
        fail(str(error), "", MACHINE)
    console().print(f"the password of trunk {trunk} is {'kept' if password else 'removed'}; now: {program()} reload")
    if password and trunks[trunk].outward.username is None:
        console().print("it is used once the city file has a username under the trunk's outward")
