"""The command about the machine's firewall: rules that keep a stranger's voice out of silent callers' lines."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ntpd112.cli.context import city, program, settings
from ntpd112.cli.output import MACHINE, console, fail
from ntpd112.host import firewall as rules_of
from ntpd112.host.asterisk_root import find_asterisk
from ntpd112.host.errors import HostError
from ntpd112.host.voice_ports import filtered_trunks, voice_ports

if TYPE_CHECKING:
    from ntpd112.config.schema import City
    from ntpd112.settings import Settings


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
        ruleset = _ruleset(chosen, city(chosen).city)
        if not load:
            sys.stdout.write(ruleset or "# No trunk of the city file has `media`: nothing is filtered.\n")
        elif ruleset:
            rules_of.load(chosen, ruleset)
            console().print(f"loaded; what they let in and drop: nft list table inet {rules_of.table_of(chosen)}")
        else:
            rules_of.unload(chosen)
            console().print("no trunk of the city file has media: no rule is needed, and none is loaded")
    except HostError as error:
        fail(str(error), "", MACHINE)


def _ruleset(chosen: Settings, routing: City) -> str:
    """Return the rules that are needed; none without a trunk that is filtered. Raises :class:`HostError`."""
    if not filtered_trunks(routing):
        return ""
    if not chosen.asterisk_is_here:
        raise HostError("Asterisk runs on another machine; run this there, with that instance's folder")
    install = find_asterisk(chosen.asterisk, chosen.cache_dir)
    if install is None:
        raise HostError(f"there is no Asterisk yet; run `{program()} setup`")
    ports = voice_ports(routing, chosen, install).filtered
    if ports is None:
        raise HostError(
            "trunks and phones share their RTP ports, so rules would make phones mute: ports for trunks alone need "
            f"Asterisk 22.10 or later and a range of at least 8 (rtp_first, rtp_last); run `{program()} update`"
        )
    return rules_of.rules(routing, chosen, ports)
