"""What the scanner that runs with a state folder says of a coin now, asked of its ops server."""

from __future__ import annotations

import httpx
import msgspec

from scanner.cli.alerts.state import State
from scanner.detectors.explaining import Explanation

PATIENCE_S = 5.0
"""It answers within a millisecond unless its loop hangs."""
OK = 200


class Silent(Exception):
    """There are no live numbers; the text says why."""


def ask(state: State, symbol: str, exchange: str) -> Explanation:
    """Its explanation; Silent where nobody runs, or nobody answers."""
    holder = state.holder
    if holder is None:
        raise Silent(f"no scanner runs with {state.folder}, so there are no live numbers{state.hint}")
    if not holder.ops:
        raise Silent(f"the scanner with pid {holder.pid} does not say where it can be asked; it may just be starting")
    try:
        with httpx.Client(trust_env=False, timeout=PATIENCE_S) as client:
            answer = client.get(f"{holder.ops}/explain", params={"symbol": symbol, "exchange": exchange})
    except httpx.HTTPError as error:
        raise Silent(f"the scanner at {holder.ops} does not answer: {error or type(error).__name__}") from error
    if answer.status_code != OK:
        raise Silent(f"the scanner at {holder.ops} answers HTTP {answer.status_code}: {answer.text[:200].strip()}")
    try:
        return msgspec.json.decode(answer.content, type=Explanation)
    except msgspec.DecodeError as error:
        raise Silent(f"the scanner at {holder.ops} is of another version, its answer is not understood") from error
