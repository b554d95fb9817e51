"""Everything a kind of detector has to offer is read off the registry, also when another package brings it."""

from importlib import metadata

import msgspec
import pytest

from scanner.detectors import registry
from scanner.detectors.base import Detector
from scanner.detectors.courses import Courses
from scanner.detectors.market_context import MarketContext
from scanner.detectors.market_move import MarketMove
from scanner.detectors.price_move import PriceMove, PriceMoveRule
from scanner.detectors.tapes import Tapes
from scanner.detectors.volume_spike import VolumeSpike, VolumeSpikeRule
from scanner.model.market import Gap


def test_four_rules_exist_when_nobody_configures_any():
    rules = registry.default_rules(registry.DETECTORS)
    assert list(rules) == ["pump", "dump", "volume_spike", "market_move"]
    assert [rules[name].direction for name in ("pump", "dump")] == ["up", "down"]


@pytest.mark.parametrize("kind", registry.DETECTORS.values(), ids=registry.DETECTORS)
def test_every_kind_keeps_the_promises_of_its_kind(kind):
    """Settings of a frozen type of its own that knows its fields and explains them; a detector that wants gaps."""
    assert kind.settings.__struct_config__.frozen
    assert kind.settings.__struct_config__.forbid_unknown_fields
    assert all(type(rule) is kind.settings for rule in kind.defaults.values())
    detector: Detector = kind.build(kind.defaults, Tapes())
    assert Gap in detector.wants
    assert list(detector.tick(0)) == []


@pytest.mark.parametrize("kind", registry.DETECTORS.values(), ids=registry.DETECTORS)
def test_default_settings_survive_a_round_trip_through_a_file(kind):
    for rule in kind.defaults.values():
        assert msgspec.convert(msgspec.to_builtins(rule), kind.settings) == rule


def test_the_shared_tapes_stand_first_then_the_market_and_price_moves_before_spikes():
    row = registry.assemble(registry.default_rules(registry.DETECTORS), registry.DETECTORS)
    assert [type(detector) for detector in row] == [Tapes, MarketContext, Courses, PriceMove, VolumeSpike, MarketMove]


def test_a_rule_that_nobody_wants_is_left_out_and_so_is_a_detector_without_rules():
    rules = {"pump": PriceMoveRule(), "quiet": VolumeSpikeRule(enabled=False)}
    row = registry.assemble(rules, registry.DETECTORS)
    assert [type(detector) for detector in row] == [Tapes, MarketContext, Courses, PriceMove]


def install(monkeypatch, name):
    """A package that offers a kind of this name; what it offers does not matter here."""
    entry = metadata.EntryPoint(name, "scanner.detectors.registry:DETECTORS", registry.ENTRY_POINTS)
    monkeypatch.setattr(registry, "entry_points", lambda *, group: [entry] if group == registry.ENTRY_POINTS else [])


def test_another_package_may_bring_a_kind(monkeypatch):
    install(monkeypatch, "rush")
    assert list(registry.known()) == ["price_move", "volume_spike", "market_move", "rush"]


def test_no_package_may_take_a_name_that_is_taken(monkeypatch):
    install(monkeypatch, "price_move")
    with pytest.raises(ValueError, match="'price_move', which is taken"):
        registry.known()
