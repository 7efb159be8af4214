"""The lifeboat: when no controller serves any more, callers who are not speaking go to the dialplan's own queue.

A program of its own, of the standard library alone: nothing that can break the controller breaks it too. It watches the
controller's heartbeat over AMI, by its changes and not by its time, so that no step of a clock matters. Who speaks with
somebody is never touched.

::

    python -m ntpd112.lifeboat HOST PORT INSTANCE_FOLDER AFTER_S
"""

import contextlib
import fcntl
import json
import os
import re
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

USER = "ntpd112"
HEARTBEAT = "NTPD_HB"
DIALLED = "NTPD_DIALLED"
"""What an operator dialled: by then the dialplan may have gone on to an extension of another name."""
LOOK_EVERY_S = 0.5
ANSWER_WITHIN_S = 2.0
AGAIN_S = 1.0
_IN_OUR_HANDS = {"Stasis", "StasisBroadcast"}
_LEG = re.compile(r"\.l\d+(\.s\d+)?$")
"""A phone, or the ear of a supervisor who listens to one."""

Fields = Mapping[str, str]


class Ami:
    """One AMI connection. Every method may raise OSError; make another one then."""

    def __init__(self, host: str, port: int, secret: str) -> None:
        self._socket = socket.create_connection((host, port), ANSWER_WITHIN_S)
        self._lines = self._socket.makefile("rb")
        self._lines.readline()
        if self.ask("Login", Username=USER, Secret=secret, Events="off").get("Response") != "Success":
            raise PermissionError("Asterisk refuses the lifeboat; make the password in manager.conf the instance's")

    def close(self) -> None:
        """Hang up."""
        self._lines.close()
        self._socket.close()

    def ask(self, action: str, **headers: str) -> Fields:
        """Send an action and return the first message of its answer."""
        text = "".join(f"{name}: {value}\r\n" for name, value in {"Action": action, **headers}.items())
        self._socket.sendall(f"{text}\r\n".encode())
        while "Response" not in (message := self._message()):
            pass
        return message

    def heartbeat(self) -> str:
        """Return what the controller said last."""
        return self.ask("Getvar", Variable=HEARTBEAT).get("Value", "")

    def channels(self) -> Iterator[Fields]:
        """Yield every channel."""
        self.ask("CoreShowChannels")
        while (message := self._message()).get("Event") != "CoreShowChannelsComplete":
            yield message

    def _message(self) -> Fields:
        fields: dict[str, str] = {}
        while line := self._lines.readline().strip():
            name, _, value = line.decode(errors="replace").partition(":")
            fields[name] = value.strip()
        if not fields:
            raise ConnectionResetError("Asterisk has closed the connection")
        return fields


def stranded(channels: Sequence[Fields]) -> tuple[list[str], list[str], list[Fields]]:
    """Return callers whom nobody serves, phones that ring or wait for nobody, and operators who dial a code."""
    together = Counter(channel.get("BridgeId", "") for channel in channels)
    callers: list[str] = []
    phones: list[str] = []
    dials: list[Fields] = []
    for channel in channels:
        bridge = channel.get("BridgeId", "")
        if bridge and together[bridge] > 1:
            continue
        name = channel.get("Channel", "")
        if _LEG.search(channel.get("Uniqueid", "")):
            phones.append(name)
        elif channel.get("Application") in _IN_OUR_HANDS and channel.get("AccountCode"):
            callers.append(name)
        elif channel.get("Application") in _IN_OUR_HANDS:
            dials.append(channel)
    return callers, phones, dials


def rescue(ami: Ami) -> None:
    """Bring every caller whom nobody serves to the operators."""
    callers, phones, dials = stranded(list(ami.channels()))
    for phone in phones:
        ami.ask("Hangup", Channel=phone)
    for dial in dials:
        said = ami.ask("Getvar", Channel=dial["Channel"], Variable=DIALLED).get("Value", "")
        code = said if said.strip("*#+0123456789") == "" and said else dial["Exten"]
        ami.ask("Redirect", Channel=dial["Channel"], Context="operator-alone", Exten=code, Priority="1")
    moved = [ami.ask("Redirect", Channel=one, Context="fallback", Exten="s", Priority="1") for one in callers]
    if callers:
        done = sum(answer.get("Response") == "Success" for answer in moved)
        say(f"no controller serves: {done} of {len(callers)} callers go to the exchange's own queue")


def watch(ami: Ami, after_s: float) -> None:
    """Look at the heartbeat until the connection breaks."""
    beat, beaten_at = ami.heartbeat(), time.monotonic()
    is_silent = False
    while True:
        notify("READY=1\nSTATUS=looks at the controller\nWATCHDOG=1")
        time.sleep(LOOK_EVERY_S)
        now = time.monotonic()
        latest = ami.heartbeat()
        if latest != beat:
            beat, beaten_at = latest, now
        if is_silent != (now - beaten_at > after_s):
            is_silent = not is_silent
            say("no controller serves any more" if is_silent else "a controller serves again")
        if is_silent:
            rescue(ami)


def say(text: str) -> None:
    """Tell the admin."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} lifeboat: {text}\n")
    sys.stderr.flush()


def notify(state: str) -> None:
    """Tell systemd, should it have started us, as sd_notify(3) says."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.settimeout(ANSWER_WITHIN_S)
        sender.sendto(state.encode(), "\0" + address[1:] if address.startswith("@") else address)


def take_place(lock: Path) -> int:
    """Wait until no other lifeboat runs in this instance; the place is given back by our end, however it comes."""
    lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor


def password(folder: Path) -> str:
    """Return the password for AMI, from the last good file should the other be damaged. Raises OSError or such."""
    for place in (folder, folder / "last-good"):
        file = place / "secrets.json"
        with contextlib.suppress(OSError, ValueError, LookupError, TypeError):
            if file.is_file():
                return str(json.loads(file.read_text(encoding="utf-8"))["ami_password"])
    raise LookupError(f"no password for AMI in {folder / 'secrets.json'}")


def run(host: str, port: int, folder: Path, after_s: float) -> None:
    """Watch for ever, through every restart of Asterisk."""
    take_place(folder / "run" / "lifeboat.pid")
    is_connected = True
    while True:
        try:
            ami = Ami(host, port, password(folder))
            try:
                is_connected = True
                watch(ami, after_s)
            finally:
                ami.close()
        except (OSError, ValueError, LookupError) as error:
            if is_connected:
                say(f"cannot see Asterisk: {error}; trying again")
            is_connected = False
            notify("READY=1\nSTATUS=cannot see Asterisk\nWATCHDOG=1")
            time.sleep(AGAIN_S)


if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), float(sys.argv[4]))
