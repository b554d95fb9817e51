"""The units that settings are written in. A bare number is seconds or a fraction; `15s` and `5%` are read by config."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

Seconds = Annotated[float, Meta(ge=0, description="a duration such as 500ms, 15s or 5m", extra={"unit": "duration"})]
Fraction = Annotated[float, Meta(description="a share such as 5% or 0.05", extra={"unit": "fraction"})]
Port = Annotated[int, Meta(ge=0, le=65535, description="a TCP port, 0 for any free one")]
Count = Annotated[int, Meta(ge=0, description="a whole number, 0 or more")]
Positive = Annotated[int, Meta(ge=1, description="a whole number, 1 or more")]
Ratio = Annotated[float, Meta(gt=0, description="a number above 0")]
Multiple = Annotated[float, Meta(ge=0, description="a number, 0 or more")]
Money = Annotated[float, Meta(ge=0, description="an amount of the quote currency, 0 or more")]
