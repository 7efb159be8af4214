"""Failures here shall show what was compared."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.console.office", "tests.stories.exchange_world", "tests.stories.world")
