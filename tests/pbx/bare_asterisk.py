"""A small Asterisk for the tests of its clients: ARI, AMI, Local channels and PJSIP, and nothing of the product.

It can be killed, frozen and started again, which the clients have to survive.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ntpd112.host.asterisk_root import ensure_asterisk
from ntpd112.host.sandbox import sandboxed, write_private_etc
from ntpd112.settings import Settings

ADDRESS = "127.0.2.1"
USER = "tester"
SECRET = "only-for-tests"  # noqa: S105
_START_LIMIT_S = 30.0
_STOP_LIMIT_S = 10.0

_MODULES = """
res_timing_timerfd res_http_websocket res_websocket_client res_stasis res_stasis_answer res_stasis_playback
res_stasis_recording res_stasis_snoop res_stasis_broadcast res_stasis_device_state app_stasis app_stasis_broadcast
res_ari_model res_ari res_ari_applications res_ari_asterisk res_ari_bridges res_ari_channels res_ari_device_states
res_ari_endpoints res_ari_events res_ari_playbacks res_ari_recordings res_ari_sounds pbx_config app_echo
app_mixmonitor res_manager_devicestate app_playtones app_senddtmf func_callerid func_channel func_shell codec_resample
codec_alaw codec_ulaw format_pcm format_wav format_sln bridge_simple bridge_holding bridge_softmix res_sorcery_config
res_sorcery_memory res_sorcery_astdb res_pjproject res_pjsip res_pjsip_session res_pjsip_endpoint_identifier_user
res_rtp_asterisk chan_bridge_media
""".split()  # noqa: SIM905

_DIALPLAN = """
[test]
exten => echo,1,Answer()
 same => n,Echo()
exten => tone,1,Answer()
 same => n,PlayTones(1004/1000)
 same => n,Wait(60)
exten => digit,1,Answer()
 same => n,SendDTMF(5)
 same => n,Echo()
exten => wait,1,Answer()
 same => n,Wait(60)
exten => silent,1,Wait(60)
exten => offer,1,Set(TRUNK=mobile)
 same => n,StasisBroadcast(500,^offered,in:${EXTEN},yes)
 same => n,Set(GLOBAL(OFFER)=${STASISSTATUS})
 same => n,Hangup(34)
