"""The house keeps to its plan: imports run down, the middle is pure, nothing hides. And the checks can fail."""

import pytest

from tests.architecture import (
    HOUSE,
    MAY_IMPORT,
    ROOT,
    Module,
    check_loopholes,
    check_notes,
    check_purity,
    check_registries,
    check_rooms,
    check_siblings,
    circle,
    families,
    ours,
)


def told(breaches):
    return "\n" + "\n".join(dict.fromkeys(map(str, breaches)))


# The house as it stands.


def test_every_room_is_on_the_plan():
    # Promise: a new folder under scanner/ gets its row in the table before it gets an import.
    rooms = {module.room for module in HOUSE if module.name}
    assert rooms <= MAY_IMPORT.keys()


@pytest.mark.parametrize("check", [check_rooms, check_registries, check_purity, check_loopholes, check_notes])
def test_no_module_breaks_a_rule_of_the_house(check):
    # Promise: imports run down only, registries meet in the wiring, the middle is pure, nothing hides.
    breaches = [breach for module in HOUSE for breach in check(module)]
    assert not breaches, told(breaches)


def test_siblings_do_not_know_each_other():
    # Promise: a venue, a detector or a sink can be taken out by deleting its files and one registry line.
    siblings = families(HOUSE)
    breaches = [breach for module in HOUSE for breach in check_siblings(module, siblings)]
    assert not breaches, told(breaches)


def test_a_registry_names_its_files():
    # Promise: who knows a venue's, a detector's or a sink's name knows where it lives.
    siblings = families(HOUSE)
    del siblings["sim.venues"]
    names = {module.name for module in HOUSE}
    assert {family for family, members in siblings.items() if not members} == set()
    assert [
        f"{family}.{key}" for family in siblings for key in siblings[family] if f"{family}.{key}" not in names
    ] == []


def test_no_module_reaches_itself_by_its_imports():
    # Promise: any file can be read, and loaded, without the ones above it.
    graph = {module.name: {target for _, target in ours(module)} for module in HOUSE}
    assert not circle(graph), " → ".join(circle(graph))


def test_tests_hold_no_notes_either():
    # Promise: what is left to do stands in issues, never in the tree.
    paths = (ROOT / "tests").rglob("*.py")
    modules = [Module("", str(path.relative_to(ROOT)), path.read_text()) for path in paths]
    breaches = [breach for module in modules for breach in check_notes(module)]
    assert not breaches, told(breaches)


# The checks themselves, shown code that they must see and code that they must let pass.

SMALL = frozenset({"scanner.exchanges.registry", "scanner.exchanges.base", "scanner.model.market", "scanner.worker"})
KIN = {"exchanges": {"upbit", "okx"}, "detectors": {"price_move", "volume"}, "sim.venues": {"upbit", "okx"}}


def module(name, source):
    return Module(name, f"scanner/{name.replace('.', '/')}.py", source)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("model.market", "import scanner.wire.frames"),
        ("model.market", "from scanner.wire import frames"),
        ("sinks.webhook", "def later():\n    from scanner.telemetry import metrics"),
        ("net.http", "if TYPE_CHECKING:\n    from scanner.worker.main import run"),
        ("exchanges.upbit.session", "from ...worker import main"),
        ("alerts.engine", "from scanner.detectors.price_move import PriceMove"),
        ("sim.server", "from scanner.bus.pipe import PipeWriter"),
        ("app", "from scanner.cli import board"),
        ("supervisor.process", "from importlib import import_module\nimport_module('scanner.worker.main')"),
        ("garden.shed", "from scanner.model import market"),
    ],
)
def test_an_import_up_or_across_is_seen_wherever_it_stands(name, source):
    # Promise: no spelling of an import escapes, and the message names file, line and rule.
    (breach,) = check_rooms(module(name, source), SMALL)
    line = len(source.splitlines())
    assert str(breach).startswith(f"scanner/{name.replace('.', '/')}.py:{line}: {name.partition('.')[0]} may import ")


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("worker.main", "from scanner.exchanges.registry import EXCHANGES"),
        ("alerts.engine", "from scanner.detectors.base import Detector"),
        ("sim.main", "from scanner.bus.pipe import PipeWriter"),
        ("net.http", "from scanner.telemetry import log"),
        ("wire.frames", "from scanner import __version__"),
        ("exchanges.upbit.session", "import msgspec\nfrom scanner.exchanges.upbit.spec import SPEC"),
    ],
)
def test_an_import_down_is_let_pass(name, source):
    # Promise: the rules forbid nothing that the plan allows.
    assert not list(check_rooms(module(name, source), SMALL | {"scanner.telemetry.log"}))


