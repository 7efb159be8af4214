"""``python -m ntpd112.siptrace``: see :mod:`ntpd112.siptrace.process`."""

from __future__ import annotations

import sys
from pathlib import Path

from ntpd112.siptrace.process import run

if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4], int(sys.argv[5]))
