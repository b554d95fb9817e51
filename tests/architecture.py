"""The plan of the house as tables, and checks that read source text: `tests/test_architecture.py` runs them.

Every check is a function from one module to its breaches, so that it can be shown bad code as well as the house.
"""

import ast
import graphlib
import io
import re
import tokenize
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent

BELOW = {
    *("alerts", "delivery", "gateway", "sim", "sinks", "store", "supervisor", "telemetry", "worker"),
    *("bus", "config", "detectors", "exchanges", "net", "wire"),
    *("actors", "model"),
}
"""Every room under the roof, which is __main__, cli, bench and the files beside app.py."""

LOG = "telemetry.log"
"""Open to every room that has a loop of its own and so something to say while it runs."""

MAY_IMPORT: Mapping[str, AbstractSet[str]] = {
    "__main__": {"cli"},
    "cli": BELOW | {"app", "settings", "state", "plan", "bench"},
    "bench": BELOW | {"app", "settings", "state", "plan"},
    "app": BELOW | {"settings", "plan", "desk", "simulation", "state", "alerting", "exposure", "reload", "signals"},
    "exposure": BELOW | {"desk", "alerting", "reload"},
    "alerting": BELOW | {"settings"},
    "reload": BELOW | {"settings"},
    "signals": set(),
    "plan": BELOW | {"settings"},
    "desk": BELOW,
    "state": BELOW,
    "simulation": BELOW,
    "settings": BELOW,
    "worker": {"exchanges", "net", "wire", "bus", "actors", "model", LOG},
    # The supervisor makes the pipes and keeps the main process's end of them, so it knows their carrier.
    "supervisor": {"bus", "wire", "actors", "model", LOG},
    # Delivery brings what alerts decided: it asks their pure rules, keeps letters in the store and knows sinks by type.
    "delivery": {"alerts", "store", "sinks.base", "actors", "model", LOG},
    "alerts": {"detectors.base", "model"},
    "sinks": {"actors", "model", LOG},
    "gateway": {"actors", "model", LOG},
    "store": {"actors", "model", LOG},
    "sim": {"exchanges", "actors", "model", LOG},
    "bus": {"wire", "actors", "model", LOG},
    "net": {"actors", "model", LOG},
    "exchanges": {"model"},
    "detectors": {"model"},
    "wire": {"model"},
    "telemetry": {"model"},
    "config": {"model"},
    "actors": set(),
    "model": set(),
}
"""Room → what it may import besides itself; `a.b` opens one file of a room only."""

ENTRANCES: Mapping[str, AbstractSet[str]] = {"sim.main": {"wire", "bus"}}
"""Where a process begins it holds the far end of a pipe, whatever its room may import elsewhere."""

WIRING = ("app", "plan", "settings", "cli", "sim", "worker.main")
"""The only places that may know a registry, and through it every venue, detector or sink there is."""

PURE = (
    *("model", "exchanges", "detectors", "wire", "config"),
    "alerts",
)
READS_ITS_FILE = "config.load"
OUTSIDE = {
    *("asyncio", "httpx", "multiprocess", "selectors", "socket", "ssl", "subprocess", "threading", "trio"),
    *("trio_websocket", "io", "os", "pathlib", "shutil", "tempfile", "time", "logging", "structlog"),
}
"""Modules that touch sockets, processes, files, clocks or the log."""
CLOCKS = {"now", "utcnow", "today"}

NOTE = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


class Breach(NamedTuple):
    path: str
    line: int
    rule: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.rule}"


class Import(NamedTuple):
    line: int
    module: str
    """Full dotted name of the module, `scanner.` included."""
    name: str
    """What is taken from it; empty for the module itself."""


@dataclass(frozen=True)
class Module:
    name: str
    """Dotted, without `scanner.`: `exchanges.upbit.session`; empty for the package itself."""
    path: str
    source: str

    @cached_property
    def nodes(self):
        return list(ast.walk(ast.parse(self.source, self.path)))

    @property
    def room(self):
        return self.name.partition(".")[0]

    def breach(self, line, rule):
        return Breach(self.path, line, rule)


def load() -> list[Module]:
    found = []
    for path in sorted((ROOT / "scanner").rglob("*.py")):
        parts = path.relative_to(ROOT / "scanner").with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found.append(Module(name, str(path.relative_to(ROOT)), path.read_text()))
    return found


HOUSE = load()
KNOWN = frozenset(f"scanner.{module.name}".rstrip(".") for module in HOUSE)


def imports(module: Module, known: AbstractSet[str] = KNOWN) -> Iterator[Import]:
    """All of them: at the top, inside functions, under conditions, relative, and by `import_module("…")`."""
    for node in module.nodes:
        match node:
            case ast.Import():
                for alias in node.names:
                    yield Import(node.lineno, alias.name, "")
            case ast.ImportFrom():
                origin = _origin(module, node)
                for alias in node.names:
                    inner = f"{origin}.{alias.name}"
                    yield Import(node.lineno, inner, "") if inner in known else Import(node.lineno, origin, alias.name)
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield Import(node.lineno, name, "")


def ours(module: Module, known: AbstractSet[str] = KNOWN) -> Iterator[tuple[Import, str]]:
    """Imports of our own modules, named as the tables here name them. The bare package holds only the version."""
    for found in imports(module, known):
        if found.module.startswith("scanner."):
            yield found, found.module.removeprefix("scanner.")


