"""Options that several verbs share, and how they become settings."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

from scanner.config.errors import nearest
from scanner.config.schema import Assignment, Configuration, Origin
from scanner.config.units import parse_duration
from scanner.settings import Settings, configuration, settle
from scanner.telemetry.log import LEVELS

F = TypeVar("F", bound=Callable[..., Any])


class Duration(click.ParamType):  # type: ignore[type-arg]  # generic in click's newest releases only
    """`500ms`, `15s`, `5m`, `1h`, or a bare number of seconds; the value is seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds; a usage error says what was expected."""
        if isinstance(value, int | float):
            return float(value)
        try:
            return parse_duration(value)
        except ValueError as error:
            self.fail(f"{value!r} is none: {error}", param, ctx)


class Known(click.ParamType):  # type: ignore[type-arg]  # generic in new releases of click only
    """One of some names; an unknown one is answered with the nearest."""

    def __init__(self, name: str, names: tuple[str, ...]) -> None:
        self.name = name
        self.names = names

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name."""
        if value not in self.names:
            guess = nearest(value, self.names)
            known = f"{value!r} is no {self.name}: expected one of {', '.join(self.names)}"
            self.fail(known + (f"; did you mean {guess}?" if guess else ""), param, ctx)
        return str(value)


DURATION = Duration()
LEVEL = Known("log level", LEVELS)

OPTION_PATHS: dict[str, tuple[str, ...]] = {
    "market": ("scanner", "markets"),
    "exchange": ("scanner", "exchanges"),
    "symbol": ("scanner", "symbols"),
    "log_level": ("log", "level"),
}
"""Which key each shared option sets, above every other layer."""
FLAGS: dict[str, tuple[tuple[str, ...], object]] = {"include_all": (("scanner", "exclude"), [])}
"""The same for options without a value: the key, and what it is set to."""


def settings_options(command: F) -> F:
    """The options that choose and change settings; `load` takes what they gave."""
    for option in reversed(_SETTINGS_OPTIONS):
        command = option(command)
    return command


json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line on standard output.")


def load(chosen: dict[str, Any], also: Iterable[Assignment] = ()) -> Settings:
    """The settings that a verb's shared options and `also` choose; ConfigError when something is wrong with them."""
    return settle(layers(chosen, also))


def layers(chosen: dict[str, Any], also: Iterable[Assignment] = ()) -> Configuration:
    """The same, layer by layer, before it is settled."""
    options = [
        assignment(path, list(value) if isinstance(value, tuple) else value, _spelled(name))
        for name, path in OPTION_PATHS.items()
        if (value := chosen.get(name))
    ]
    flags = [assignment(path, value, _spelled(name)) for name, (path, value) in FLAGS.items() if chosen.get(name)]
    return configuration(
        file=chosen.get("config"), environment=os.environ, sets=chosen.get("set", ()), options=[*options, *flags, *also]
    )


def assignment(path: tuple[str, ...], value: object, option: str) -> Assignment:
    """What a verb's own option says about a key: `assignment(("ops", "port"), 0, "--ops-port")`."""
    return Assignment(path, value, Origin("option", option))


def _spelled(name: str) -> str:
    return f"--{name.replace('_', '-')}"


_SETTINGS_OPTIONS = (
    click.option("--market", multiple=True, metavar="QUOTE", help="A quote currency, such as KRW. Repeatable."),
    click.option("--exchange", multiple=True, metavar="NAME", help="Only this venue. Repeatable."),
    click.option("--symbol", multiple=True, metavar="SYMBOL", help="Only this instrument: BTC/KRW. Repeatable."),
    click.option("--include-all", is_flag=True, help="Leveraged tokens, stable-coin and currency pairs, too."),
    click.option("--config", metavar="FILE", help="A TOML file of settings ($SCANNER_CONFIG names one too)."),
    click.option("--set", multiple=True, metavar="KEY=VALUE", help="Any setting, such as books.top=50. Repeatable."),
    click.option("--log-level", type=LEVEL, metavar="|".join(LEVELS), help="How much is told on standard error."),
)
