"""Failures in the stories shall show what was compared."""

from __future__ import annotations

import pytest

for module in ("answering_stories", "waiting_stories", "talking_stories", "core_world", "exchange_world", "world"):
    pytest.register_assert_rewrite(f"tests.stories.{module}")
