"""Decisions as `explain` will read them: each with its reason, and no flood of the same."""

from __future__ import annotations

from scanner.alerts.ledger import Ledger
from scanner.alerts.reasons import TOLD, Case, Reason, sentence
from scanner.model.alert import Alert
from scanner.model.decision import Decision
from scanner.model.moments import SECOND

APART_S = 10
"""What became of the same rule on the same instrument for the same reason is written down once in so long …"""
APART_NS = APART_S * SECOND
MOST = 10_000
"""… for so many of them; beyond, the oldest is forgotten, and may be written down too soon."""

Matter = tuple[str, str, str, Reason]
"""Venue, symbol, rule and reason."""


class Accounts:
    """Writes into a ledger; what somebody was told is always written down."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        """To be taken once a second by whoever keeps it."""
        self._written: dict[Matter, tuple[int, int]] = {}
        """When each was written down last, and how often it was not since then; the oldest first."""

    def note(self, reason: Reason, case: Case) -> None:
        """A signal was settled."""
        signal = case.signal
        matter = (signal.exchange, str(signal.instrument), signal.rule, reason)
        at, unwritten = self._written.get(matter, (0, 0))
        if reason not in TOLD and abs(case.seen - at) < APART_NS:
            self._written[matter] = at, unwritten + 1
            return
        self._written.pop(matter, None)
        self._written[matter] = case.seen, 0
        if len(self._written) > MOST:
            del self._written[next(iter(self._written))]
        self.ledger.note(
            Decision(
                at=case.seen,
                exchange=signal.exchange,
                symbol=str(signal.instrument),
                rule=signal.rule,
                outcome=reason.value,
                why=sentence(reason, case),
                story=case.story.id if case.story is not None else "",
                facts={"unwritten": unwritten} if unwritten else {},
            )
        )

    def close(self, closing: Alert) -> None:
        """A story is over."""
        self.ledger.note(
            Decision(
                at=closing.at,
                exchange=closing.exchange,
                symbol=str(closing.instrument),
                rule=closing.rule,
                outcome=closing.kind,
                why=f"{closing.headline}; nothing of its weight was heard for the cooldown",
                story=closing.id,
                facts=closing.facts,
            )
        )
