"""Kinds of values in the city file, each refusing what it cannot be, with the cause and the cure.

Texts of the file end up in Asterisk's configuration, in SIP headers and in file names, so names are narrow and free
texts carry no control characters.
"""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

SIP_PORT = 5060


class Part(BaseModel):
    """A mapping of the file: unknown keys are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def refuse(what: str, cure: str) -> PydanticCustomError:
    """Make a validation error that carries its cure, which :mod:`ntpd112.config.load` shows."""
    return PydanticCustomError("city", "{what}", {"what": what, "cure": cure})


def matching(pattern: str, what: str, cure: str) -> AfterValidator:
    """Refuse a text that does not match as a whole: it is not ``what``."""
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise refuse(f"{shown(value)} is not {what}", cure)
        return value

    return AfterValidator(check)


def shown(value: object) -> str:
    """Return a value as an error message shows it: in quotes, and not endless."""
    text = str(value)
    return f'"{text[:40]}..."' if len(text) > 40 else f'"{text}"'  # noqa: PLR2004


def _one_line(value: object) -> object:
    return " ".join(value.split()) if isinstance(value, str) else value


def _free_of(forbidden: str) -> AfterValidator:
    def check(value: str) -> str:
        bad = sorted({c for c in value if not c.isprintable() or c in forbidden})
        if bad:
            raise refuse(
                f"the text contains {', '.join(repr(c) for c in bad[:5])}",
                "leave those characters out: telephones and the exchange cannot show them",
            )
        return value

    return AfterValidator(check)


def _timezone(value: str) -> str:
    if value not in available_timezones():
        raise refuse(f"there is no time zone {shown(value)}", "write Asia/Jakarta, Asia/Makassar or Asia/Jayapura")
    return ZoneInfo(value).key


def _country(value: str) -> str:
    digits = value.lstrip("+0")
    if not digits.isascii() or not digits.isdigit() or int(digits[:6]) not in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        raise refuse(f"{shown(value)} is no country's calling code", 'write the code without + or 0, such as "62"')
    if value != digits:
        raise refuse(f"the country code {shown(value)} has a + or 0 in front", f'write "{digits}"')
    return value


def _area(value: str) -> str:
    if value and not re.fullmatch("[1-9][0-9]{0,4}", value):
        fitting = value.strip().lstrip("+0")
        cure = f'write "{fitting}"' if fitting.isascii() and fitting.isdigit() else 'write it like "21"'
        raise refuse(f"{shown(value)} is no area code without its leading 0", cure)
    return value


def _address(value: str) -> str:
    """Return an IP address, or a network of them, in its usual spelling."""
    try:
        network = ip_network(value)
    except ValueError:
        raise _bad_address(value) from None
    if network.prefixlen == 0:
        raise refuse(f"{value} means every address in the world", "name the addresses or the network of your provider")
    if network.is_multicast or network.network_address.is_unspecified:
        raise refuse(f"{value} is no address that a call can come from", "write the address of the provider's gateway")
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)


def _bad_address(value: str) -> PydanticCustomError:
    try:
        network = ip_network(value, strict=False)
    except ValueError:
        pass
    else:
        host = value.split("/", maxsplit=1)[0]
        return refuse(f"{value} names one address and a network", f"write {network} or {host}, whichever is meant")
    if re.fullmatch(r"[0-9.]+:[0-9]+", value):
        return refuse(f"{shown(value)} has a port", "write the address alone: calls from any port of it are accepted")
    if re.search("[a-zA-Z]", value) and ":" not in value:
        return refuse(
            f"{shown(value)} is a name, not an address",
            "write the IP address: names need DNS, and a dead DNS server would keep callers out",
        )
    return refuse(
        f"{shown(value)} is no IP address", "write an address such as 10.20.30.40, or a network 10.20.30.0/28"
    )


def split_gateway(value: str) -> tuple[str, int]:
    """Address and port of ``10.0.0.1``, ``10.0.0.1:5060`` or ``[fd00::1]:5060``. Raises ValueError."""
    bracketed = re.fullmatch(r"\[([^\]]+)\](?::([0-9]{1,5}))?", value)
    plain = re.fullmatch(r"([^:]+)(?::([0-9]{1,5}))?", value)
    match = bracketed or plain
    host, port = (match[1], int(match[2] or SIP_PORT)) if match else (value, SIP_PORT)
    address = ip_address(host)
    if not 0 < port < 2**16 or address.is_unspecified or address.is_multicast:
        raise ValueError(value)
    return str(address), port


def join_gateway(address: str, port: int) -> str:
    """``address:port``, with brackets around an IPv6 address."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _gateway(value: str) -> str:
    if not value:
        return value
    try:
        return join_gateway(*split_gateway(value))
    except ValueError:
        raise refuse(
            f"{shown(value)} is no gateway", 'write its IP address and port, such as "10.20.30.40:5060"'
        ) from None


