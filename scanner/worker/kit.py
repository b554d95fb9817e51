"""What every actor of a worker works with: one venue, its limits, and the ways in and out."""

from __future__ import annotations

from dataclasses import dataclass

from scanner.actors.backoff import Breaker
from scanner.actors.limiter import Limiter
from scanner.exchanges.base import Exchange, Settings
from scanner.worker.backfill import Backfill
from scanner.worker.intake import Intake
from scanner.worker.ledger import Ledger
from scanner.worker.publisher import Publisher
from scanner.worker.rest import Rest


@dataclass(frozen=True)
class Kit:
    """Made once for each worker and handed to its connections."""

    exchange: Exchange
    settings: Settings
    ledger: Ledger
    rest: Rest
    intake: Intake
    publisher: Publisher
    backfill: Backfill
    connects: Limiter
    door: Breaker
    """Shared by all connections: the venue refuses an address, not a socket."""
