"""To be measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scanner.bench.rows import report


async def run(passes: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Nothing yet."""
    say("nothing")
    return report("pipe", passes, [])