def dialable(value: str) -> str:
    """Strip a number to its digits (and leading +); people write it with spaces, dashes and brackets."""
    return re.sub(r"[\s().\-/]", "", value)


def _number(value: str) -> str:
    if not re.fullmatch(r"\+?[0-9]{2,15}", dialable(value)):
        raise refuse(
            f"{shown(value)} is no telephone number", 'write digits, such as "0212345678", "113" or "+62811..."'
        )
    return value


VOICE = "What its calls offer. `plain`: RTP/AVP; `any`: also RTP/AVPF, and SRTP with keys in the SDP."
PLAIN_NAME = "[a-z][a-z0-9_-]{0,31}"
_NAME_CURE = "use small letters, digits, _ and -, beginning with a letter, at most 32 characters"

Name = Annotated[str, matching(PLAIN_NAME, "a plain name", _NAME_CURE)]
Label = Annotated[str, BeforeValidator(_one_line), Field(min_length=1, max_length=60), _free_of('"\\;<>[]{}|')]
Speech = Annotated[str, BeforeValidator(_one_line), Field(min_length=1, max_length=600), _free_of("\\<>{}[]|")]
Question = Annotated[str, BeforeValidator(_one_line), Field(min_length=1, max_length=200), _free_of("")]
Language = Annotated[str, matching("[a-z]{2,3}", "a language code", 'write two or three letters, such as "id" or "en"')]
Digit = Annotated[str, matching("[0-9*#]", "a key of a telephone", 'write one of "0" to "9", "*" or "#", in quotes')]
BreakDigit = Annotated[str, matching("[0-9]", "a digit", 'write one of "0" to "9", in quotes')]
Extension = Annotated[
    str, matching("[1-9][0-9]{1,5}", "an extension", 'write two to six digits, not beginning with 0, such as "201"')
]
DialCode = Annotated[str, matching(r"\*?[0-9]{1,5}", "a code to dial", 'write * and one to five digits, such as "*11"')]
KeyCode = Annotated[
    str, matching(r"\*[0-9]{1,4}", "a code to press during a call", 'write * and one to four digits, such as "*4"')
]
HeaderName = Annotated[
    str,
    matching("[A-Za-z][A-Za-z0-9-]{0,59}", "a SIP header's name", "write a name such as Geolocation"),
]
Timezone = Annotated[str, AfterValidator(_timezone)]
CountryCode = Annotated[str, AfterValidator(_country)]
AreaCode = Annotated[str, AfterValidator(_area)]
Address = Annotated[str, AfterValidator(_address)]
Gateway = Annotated[str, AfterValidator(_gateway)]
Number = Annotated[str, Field(max_length=40), AfterValidator(_number)]
Priority = Annotated[int, Field(strict=True, ge=0, le=9)]
Seconds = Annotated[float, Field(strict=True, allow_inf_nan=False)]
"""Give each field its own limits: of two limits on one field pydantic keeps only the last, this one's."""
HOUR_S = 3600
