"""The command about the machine's firewall: rules that keep a stranger's voice out of silent callers' lines."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ntpd112.cli.context import city, settings
from ntpd112.cli.output import MACHINE, console, fail
from ntpd112.host import firewall as rules_of
from ntpd112.host.errors import HostError


def firewall(
    load: Annotated[bool, typer.Option("--load", help="Load them into the kernel, in place of older ones.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take this instance's rules out of the kernel.")] = False,
) -> None:
    """Print rules (nftables) by which only a trunk's own networks, and what a call's SDP names, reach its voice.

    They hold for the trunks with `media` in the city file. Without such a trunk there are none.
    """
    chosen = settings()
    if load and remove:
        fail("--load and --remove were both given", "choose one of them")
    try:
        if remove:
            rules_of.unload(chosen)
            console().print("no rule of this instance is loaded any more")
            return
        ruleset = rules_of.needed(city(chosen).city, chosen)
        if not load:
            sys.stdout.write(ruleset or "# No trunk of the city file has `media`: nothing is filtered.\n")
        elif ruleset:
            rules_of.load(chosen, ruleset)
            console().print(f"loaded; what they let in and drop: nft list table inet {rules_of.table_of(chosen)}")
        else:
            if rules_of.has_rules(chosen):
                rules_of.unload(chosen)
            console().print("no trunk of the city file has media: no rule is needed, and none is loaded")
    except HostError as error:
        fail(str(error), "", MACHINE)
