"""Loopback networks for tests that run side by side."""

from __future__ import annotations

import os

_WORKERS = 10


def network(base: int) -> str:
    """Return the first three numbers of a network of this test process alone: ``base`` to ``base + 9``.

    Another checkout's tests may run beside these: with ``TEST_NETWORKS=127.1``, say.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return f"{os.environ.get('TEST_NETWORKS', '127.0')}.{base + int(worker) % _WORKERS}"
