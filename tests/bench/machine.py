"""The machine that figures come from, in words."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import time
from pathlib import Path

_STAT = Path("/proc/stat")
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def machine(asterisk: str) -> dict[str, str]:
    """Describe it; ``asterisk``: what Asterisk says of its version."""
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    sipp = subprocess.run(["sipp", "-v"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"SIPp (v[0-9.]+)", sipp)
    version = re.search(r"Asterisk ([^ ]+)", asterisk)
    return {
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "cores": str(os.cpu_count()),
        "processor": _processor(),
        "memory": f"{int(memory[1]) / 2**20:.0f} GiB" if memory else "?",
        "kernel": platform.release(),
        "asterisk": version[1] if version else "?",
        "python": platform.python_version(),
        "sipp": found[1] if found else "?",
    }


def described(one: dict[str, str]) -> str:
    """Say it in one sentence."""
    return (
        f"{one['cores']} cores of {one['processor']}, {one['memory']}, Linux {one['kernel']}, "
        f"Asterisk {one['asterisk']}, Python {one['python']}, SIPp {one['sipp']} beside it; {one['date']}"
    )


def busy_s() -> float:
    """Return the CPU seconds that the whole machine has worked since it started."""
    user, nice, system, _, _, irq, soft, steal, *_ = (
        int(word) for word in _STAT.read_text().split("\n")[0].split()[1:]
    )
    return (user + nice + system + irq + soft + steal) / _TICKS_PER_S


def _processor() -> str:
    found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    return found[1] if found else platform.machine()
