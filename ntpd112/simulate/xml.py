"""The few SIPp XML elements that the scenarios are made of.

SIPp facts used here (3.6.1, ``call.cpp``): ``optional`` receptions are tried up to the first mandatory one; a reception
with ``next`` jumps; a response matches when its method was sent further up; there is no wildcard for responses; the
content of a ``-key`` is inserted as it is, so hostile bytes travel there and never in the XML.
"""

from __future__ import annotations

import re

REFUSALS = (
    *(300, 301, 302, 305, 380),
    *(400, 402, 403, 404, 405, 406, 408, 410, 413, 414, 415, 416, 420, 421, 422, 423, 480, 481, 482, 483, 484, 485),
    *(486, 487, 488, 491, 493, 494, 500, 501, 502, 503, 504, 505, 513, 580, 600, 603, 604, 606),
)
"""Final responses that are no 2xx and no challenge."""


def scenario(name: str, parts: list[str]) -> str:
    """Return a whole scenario file. SIPp insists that each variable is used at least twice, hence the references."""
    body = "\n".join(parts)
    assigned = {name for names in re.findall(r'assign_to="([^"]+)"', body) for name in names.split(",")}
    uses = f'<Reference variables="{",".join(sorted(assigned))}"/>'
    return f'<?xml version="1.0" encoding="UTF-8" ?>\n<scenario name="{name}">\n{body}\n{uses}\n</scenario>\n'


def label(name: str) -> str:
    """Return a place to jump to."""
    return f'<label id="{name}"/>'


def do(*actions: str, then: str = "") -> str:
    """Return a step that only acts, and jumps to ``then`` if given."""
    jump = f' next="{then}"' if then else ""
    return f"<nop{jump}><action>{''.join(actions)}</action></nop>" if actions else f"<nop{jump}/>"


def log(event: str, *details: str) -> str:
    """Return the action that tells the runner of an event: words separated by tabs."""
    words = "\t".join([event, "[call_id]", *details])
    return f'<log message="{words}"/>'


def assign(**values: str) -> str:
    """Return the actions that set string variables."""
    return "".join(f'<assignstr assign_to="{name}" value="{value}"/>' for name, value in values.items())


def find(regexp: str, *variables: str, within: str = 'search_in="msg"') -> str:
    """Return the action that keeps the parenthesised parts of ``regexp`` in variables."""
    return f'<ereg regexp="{regexp}" {within} assign_to="{",".join(("_", *variables))}"/>'


def header(name: str, variable: str) -> str:
    """Return the action that keeps a header's value in a variable."""
    return f'<ereg regexp="[^ ].*" search_in="hdr" header="{name}:" case_indep="true" assign_to="{variable}"/>'


MEDIA = find("c=IN IP4 ([0-9.]+)", "media_ip") + find("m=audio ([0-9]+)", "media_port")
"""Keeps where the peer wants its audio."""


def on_request(request: str, then: str, *actions: str) -> str:
    """Return an optional request (a method, or several joined by ``|``) that leads to the label ``then``."""
    wanted = f'"^({request})$" regexp_match="true"' if "|" in request else f'"{request}"'
    inner = f"<action>{''.join(actions)}</action>" if actions else ""
    return f'<recv request={wanted} optional="true" next="{then}">{inner}</recv>'


def on_response(code: int, *actions: str, then: str = "", options: str = "") -> str:
    """Return an optional response; without ``then`` the scenario stays where it is."""
    jump = f' next="{then}"' if then else ""
    inner = f"<action>{''.join(actions)}</action>" if actions else ""
    return f'<recv response="{code}" optional="true"{jump}{options}>{inner}</recv>'


def on_refusal(then: str) -> str:
    """Return one optional reception for each final refusal."""
    return "\n".join(on_response(code, then=then) for code in REFUSALS)


def on_denial(then: str, method: str) -> str:
    """Return the optional 401 for a second request, with a password; one more for the first changes nothing.

    A slow centre answers a request that was repeated meanwhile twice, and not in the same words.
    """
    mine = f'<ereg regexp="2 {method}" search_in="hdr" header="CSeq:" assign_to="denied"/>'
    return on_response(401, mine, then=then, options=' test="denied"')


def wait() -> str:
    """Return the end of a list of optional receptions: something that never arrives."""
    return '<recv request="ORDER-NONE"/>'


def send(message: str, *actions: str, then: str = "", retrans: bool = False) -> str:
    """Return a message to send; ``retrans`` repeats it from 0.5 s on until it is answered."""
    attributes = ' retrans="500"' if retrans else ""
    attributes += f' next="{then}"' if then else ""
    inner = f"<action>{''.join(actions)}</action>" if actions else ""
    return f"<send{attributes}>\n<![CDATA[\n\n{message}]]>{inner}</send>"


def reply(status: str, *, then: str = "", extra: str = "") -> str:
    """Return the response to the request that was received last."""
    return send(
        f"""SIP/2.0 {status}
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]{extra}
Content-Length: 0
""",
        then=then,
    )
