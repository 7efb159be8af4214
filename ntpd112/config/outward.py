"""How the centre shows itself, and a caller, to the provider and to numbers outside.

A caller may withhold the number (``Privacy: id``, an anonymous From). The room sees it all the same; an agency needs it
to find the caller; somebody's mobile must not learn it.
"""

from __future__ import annotations

from typing import Annotated, Literal

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType
from pydantic import Field

from ntpd112.config.fields import Number, Part, dialable, matching

Withheld = Literal["hide", "show"]
_DOMAIN = "[A-Za-z0-9.-]{1,253}"
_USER = "[A-Za-z0-9.+_@-]{1,64}"
UserName = Annotated[
    str, matching(_USER, "a user name", "write what the provider gave you: letters, digits and . + _ @ -")
]
Domain = Annotated[str, matching(_DOMAIN, "a domain", 'write a name such as "ims.provider.example", without sip:')]


class Outward(Part):
    """How the centre shows itself on a trunk, and by what the provider knows it."""

    own_number: Number | None = Field(
        default=None, description="The centre's number on this trunk, as the provider wants to see it."
    )
    show: Literal["caller", "own"] = Field(
        default="caller", description="Whose number calls outward show: the caller's, or always the own one."
    )
    send_diversion: bool = Field(
        default=False,
        description="Say in a Diversion header that the call was diverted by `own_number`: some providers want it "
        "before they let another number than the own one through.",
    )
    username: UserName | None = Field(
        default=None,
        description="User name for providers that ask for a password (401, 407). The password does not stand here: "
        "`ntpd112 trunk-password <trunk>` keeps it with the instance's secrets.",
    )
    domain: Domain | None = Field(
        default=None, description="SIP domain of the provider, when it wants another than its gateway's address."
    )
    registers: bool = Field(
        default=False, description="Register with the provider at the gateway; an alarm tells when that is lost."
    )


def diverted_by(own: Outward, gateway: str) -> str:
    """Return the SIP address that a Diversion header names; nothing when the provider wants none."""
    if not own.send_diversion or own.own_number is None:
        return ""
    return f"sip:{dialable(own.own_number)}@{own.domain or gateway.rpartition(':')[0]}"


def hides_withheld(withheld: Withheld | None, number: str, trunk_kind: str, country_code: str) -> bool:
    """Tell whether a withheld number stays hidden at a destination; unless the file says so, at mobiles."""
    if withheld is not None:
        return withheld == "hide"
    return trunk_kind == "mobile" or _is_mobile(dialable(number), country_code)


def _is_mobile(number: str, country_code: str) -> bool:
    region = phonenumbers.region_code_for_country_code(int(country_code))
    try:
        parsed = phonenumbers.parse(number, region)
    except NumberParseException:
        return False
    return phonenumbers.number_type(parsed) == PhoneNumberType.MOBILE
