"""What every test may count on: the shared folder, the system packages it names, and hypothesis without a stopwatch."""

import gc
from collections.abc import Iterator
from functools import cache, partial
from itertools import count
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from tests.system import packages, tools

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = pytest.StashKey[dict[str, list[str]]]()
"""Reason → the tests that are left out for it."""

# Two busy cores make any deadline a coin toss; the same everywhere, so that CI finds nothing that a laptop cannot.
settings.register_profile("scanner", deadline=None, max_examples=100, print_blob=True)
settings.load_profile("scanner")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recordings and fact sheets beside the project; it is no part of the project."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("there is no folder ../shared beside the project: its recordings are not part of it")
    return folder


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where each test would keep state, if it kept any: a folder of its own, made by whoever needs it."""
    everybody = tmp_path_factory.mktemp("homes")
    return (everybody / str(number) for number in count())


@pytest.fixture(autouse=True)
def _state_of_its_own(_homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """One scanner at a time lives in a state folder, and none of the tests' lives in that of whoever runs them."""
    monkeypatch.setenv("XDG_STATE_HOME", str(next(_homes)))


@pytest.fixture(autouse=True)
def _log_as_it_was() -> Iterator[None]:
    """A test that runs a verb sets up the log of this process; the next one finds it as it is by default."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture(autouse=True)
def _collector_as_it_was() -> Iterator[None]:
    """What a test has frozen and made rare (`actors.collector`) would change what the next one counts."""
    before = gc.get_threshold()
    yield
    if gc.get_freeze_count():
        gc.unfreeze()
    gc.set_threshold(*before)


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LEFT_OUT] = {}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip exactly the tests that cannot run on this machine, by name and with the way out."""
    debian = packages.known(packages.LIST.read_text())
    registries = tools.known(tools.LIST.read_text())
    known = {name: cache(partial(packages.obstacle, package)) for name, package in debian.items()}
    known |= {name: cache(partial(tools.obstacle, tool)) for name, tool in registries.items()}
    for item in items:
        for mark in item.iter_markers("system"):
            name = mark.args[0]
            if name not in known:
                lists = f"neither {packages.LIST} nor {tools.LIST.name} lists"
                raise pytest.UsageError(f"{item.nodeid} needs the package {name!r}, which {lists}")
            if reason := known[name]():
                item.add_marker(pytest.mark.skip(reason=reason))
                config.stash[LEFT_OUT].setdefault(reason, []).append(item.nodeid)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.stash[LEFT_OUT]:
        terminalreporter.section("tests left out")
    for reason, tests in config.stash[LEFT_OUT].items():
        terminalreporter.line(reason)
        for test in tests:
            terminalreporter.line(f"  {test}")
