"""The ear's process: reads what Asterisk mirrors, and tells the controller what it finds.

::

    python -m ntpd112.siptrace HOST PORT INSTANCE_FOLDER SIP_ADDRESS SIP_PORT

It yields the processor to everybody else. What comes faster than it can read is lost and counted; what the controller
does not take is lost and counted. Nothing waits for it: Asterisk sends to it by UDP, and it sends by datagrams as well.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import select
import socket
import sys
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ntpd112.siptrace.answers import Answers
from ntpd112.siptrace.ear import Ear
from ntpd112.siptrace.findings import AnyFinding, Beat, Unanswered, encode
from ntpd112.siptrace.hep import unpack
from ntpd112.siptrace.key import trace_key
from ntpd112.siptrace.questions import Questions
from ntpd112.siptrace.unreadable import Log

BEAT_EVERY_S: Final = 1.0
AGAIN_S: Final = 1.0
BUFFER_BYTES: Final = 8 << 20
_AT_ONCE: Final = 200
"""So many messages are read before the findings of them are told."""
_FINDINGS_A_BEAT: Final = 1_000
_DATAGRAM_BYTES: Final = 32_000
"""More than the longest finding, and half of what the receiver takes at once."""
_MOST_WAITING: Final = 100
_NICE: Final = 10
_PAUSE_S: Final = 0.01
"""Between two looks. To wake for each message would cost everybody else their caches (a fifth of a call's cost), and
a BYE is told of ten milliseconds later."""
_LONGEST: Final = 65_535
_OF_INTEREST: Final = re.compile(
    rb"\x00\x00\x00\x0f..(?:INVITE |UPDATE |BYE |CANCEL |REGISTER |REFER |SIP/2\.0 [3-6])", re.DOTALL
)
_WENT_WELL: Final = re.compile(rb"\x00\x00\x00\x0f..SIP/2\.0 200 .*?\nCSeq:\s*\d+\s+(?:REGISTER|BYE|CANCEL)", re.DOTALL)


class Listener:
    """The socket at which Asterisk's messages arrive. Raises OSError when the address cannot be had."""

    def __init__(self, host: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._port = port
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
            self.socket.setblocking(False)
            self.socket.bind((host, port))
        except OSError:
            self.socket.close()
            raise
        self._inode = str(os.fstat(self.socket.fileno()).st_ino)

    def some(self) -> Iterator[bytes]:
        """Yield what is there, and not more than can be told at once."""
        for _ in range(_AT_ONCE):
            try:
                datagram, _, flags, _ = self.socket.recvmsg(_LONGEST)
            except BlockingIOError:
                return
            yield b"" if flags & socket.MSG_TRUNC else datagram  # nothing of a part: it is counted as unreadable

    def overrun(self) -> int:
        """Return how many messages did not fit into the buffer so far (proc(5), the last column)."""
        for table in ("/proc/net/udp", "/proc/net/udp6"):
            with contextlib.suppress(OSError, ValueError):
                for row in Path(table).read_text(encoding="ascii").splitlines()[1:]:
                    words = row.split()
                    if words[9] == self._inode:
                        return int(words[12])
        return 0


class Teller:
    """Sends findings to whichever controller serves; none, or one that is busy for long, loses them."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self.lost = 0
        self._left = _FINDINGS_A_BEAT
        self._waiting: deque[tuple[int, bytes]] = deque()
        """Datagrams for which the controller has no place yet, with the number of their findings."""

    def tell(self, findings: list[AnyFinding]) -> None:
        """Send them, and those that had to wait."""
        allowed = findings[: max(self._left, 0)]
        self._left -= len(findings)
        self.lost += len(findings) - len(allowed)
        some: list[bytes] = []
        for finding in allowed:
            text = encode(finding)
            if some and sum(map(len, some)) + len(text) > _DATAGRAM_BYTES:
                self._put(some)
                some = []
            some.append(text)
        if some:
            self._put(some)
        self._send()

    def _put(self, findings: list[bytes]) -> None:
        self._waiting.append((len(findings), b"[" + b",".join(findings) + b"]"))
        if len(self._waiting) > _MOST_WAITING:
            self.lost += self._waiting.popleft()[0]

    def _send(self) -> None:
        while self._waiting:
            findings, datagram = self._waiting[0]
            try:
                self._socket.sendto(datagram, self._path)
            except BlockingIOError:
                return
            except OSError:
                self.lost += findings
            self._waiting.popleft()

    def beat(self, beat: Beat) -> None:
        """Say that the ear lives; more findings may be told from here on."""
        self._left = _FINDINGS_A_BEAT
        with contextlib.suppress(OSError):
            self._socket.sendto(encode([beat]), self._path)


def is_dull(datagram: bytes) -> bool:
    """Whether nothing can follow from a message: provisional answers, ACKs, OPTIONS, most that went well."""
    return _OF_INTEREST.search(datagram) is None and _WENT_WELL.search(datagram) is None


class Speaker:
    """Sends answers in Asterisk's place, from its address and a port of our own."""

    def __init__(self, address: str, port: int) -> None:
        self.answers = Answers(address, port)
        self._socket = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        with contextlib.suppress(OSError):  # any address of the machine is better than no answer
            self._socket.bind((address, 0))
        host, port, *_ = self._socket.getsockname()
        self._via = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def say(self, now: float, questions: Questions) -> list[Unanswered]:
        """Send what is due, hear who answers it, and return what is to be told of it."""
        with contextlib.suppress(OSError):
            for _ in range(_AT_ONCE):
                questions.lives(self._socket.recvfrom(_LONGEST)[1][:2])
        messages, found = questions.due(now, self._via)
        for to, message in (*self.answers.due(now), *messages):
            with contextlib.suppress(OSError):
                self._socket.sendto(message, to)
        return found


def listen(listener: Listener, log: Log, teller: Teller, ear: Ear, speaker: Speaker, key: bytes) -> None:
    """Hear and tell for ever. Raises OSError."""
    heard = 0
    beaten_at = time.monotonic()
    name = f"{os.getpid()} {beaten_at}"
    while True:
        select.select([listener.socket], [], [], BEAT_EVERY_S / 4)
        now = time.monotonic()
        found: list[AnyFinding] = []
        before = heard
        for datagram in listener.some():
            heard += 1
            is_open = speaker.answers.wants(datagram)
            if datagram and is_dull(datagram) and not is_open and not ear.questions:
                continue
            packet = unpack(datagram, key)
            if packet is None:
                ear.unreadable += 1
            else:
                found += ear.hear(now, packet)
                if is_open:
                    speaker.answers.hear(now, packet)
        found += speaker.say(now, ear.questions)
        teller.tell(found)
        if heard - before < _AT_ONCE:
            time.sleep(_PAUSE_S)
        if now - beaten_at >= BEAT_EVERY_S:
            beaten_at = now
            teller.tell([told for message in log.news() for told in ear.dropped(now, message)] + ear.passed(now))
            teller.beat(Beat(heard, ear.unreadable, listener.overrun() + teller.lost, ear.strangers, name))
            notify("READY=1\nWATCHDOG=1")


def run(host: str, port: int, folder: Path, sip_address: str, sip_port: int) -> None:
    """Be the instance's ear for ever."""
    _take_place(folder / "run" / "ear.pid")
    with contextlib.suppress(OSError):
        os.nice(_NICE)
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))  # never in the place of whoever runs
    teller = Teller(folder / "run" / "ear.sock")
    has_said = ""
    while True:
        try:
            secrets = json.loads((folder / "secrets.json").read_text(encoding="utf-8"))
            key = trace_key(secrets["ami_password"])
            log = Log(folder / "asterisk" / "log" / "messages")
            ear, speaker = Ear(sip_address, sip_port), Speaker(sip_address, sip_port)
            listen(Listener(host, port), log, teller, ear, speaker, key.encode())
        except (OSError, ValueError, LookupError) as error:
            if has_said != str(error):
                sys.stderr.write(
                    f"{time.strftime('%H:%M:%S')} ear: cannot listen at {host}:{port}: {error}; trying again\n"
                )
                sys.stderr.flush()
            has_said = str(error)
            notify("READY=1\nSTATUS=cannot listen\nWATCHDOG=1")
            time.sleep(AGAIN_S)


def notify(state: str) -> None:
    """Tell systemd, should it have started us, as sd_notify(3) says."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.settimeout(AGAIN_S)
        sender.sendto(state.encode(), "\0" + address[1:] if address.startswith("@") else address)


def _take_place(lock: Path) -> None:
    """Wait until no other ear runs in this instance; the place is given back by our end, however it comes."""
    lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