@pytest.mark.parametrize("source", ["from scanner.exchanges import registry", "import scanner.exchanges.registry"])
def test_a_registry_is_seen_where_nothing_is_wired(source):
    # Promise: a parser cannot reach every venue through the back door.
    (breach,) = check_registries(module("worker.parser", source), SMALL)
    assert "may import a registry" in breach.rule
    assert not list(check_registries(module("worker.main", source), SMALL))


@pytest.mark.parametrize(
    ("name", "source", "seen"),
    [
        ("exchanges.upbit.session", "from scanner.exchanges.okx.spec import SPEC", True),
        ("exchanges.upbit.session", "from scanner.exchanges.upbit.spec import SPEC", False),
        ("exchanges.upbit.session", "from scanner.exchanges.books import Book", False),
        ("exchanges.books", "from scanner.exchanges.okx.spec import SPEC", True),
        ("exchanges.registry", "from scanner.exchanges.okx.spec import SPEC", False),
        ("sim.venues.okx", "from scanner.sim.venues.upbit import Venue", True),
        ("detectors.volume", "from scanner.detectors.price_move import PriceMove", True),
        ("detectors.volume", "from scanner.detectors.windows import Window", False),
    ],
)
def test_siblings_are_told_from_what_they_share(name, source, seen):
    # Promise: members of one family are kept apart, and what they share serves them without knowing them.
    assert bool(list(check_siblings(module(name, source), KIN, SMALL))) is seen


@pytest.mark.parametrize(
    ("name", "source", "seen"),
    [
        ("exchanges.okx.session", "import trio", True),
        ("detectors.windows", "from time import monotonic", True),
        ("wire.frames", "import os.path", True),
        ("alerts.episodes", "import datetime\ndatetime.datetime.now()", True),
        ("model.market", "from datetime import date\ndate.today()", True),
        ("config.schema", "open('scanner.toml')", True),
        ("config.load", "open('scanner.toml')", False),
        ("delivery.dispatcher", "import trio", False),
        ("exchanges.okx.rest", "from datetime import datetime\ndatetime.fromisoformat('2026-01-01')", False),
        ("exchanges.okx.session", "session.open(endpoint)", False),
    ],
)
def test_clocks_files_and_sockets_are_seen_in_the_pure_middle_only(name, source, seen):
    # Promise: what is pure stays testable without waiting, and what is not may touch the world.
    assert bool(list(check_purity(module(name, source)))) is seen


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING: pass", True),
        ("from scanner.model.market import _secret", True),
        ("import scanner.model._market", True),
        ("from scanner.net.http import _mine", False),
        ("from scanner import __version__", False),
        ("try: pass\nexcept: pass", True),
        ("try: pass\nexcept (OSError, Exception): pass", True),
        ("try: pass\nexcept* BaseException: pass", True),
        ("try: pass\nexcept (OSError, ValueError): pass", False),
        ("try: pass\nexcept BaseException:\n    stream.close()\n    raise", False),
        ("with contextlib.suppress(Exception): pass", True),
        ("with contextlib.suppress(OSError): pass", False),
    ],
)
def test_ways_around_the_rules_are_seen(source, seen):
    # Promise: no hidden import, no private name of another room, no swallowed bug.
    assert bool(list(check_loopholes(module("net.http", source)))) is seen


@pytest.mark.parametrize("word", ["TODO", "FIXME", "XXX", "HACK"])
def test_a_note_is_seen_in_a_comment_and_nowhere_else(word):
    # Promise: a coin may be called what it likes.
    assert list(check_notes(module("net.http", f"price = 1  # {word}: later\n")))
    assert not list(check_notes(module("net.http", f"symbol = '{word}/KRW'  # a coin\n")))


def test_a_circle_is_found_and_named_in_order():
    # Promise: the message shows the way round, so that one knows where to cut.
    way = circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})
    assert way[0] == way[-1]
    assert sorted(way[1:]) == ["a", "b", "c"]
    assert circle({"a": {"b", "c"}, "b": {"c"}}) == []


def test_a_family_is_read_from_the_keys_of_its_registry():
    # Promise: who adds a venue changes no table here.
    registry = module("exchanges.registry", "from scanner.exchanges.okx.spec import OKX\nEXCHANGES = {'okx': OKX}")
    assert families([registry]) == {"exchanges": {"okx"}, "sim.venues": {"okx"}}
