"""What one number may take of the room."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ntpd112.config.fields import Part


class PerCaller(Part):
    """How many calls one number may have here at once."""

    max: Annotated[int, Field(strict=True, ge=0, le=1000)] = Field(
        default=5, description="So many calls of one number have their turn at once; 0: any number of them."
    )
    then: Literal["wait", "refuse"] = Field(
        default="wait",
        description="Its further calls wait behind all others, or are refused as busy (486). Calls without a number "
        "are not counted.",
    )
