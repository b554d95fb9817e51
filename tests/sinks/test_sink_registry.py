"""Everything a kind of sink has to offer is read off the registry, also when another package brings it."""

from importlib import metadata

import pytest

from scanner.sinks import registry
from scanner.sinks.console import Console, ConsoleSettings
from scanner.sinks.webhook import Webhook, WebhookSettings


async def write(line):
    """Nowhere."""


@pytest.mark.parametrize(
    ("kind", "settings", "sink"),
    [("console", ConsoleSettings(), Console), ("webhook", WebhookSettings(url="http://127.0.0.1/"), Webhook)],
)
async def test_every_kind_is_built_from_its_settings(kind, settings, sink):
    """Of a frozen type that refuses what it does not know."""
    known = registry.SINKS[kind]
    assert known.settings is type(settings)
    assert known.settings.__struct_config__.frozen
    assert known.settings.__struct_config__.forbid_unknown_fields
    built = known.build(settings, write)
    assert isinstance(built, sink)
    await built.aclose()


def install(monkeypatch, name):
    """A package that offers a kind of this name; what it offers does not matter here."""
    entry = metadata.EntryPoint(name, "scanner.sinks.registry:SINKS", registry.ENTRY_POINTS)
    monkeypatch.setattr(registry, "entry_points", lambda *, group: [entry] if group == registry.ENTRY_POINTS else [])


def test_another_package_may_bring_a_kind(monkeypatch):
    install(monkeypatch, "pager")
    assert list(registry.known()) == ["console", "webhook", "pager"]


def test_no_package_may_take_a_name_that_is_taken(monkeypatch):
    install(monkeypatch, "console")
    with pytest.raises(ValueError, match="'console', which is taken"):
        registry.known()
