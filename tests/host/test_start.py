"""Asterisk starts fast, clean and listening where it should, and stops."""

from __future__ import annotations

import time
from pathlib import Path

from tests.asterisk import private_asterisk


async def test_a_fresh_instance_starts_fast_with_a_clean_log(tmp_path: Path) -> None:
    async with private_asterisk(tmp_path) as instance:
        began = time.monotonic()
        await instance.asterisk.stop()
        await instance.asterisk.start(die_with_parent=True)
        took = time.monotonic() - began

        assert took < 5
        assert instance.log() == []
        assert "Could not" not in instance.layout.output.read_text()
