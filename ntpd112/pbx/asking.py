"""Asking a silent end of a line, by a re-INVITE, whether it is there and where its voice comes from.

Asterisk leaves out a session refresh that would change nothing, so the offer names one codec more or less than what is
in use; the one in use stays first. Whatever the answer, the call goes on: a refusal (405, 488, 501 ...) shows that
somebody is there. Only "no such call" (481) and no answer at all end it.
"""

from __future__ import annotations

import re

from ntpd112.pbx.ami.client import AmiClient

_OF_TELEPHONY = ("alaw", "ulaw")


class Asking:
    """Asks over AMI, which waits for no prompt that plays on the line."""

    def __init__(self, ami: AmiClient) -> None:
        self._ami = ami

    async def ask(self, channel_id: str) -> None:
        """Send a re-INVITE on an answered line. Raises what :mod:`ntpd112.pbx.ami.errors` lists."""
        said = await self._ami.action("Getvar", Channel=channel_id, Variable="CHANNEL(audionativeformat)")
        offer = offer_for(said.get("Value", ""))
        await self._ami.action("Setvar", Channel=channel_id, Variable="PJSIP_MEDIA_OFFER(audio)", Value=offer)
        await self._ami.action("Setvar", Channel=channel_id, Variable="PJSIP_SEND_SESSION_REFRESH()", Value="invite")


def offer_for(in_use: str) -> str:
    """Return the codecs to offer on a line that uses those of ``in_use``, such as ``(alaw)``.

    >>> offer_for("(alaw)"), offer_for("(ulaw|alaw)"), offer_for("(g722)")
    ('alaw,ulaw', 'ulaw', 'g722,alaw')
    """
    names: list[str] = re.findall(r"\w+", in_use)
    if len(names) > 1:
        return names[0]
    return ",".join(dict.fromkeys((*names, next(name for name in _OF_TELEPHONY if name not in names))))
