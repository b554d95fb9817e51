"""`scanner config`: what is in force and who said so, whether a file is right, and a file to begin with."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

from scanner.cli.meanings import meanings
from scanner.cli.params import json_option, layers, settings_options
from scanner.config.errors import ConfigError, shown
from scanner.config.show import plain, show, starter
from scanner.settings import configuration, schema, settle

FIRST_LINES = """\
# Settings of the scanner. Every key stands here with its default, commented out: take the # away to change one.
# Environment variables (SCANNER__BOOKS__TOP=50) and --set books.top=50 go over what is written here.
# `scanner config show` tells what is in force, `scanner config check FILE` whether a file is right.

"""


@click.group(no_args_is_help=False)
def command() -> None:
    """Show, check or begin a configuration."""


@command.command("show")
@settings_options
@json_option
def show_command(*, as_json: bool, **chosen: Any) -> None:
    """Print every value in force as TOML, with its meaning and, unless it is a default, its origin."""
    said = layers(chosen)
    settle(said)
    if as_json:
        click.echo(json.dumps(plain(schema(), said), ensure_ascii=False))
    else:
        click.echo(show(schema(), said, meanings), nl=False)


@command.command("check")
@click.argument("file")
def check_command(file: str) -> None:
    """Read FILE as `scanner start --config FILE` would here and now, and say whether it is right."""
    settle(configuration(file=file, environment=os.environ))
    click.echo(f"{file}: ok")


@command.command("new")
@click.argument("file", default="-")
def new_command(file: str) -> None:
    """Write a commented file to begin with to FILE, which must not exist, or to standard output."""
    text = FIRST_LINES + starter(schema(), meanings)
    if file == "-":
        click.echo(text, nl=False)
        return
    try:
        with Path(file).open("x", encoding="utf-8") as new:
            new.write(text)
    except FileExistsError as error:
        raise ConfigError("config new", value=shown(file), problem="exists already", expected="a new file") from error
    except OSError as error:
        problem = str(error.strerror).lower()
        raise ConfigError("config new", value=shown(file), problem=problem, expected="a writable place") from error
    click.echo(f"{file}: written")
