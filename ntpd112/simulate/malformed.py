"""Messages that no SIP peer should send, for trunks that do; SIPp cannot, as it insists on well-formed ones.

By hand: ``python -m ntpd112.simulate.malformed 127.0.0.1:5060 127.0.0.11`` sends each once and says what came back.
"""

from __future__ import annotations

import asyncio
import re
import sys
from dataclasses import dataclass

from ntpd112.simulate.sipp import Address

ANSWER_WITHIN_S = 0.2
"""How long a by-hand run listens after each message."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """One bad message."""

    name: str
    data: bytes


def malformed(target: Address, local: Address) -> list[Malformed]:
    """Return the messages, made out to ``target`` and answerable at ``local``."""
    good = _invite(target, local)
    tagged = good.replace(f"To: <sip:112@{target}>", f"To: <sip:112@{target}>;tag=nobody")
    text = {
        "no Via": _without(good, "Via"),
        "no From": _without(good, "From"),
        "no To": _without(good, "To"),
        "no Call-ID": _without(good, "Call-ID"),
        "no CSeq": _without(good, "CSeq"),
        "no Contact": _without(good, "Contact"),
        "CSeq of another method": good.replace("CSeq: 1 INVITE", "CSeq: 1 BYE"),
        "CSeq beyond 32 bits": good.replace("CSeq: 1 ", "CSeq: 99999999999 "),
        "negative Content-Length": good.replace("Content-Length: 0", "Content-Length: -1"),
        "Content-Length beyond the packet": good.replace("Content-Length: 0", "Content-Length: 99999"),
        "request line of one word": good.replace(f"INVITE sip:112@{target} SIP/2.0", "INVITE"),
        "unknown version": good.replace("SIP/2.0\r\nVia", "SIP/7.0\r\nVia"),
        "unknown method": good.replace("INVITE", "TELEPORT"),
        "URI of another world": good.replace(f"sip:112@{target}", "mailto:112@example"),
        "spaces in the calling number": good.replace("0215550101", "021 555 01 01"),
        "unclosed quote in the name": good.replace('"Sari"', '"Sari'),
        "bytes that are no UTF-8": good.replace("Sari", "\udcff\udcfe\udc80"),
        "a zero byte in a header": good.replace("Sari", "Sa\0ri"),
        "header folded without end": good + "X-Long:" + "\r\n " * 500,
        "a thousand Via headers": good.replace(
            "Max-", f"Via: SIP/2.0/UDP {local};branch=z9hG4bK-x\r\n" * 1000 + "Max-"
        ),
        "ten thousand letters of tag": good.replace("tag=odd", "tag=" + "a" * 10_000),
        "broken SDP": _with_body(good, "application/sdp", "v=0\r\nm=audio x RTP/AVP eight\r\nc=\r\n"),
        "SDP without audio": _with_body(
            good, "application/sdp", f"v=0\r\no=- 1 1 IN IP4 {local.ip}\r\ns=-\r\nt=0 0\r\n"
        ),
        "body that is no SDP": _with_body(good, "application/sdp", "x" * 2000),
        "BYE of no call": tagged.replace("INVITE", "BYE"),
        "ACK of no call": tagged.replace("INVITE", "ACK"),
        "re-INVITE of no call": tagged,
        "CANCEL of no call": good.replace("INVITE", "CANCEL"),
        "answer to nothing": good.replace(f"INVITE sip:112@{target} SIP/2.0", "SIP/2.0 200 OK"),
        "line ends without CR": good.replace("\r\n", "\n"),
        "cut in the middle": good[: len(good) // 2],
    }
    raw = {
        "empty datagram": b"",
        "zero bytes": bytes(64),
        "noise": bytes((i * 197 + 91) % 256 for i in range(1200)),
        "largest datagram": b"INVITE " + b"A" * 65_000,
        "line ends only": b"\r\n" * 700,
    }
    coded = [
        Malformed(name, message.replace("odd-call", f"odd-{number}").encode(errors="surrogateescape"))
        for number, (name, message) in enumerate(text.items())
    ]
    return [*coded, *(Malformed(name, data) for name, data in raw.items())]


def _invite(target: Address, local: Address) -> str:
    return (
        f"INVITE sip:112@{target} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP {local};branch=z9hG4bK-odd-call\r\n"
        "Max-Forwards: 70\r\n"
        f'From: "Sari" <sip:0215550101@{local}>;tag=odd\r\n'
        f"To: <sip:112@{target}>\r\n"
        f"Call-ID: odd-call@{local.ip}\r\n"
        "CSeq: 1 INVITE\r\n"
        f"Contact: <sip:{local}>\r\n"
        "Content-Length: 0\r\n\r\n"
    )


def _without(message: str, header: str) -> str:
    lines = message.split("\r\n")
    return "\r\n".join(line for line in lines if not line.startswith(f"{header}:"))


def _with_body(message: str, kind: str, body: str) -> str:
    return message.replace("Content-Length: 0", f"Content-Type: {kind}\r\nContent-Length: {len(body)}") + body


class _Answers(asyncio.DatagramProtocol):
    """Keeps the status lines of what is answered, once each, by the message's number in its Call-ID."""

    def __init__(self) -> None:
        self.to: dict[int, list[str]] = {}

    def datagram_received(self, data: bytes, addr: tuple[str | int, int]) -> None:  # noqa: ARG002
        number = re.search(rb"odd-(\d+)", data)
        status = data.split(b"\r\n")[0].decode(errors="replace").removeprefix("SIP/2.0 ")
        answers = self.to.setdefault(int(number[1]) if number else -1, [])
        if status not in answers:
            answers.append(status)


async def send_malformed(
    target: Address, local_ip: str, *, listen_s: float = 0.0
) -> list[tuple[Malformed, tuple[str, ...]]]:
    """Send each message once, ``listen_s`` apart, and return what was answered to each until the end.

    The socket is closed at the end, so calls that some of them open (a late CANCEL, an INVITE without Contact) are
    never acknowledged: the centre has to get rid of them by itself.
    """
    loop = asyncio.get_running_loop()
    transport, answers = await loop.create_datagram_endpoint(_Answers, local_addr=(local_ip, 0))
    local = Address(local_ip, transport.get_extra_info("sockname")[1])
    messages = malformed(target, local)
    try:
        for message in messages:
            transport.sendto(message.data, (target.ip, target.port))
            await asyncio.sleep(listen_s)
    finally:
        transport.close()
        await asyncio.sleep(0)
    return [(message, tuple(answers.to.get(number, ()))) for number, message in enumerate(messages)]


def main(arguments: list[str]) -> int:
    """Run by hand: send everything, print what came back."""
    if len(arguments) != 2:  # noqa: PLR2004
        sys.stderr.write("usage: python -m ntpd112.simulate.malformed ADDRESS:PORT LOCAL_ADDRESS\n")
        return 2
    ip, _, port = arguments[0].partition(":")
    results = asyncio.run(send_malformed(Address(ip, int(port or 5060)), arguments[1], listen_s=ANSWER_WITHIN_S))
    for message, answers in results:
        sys.stdout.write(f"{message.name:36}{', '.join(answers) or 'no answer'}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
