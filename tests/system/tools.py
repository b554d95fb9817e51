"""Judges from package registries, behind tests marked `system(tool)`: kept in `.venv/tools`, away from what we run on.

Run by `make test` before the suite; `tests/conftest.py` asks the same questions, so both always agree. Where a registry
cannot be reached, the tests are left out by name and the rest goes on: nobody needs these tools to run the scanner.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

LIST = Path(__file__).with_name("tools.txt")
HOME = Path(__file__).resolve().parents[2] / ".venv" / "tools"
COMMAND = "python tests/system/tools.py"

Run = Callable[..., subprocess.CompletedProcess]


class Tool(NamedTuple):
    registry: str
    package: str
    """With its version, as its registry writes it: another version has other opinions."""
    file: str
    purpose: str

    @property
    def name(self) -> str:
        """The package without its version: `@scope/name@1.0` and `name==1.0` alike."""
        return self.package.partition("==")[0] if self.registry == "pypi" else self.package.rpartition("@")[0]


def known(text: str) -> dict[str, Tool]:
    """The list by package name; ValueError names a line that does not say all four things, or an unknown registry."""
    tools = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        columns = [column.strip() for column in line.split("|")]
        if len(columns) != len(Tool._fields) or not all(columns) or columns[0] not in COMMANDS:
            expected = f"{' | '.join(Tool._fields)} with a registry of {', '.join(COMMANDS)}"
            raise ValueError(f"{LIST.name}:{number}: expected {expected}, got {line!r}")
        tool = Tool(*columns)
        tools[tool.name] = tool
    return tools


def pypi(home: Path, packages: list[str]) -> list[list[str]]:
    """An environment of their own: their pins are not ours."""
    pip = [str(home / "pypi" / "bin" / "pip"), "--disable-pip-version-check", "install", "--quiet"]
    return [[sys.executable, "-m", "venv", "--clear", str(home / "pypi")], [*pip, *packages]]


def npm(home: Path, packages: list[str]) -> list[list[str]]:
    """No package's own scripts are run."""
    quiet = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
    return [["npm", "install", "--prefix", str(home / "npm"), *quiet, *packages]]


COMMANDS = {"pypi": pypi, "npm": npm}
"""Registry → the commands that bring packages from it into a folder of that name."""


def stamp(tool: Tool, home: Path = HOME) -> Path:
    """The file that says what was installed from the tool's registry."""
    return home / f"{tool.registry}.stamp"


def is_here(tool: Tool, home: Path = HOME) -> bool:
    """Its file is there, and from the very version that is asked for."""
    said = stamp(tool, home)
    return (home / tool.file).is_file() and said.is_file() and tool.package in said.read_text().splitlines()


def obstacle(tool: Tool, home: Path = HOME) -> str:
    """Why tests that need it are left out here, and what would help, in one line; empty when they can run."""
    if is_here(tool, home):
        return ""
    needed = f"they need {tool.package} of {tool.registry} in .venv/tools ({COMMAND})"
    return f"left out here: tests of {tool.purpose}; {needed}"


def install(tools: list[Tool], home: Path = HOME, run: Run = subprocess.run) -> list[str]:
    """Bring what is not here, registry by registry; a sentence for each that could not be asked."""
    wanted = {tool.registry for tool in tools if not is_here(tool, home)}
    problems = [
        _install(registry, [tool for tool in tools if tool.registry == registry], home, run) for registry in wanted
    ]
    return sorted(filter(None, problems))


def _install(registry: str, tools: list[Tool], home: Path, run: Run) -> str:
    home.mkdir(parents=True, exist_ok=True)
    packages = [tool.package for tool in tools]
    stamp(tools[0], home).unlink(missing_ok=True)
    for command in COMMANDS[registry](home, packages):
        if shutil.which(command[0]) is None:
            return f"{command[0]} is not here, so nothing can be had of {registry}"
        done = run(command, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            return f"{' '.join(command)} failed with code {done.returncode}; its reason stands above"
    stamp(tools[0], home).write_text("".join(f"{package}\n" for package in packages))
    return ""


def main() -> None:
    tools = list(known(LIST.read_text()).values())
    if absent := [tool.name for tool in tools if not is_here(tool)]:
        sys.stdout.write(f"Installing for the tests: {', '.join(absent)}\n")
    for line in (*install(tools), *filter(None, map(obstacle, tools))):
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
