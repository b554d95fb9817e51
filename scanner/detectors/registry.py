"""Every kind of detector there is. To add one: write its file beside these, and its line here."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any, Protocol

from msgspec import Struct

from scanner.detectors import market_move, price_move, volume_spike
from scanner.detectors.base import Detector
from scanner.detectors.courses import Courses
from scanner.detectors.market_context import context_of
from scanner.detectors.tapes import Tapes

ENTRY_POINTS = "scanner.detectors"
"""Group in which other packages name a `DetectorKind`; the entry point's name is the kind's."""


class Build(Protocol):
    """Makes the one detector that serves all rules of its kind."""

    def __call__(self, rules: Mapping[str, Any], tapes: Tapes) -> Detector:
        """`rules` maps names to settings of the kind's own type; `tapes` stands before the detector in the row."""
        ...


class DetectorKind(Struct, frozen=True):
    """What the rest of the house has to know about a kind of detector."""

    settings: type[Struct]
    """What one rule of this kind can be told; each kind has a type of its own."""
    build: Build
    defaults: Mapping[str, Struct]
    """The rules that exist when nobody configures any."""


DETECTORS: dict[str, DetectorKind] = {
    "price_move": DetectorKind(price_move.PriceMoveRule, price_move.PriceMove, price_move.DEFAULTS),
    "volume_spike": DetectorKind(volume_spike.VolumeSpikeRule, volume_spike.VolumeSpike, volume_spike.DEFAULTS),
    "market_move": DetectorKind(market_move.MarketMoveRule, market_move.MarketMove, market_move.DEFAULTS),
}


def known() -> dict[str, DetectorKind]:
    """Ours and those of installed packages; ValueError when a package takes a name that is taken."""
    kinds = dict(DETECTORS)
    for entry in entry_points(group=ENTRY_POINTS):
        if entry.name in kinds:
            raise ValueError(f"{entry.value} calls its detector {entry.name!r}, which is taken")
        kinds[entry.name] = entry.load()
    return kinds


def default_rules(kinds: Mapping[str, DetectorKind]) -> dict[str, Struct]:
    """Rule name → settings, of all kinds together."""
    return {rule: settings for kind in kinds.values() for rule, settings in kind.defaults.items()}


def assemble(
    rules: Mapping[str, Struct], kinds: Mapping[str, DetectorKind], tapes: Tapes | None = None
) -> list[Detector]:
    """The engine's row of detectors for these rules: the shared tapes, what reads them, then the kinds as listed.

    `rules` maps names to settings, whose type says the kind. Rules with `enabled` false are left out. Tapes that served
    another row serve this one from now on, with all that they know; the other must not be shown anything any more.
    """
    tapes = tapes or Tapes()
    context = context_of(tapes)
    context.forget_listeners()
    tapes.forget_listeners()
    tapes.listen_to_seconds(context.look)
    row: list[Detector] = [tapes, context, Courses(tapes)]
    for kind in kinds.values():
        mine = {
            name: settings
            for name, settings in rules.items()
            if type(settings) is kind.settings and getattr(settings, "enabled", True)
        }
        if mine:
            row.append(kind.build(mine, tapes))
    return row
