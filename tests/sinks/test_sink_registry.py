"""Everything a kind of sink has to offer is read off the registry, also when another package brings it."""

from importlib import metadata

import pytest

from scanner.cli.meanings import meanings
from scanner.config.fields import fields_of
from scanner.sinks import registry
from scanner.sinks.base import Kit, ReceiverSettings
from scanner.sinks.http import HttpSettings
from tests.sinks.canaries import ROWS

PLACE = "https://hooks.example.org"


async def write(line):
    """Nowhere."""


@pytest.mark.parametrize("kind", registry.SINKS)
def test_every_kind_s_settings_are_a_receiver_s(kind):
    """Frozen, refusing what they do not know, and with all that any receiver can be told."""
    settings = registry.SINKS[kind].settings
    assert issubclass(settings, ReceiverSettings)
    assert settings.__struct_config__.frozen
    assert settings.__struct_config__.forbid_unknown_fields


@pytest.mark.parametrize("kind", registry.SINKS)
def test_every_key_of_every_kind_has_a_meaning(kind):
    """It stands in `scanner config new`."""
    settings = registry.SINKS[kind].settings
    said = meanings(settings)
    assert said[""]
    assert [name for name, field in fields_of(settings).items() if name not in said and field.expected == "text"] == []


@pytest.mark.parametrize("kind", registry.SINKS)
async def test_every_kind_is_built_from_its_settings(kind, tmp_path):
    """And closed, without a word to anybody."""
    known = registry.SINKS[kind]
    for row in ROWS[kind]:
        built = known.build(known.settings(**row.settings(PLACE, str(tmp_path / "file"))), Kit(kind, write))
        await built.aclose()


@pytest.mark.parametrize("kind", registry.SINKS)
def test_every_pace_is_so_many_in_so_many_seconds(kind):
    """The widest window last, each stricter in the long run than the one before it."""
    pace = registry.SINKS[kind].pace
    assert all(count >= 1 and seconds > 0 for count, seconds in pace)
    assert list(pace) == sorted(pace, key=lambda window: window[0] / window[1], reverse=True)


def test_what_has_limits_of_its_own_is_paced_and_what_has_none_is_not():
    """A webhook, an Alertmanager, a file and a terminal belong to the operator."""
    assert {kind for kind, known in registry.SINKS.items() if not known.pace} == {
        *("console", "file", "webhook", "alertmanager"),
    }


def test_only_the_console_keeps_nothing_in_the_outbox():
    """Lines of yesterday are not printed today."""
    assert [kind for kind, known in registry.SINKS.items() if not known.durable] == ["console"]


@pytest.mark.parametrize(
    "kind", [kind for kind, known in registry.SINKS.items() if issubclass(known.settings, HttpSettings)]
)
def test_everything_that_is_posted_to_is_guarded(kind):
    """No private address without `allow_private`, fifteen seconds for an attempt."""
    fields = fields_of(registry.SINKS[kind].settings)
    assert fields["allow_private"].default is False
    assert fields["timeout"].default == 15.0
    for row in ROWS[kind]:
        with pytest.raises(ValueError, match="allow_private = true"):
            registry.SINKS[kind].settings(**row.settings("http://127.0.0.1:1", ""))


def install(monkeypatch, name):
    """A package that offers a kind of this name; what it offers does not matter here."""
    entry = metadata.EntryPoint(name, "scanner.sinks.registry:SINKS", registry.ENTRY_POINTS)
    monkeypatch.setattr(registry, "entry_points", lambda *, group: [entry] if group == registry.ENTRY_POINTS else [])


def test_another_package_may_bring_a_kind(monkeypatch):
    install(monkeypatch, "pager")
    assert list(registry.known()) == [*registry.SINKS, "pager"]


def test_no_package_may_take_a_name_that_is_taken(monkeypatch):
    install(monkeypatch, "console")
    with pytest.raises(ValueError, match="'console', which is taken"):
        registry.known()