def check_rooms(module: Module, known: AbstractSet[str] = KNOWN) -> Iterator[Breach]:
    grants = MAY_IMPORT.get(module.room, set()) | ENTRANCES.get(module.name, set())
    for found, target in ours(module, known):
        if module.name and not _within(target, {module.room, *grants}):
            may = ", ".join(sorted(grants)) or "nothing of ours"
            yield module.breach(found.line, f"{module.room} may import {may}; not scanner.{target}")


def check_registries(module: Module, known: AbstractSet[str] = KNOWN) -> Iterator[Breach]:
    for found, target in ours(module, known):
        if target.endswith(".registry") and not _within(module.name, WIRING):
            yield module.breach(found.line, f"only {', '.join(WIRING)} may import a registry; this is scanner.{target}")


def check_siblings(
    module: Module, siblings: Mapping[str, AbstractSet[str]], known: AbstractSet[str] = KNOWN
) -> Iterator[Breach]:
    """Two members of one family never meet, and what they share knows none of them; only the registry knows all."""
    for family, members in siblings.items():
        if not _within(module.name, {family}) or module.name.endswith(".registry"):
            continue
        me = _member(module.name, family, members)
        for found, target in ours(module, known):
            other = _member(target, family, members)
            if other and other != me:
                yield module.breach(found.line, f"{module.name} must not know {other}, one of the {family}")


def check_purity(module: Module) -> Iterator[Breach]:
    if not _within(module.name, PURE) or module.name == READS_ITS_FILE:
        return
    for found in imports(module):
        if found.module.partition(".")[0] in OUTSIDE:
            yield module.breach(found.line, f"{module.name} is pure: no {found.module} here; let the caller hand it in")
    for node in module.nodes:
        match node:
            case ast.Call(func=ast.Name(id="open")):
                yield module.breach(node.lineno, f"{module.name} is pure: it opens no files")
            case ast.Attribute(
                value=ast.Name(id="datetime" | "date") | ast.Attribute(attr="datetime" | "date"), attr=attr
            ) if attr in CLOCKS:
                yield module.breach(node.lineno, f"{module.name} is pure: it reads no clock; take `now` as an argument")


def check_loopholes(module: Module) -> Iterator[Breach]:
    """Ways around the rules above, and errors swallowed whole."""
    for found, target in ours(module):
        private = next((part for part in (*target.split("."), found.name) if re.match(r"_(?!_)", part)), None)
        if private and target.partition(".")[0] != module.room:
            yield module.breach(found.line, f"{private} is private to scanner.{target}")
    for node in module.nodes:
        match node:
            case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
                yield module.breach(node.lineno, "TYPE_CHECKING hides an import; let a third module hold what two need")
            case ast.ExceptHandler(type=kind, body=body) if _is_broad(kind) and not _goes_on_up(body):
                yield module.breach(node.lineno, "a broad except swallows bugs; name what is expected here")
            case ast.Call(func=ast.Name(id="suppress") | ast.Attribute(attr="suppress"), args=args) if any(
                map(_is_broad, args)
            ):
                yield module.breach(
                    node.lineno, "suppressing every exception swallows bugs; name what is expected here"
                )


def check_notes(module: Module) -> Iterator[Breach]:
    for token in tokenize.generate_tokens(io.StringIO(module.source).readline):
        if token.type == tokenize.COMMENT and (note := NOTE.search(token.string)):
            yield module.breach(token.start[0], f"a {note[0]} note: do it, or open an issue")


def circle(graph: Mapping[str, AbstractSet[str]]) -> list[str]:
    """One way round, first module repeated at the end; empty when there is none."""
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(reversed(error.args[1]))
    return []


def families(house: list[Module]) -> dict[str, AbstractSet[str]]:
    """Who is whose sibling: the keys of each registry name its files; the simulated venues bear the venues' names.

    A venue's second product, `weex-contract`, may live in the folder of the first, or in one of its own.
    """
    names = {module.name for module in house}
    found = {
        module.room: frozenset(_file(f"{module.room}.", key, names) for key in _keys(module))
        for module in house
        if module.name == f"{module.room}.registry"
    }
    return {**found, "sim.venues": found.get("exchanges", frozenset())}


def _file(room, key, names):
    own = key.replace("-", "_")
    return own if room + own in names else key.partition("-")[0]


def _keys(registry):
    """What stands before the colons of the registry's literal dict."""
    for node in registry.nodes:
        match node:
            case ast.Assign(value=ast.Dict(keys=keys)) | ast.AnnAssign(value=ast.Dict(keys=keys)):
                yield from (key.value for key in keys if isinstance(key, ast.Constant))


def _origin(module, node):
    """The absolute module of a `from … import`, however many dots it starts with."""
    if not node.level:
        return node.module
    is_package = module.path.endswith("__init__.py")
    parents = f"scanner.{module.name}".split(".")
    kept = parents[: len(parents) - node.level + is_package]
    return ".".join([*kept, *filter(None, [node.module])])


def _within(name, places):
    return any(name == place or name.startswith(f"{place}.") for place in places)


def _member(name, family, members):
    rest = name.removeprefix(f"{family}.")
    first = rest.partition(".")[0]
    return first if rest != name and first in members else None


def _goes_on_up(body):
    """Closing something on the way out is fine: the error itself is raised again."""
    return body[-1:] and isinstance(body[-1], ast.Raise) and body[-1].exc is None


def _is_broad(kind):
    if kind is None:
        return True
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(isinstance(each, ast.Name) and each.id in {"Exception", "BaseException"} for each in kinds)