"""


class BareAsterisk:
    """One Asterisk. :meth:`kill` and :meth:`start` may be called again and again; ports stay the same."""

    def __init__(self) -> None:
        settings = Settings()
        self.install = ensure_asterisk(settings.asterisk, settings.cache_dir)
        self.folder = Path(tempfile.mkdtemp(prefix="ntpd112-ast-"))
        self.ari_port = _free_port()
        self.ami_port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._frozen = False
        self._write()

    @property
    def ari_url(self) -> str:
        return f"http://{ADDRESS}:{self.ari_port}/ari"

    @property
    def descriptions(self) -> Path:
        """Asterisk's own description of ARI, as this machine sees it."""
        inside = self.install.data_dir / "rest-api"
        return inside if self.install.root is None else self.install.root / inside.relative_to("/")

    def start(self) -> None:
        """Start it, without waiting."""
        with (self.folder / "output").open("ab") as output:
            self._process = subprocess.Popen(
                self._command("-f"), stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )

    def wait_booted(self) -> None:
        """Wait until it is fully booted. Raises RuntimeError with the end of its output."""
        deadline = time.monotonic() + _START_LIMIT_S
        while self._console("core waitfullybooted") != 0:
            if self._process is None or self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Asterisk did not start: {(self.folder / 'output').read_text()[-2000:]}")
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill it at once, as a crash would."""
        if self._process is not None:
            os.kill(self._pid(), signal.SIGKILL)
            self._process.wait(_STOP_LIMIT_S)
            self._process = None
            self._frozen = False

    @property
    def answers(self) -> bool:
        """Whether it runs and is not frozen."""
        return self._process is not None and self._process.poll() is None and not self._frozen

    def ensure_running(self) -> None:
        """Thaw or start it when the test before left it otherwise."""
        if self._frozen:
            self.thaw()
        if not self.answers:
            self.kill()
            self.start()
            self.wait_booted()

    def freeze(self) -> None:
        """Stop it in its tracks: sockets stay open, nothing is answered."""
        os.kill(self._pid(), signal.SIGSTOP)
        while "\nState:\tT" not in Path(f"/proc/{self._pid()}/status").read_text():
            time.sleep(0.01)
        self._frozen = True

    def thaw(self) -> None:
        """Let a frozen one go on."""
        os.kill(self._pid(), signal.SIGCONT)
        self._frozen = False

    def remove(self) -> None:
        """Kill it and delete everything it had."""
        self.kill()
        shutil.rmtree(self.folder)

    def _pid(self) -> int:
        # The process we started may be the sandbox around it.
        return int((self.folder / "run" / "asterisk.pid").read_text())

    def _console(self, line: str) -> int:
        return subprocess.run(
            self._command("-rx", line), stdin=subprocess.DEVNULL, capture_output=True, check=False
        ).returncode

    def _command(self, *arguments: str) -> list[str]:
        program = [self.install.program, "-C", str(self.folder / "etc" / "asterisk.conf"), *arguments]
        if self.install.root is None:
            return program
        etc = self.folder / "root-etc"
        return sandboxed(self.install.root, program, etc=etc, writable=[self.folder], die_with_parent=True)

    def _write(self) -> None:
        for name in ("etc", "lib", "run", "log", "spool/recording", "spool/monitor", "spool/tmp", "root-etc"):
            (self.folder / name).mkdir(parents=True)
        write_private_etc(self.folder / "root-etc", ADDRESS)
        files = {
            "asterisk.conf": (
                "[directories]\n"
                f"astetcdir={self.folder}/etc\nastmoddir={self.install.modules_dir}\nastvarlibdir={self.folder}/lib\n"
                f"astdbdir={self.folder}/lib\nastkeydir={self.folder}/lib\nastdatadir={self.install.data_dir}\n"
                f"astspooldir={self.folder}/spool\nastrundir={self.folder}/run\nastlogdir={self.folder}/log\n"
            ),
            "modules.conf": "[modules]\nautoload=no\n"
            + "".join(f"load={name}.so\n" for name in _MODULES if f"{name}.so" in self.install.modules),
            "logger.conf": "[logfiles]\nfull => notice,warning,error\n",
            "http.conf": f"[general]\nenabled=yes\nbindaddr={ADDRESS}\nbindport={self.ari_port}\n",
            "ari.conf": (
                "[general]\nenabled=yes\nwebsocket_write_timeout=5000\nchannelvars=TRUNK\n"
                f"[{USER}]\ntype=user\npassword={SECRET}\nread_only=no\n"
                f"[reader]\ntype=user\npassword={SECRET}\nread_only=yes\n"
            ),
            "manager.conf": (
                f"[general]\nenabled=yes\nbindaddr={ADDRESS}\nport={self.ami_port}\n"
                f"[{USER}]\nsecret={SECRET}\nread=all\nwrite=all\n"
                f"[humble]\nsecret={SECRET}\nread=system,call\nwrite=call,reporting\n"
            ),
            "pjsip.conf": "[phone]\ntype=endpoint\naors=phone\nallow=alaw\n[phone]\ntype=aor\nmax_contacts=1\n",
            "extensions.conf": _DIALPLAN,
            "indications.conf": "[general]\ncountry=id\n[id]\nringcadence=1000,4000\ndial=425\nring=425/1000,0/4000\n",
            "rtp.conf": "[general]\nrtpstart=23000\nrtpend=23100\n",
        }
        for name in ("stasis.conf", "cdr.conf", "cel.conf", "features.conf", "udptl.conf"):
            files.setdefault(name, "[general]\n")
        for name, text in files.items():
            (self.folder / "etc" / name).write_text(text, encoding="utf-8")


@contextmanager
def bare_asterisk() -> Iterator[BareAsterisk]:
    """A running Asterisk, gone without a trace afterwards."""
    asterisk = BareAsterisk()
    try:
        asterisk.start()
        asterisk.wait_booted()
        yield asterisk
    finally:
        asterisk.remove()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return int(probe.getsockname()[1])
