"""Shared by all tests."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("quick", max_examples=25, stateful_step_count=50, deadline=None)
settings.register_profile("thorough", max_examples=400, stateful_step_count=80, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
