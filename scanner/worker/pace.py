"""How often one who can wait may ask a venue by REST: a share of its limits, so that what is urgent finds room."""

from __future__ import annotations

from scanner.exchanges.base import Limits, Request


def pace(request: Request, limits: Limits, share: float, shards: int = 1) -> float:
    """Seconds from one such request to the next; `shards` workers divide the share between them."""
    return max((w.seconds * request.weight * shards / (w.count * share) for w in limits.requests), default=0.0)
