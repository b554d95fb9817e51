"""Debian packages behind tests marked `system(package)`: installed where root can, named where only a person can.

Run by `make test` before the suite; `tests/conftest.py` asks the same questions, so both always agree.
"""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

LIST = Path(__file__).with_name("packages.txt")
SEARCH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"))
"""Debian leaves the sbin folders out of an ordinary person's PATH; the programs there run all the same."""

UPDATE = ("apt-get", "-qq", "update")
INSTALL = ("apt-get", "-qq", "install", "--yes", "--no-install-recommends")

Find = Callable[[str], str | None]
Run = Callable[..., subprocess.CompletedProcess]


class Package(NamedTuple):
    name: str
    program: str
    trial: str
    """A command that has to succeed: a container may hold the program and still forbid what it does."""
    purpose: str


def known(text: str) -> dict[str, Package]:
    """The list by package name; ValueError names a line that does not say all four things."""
    packages = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        columns = [column.strip() for column in line.split("|")]
        if len(columns) != len(Package._fields) or not all(columns):
            raise ValueError(f"{LIST.name}:{number}: expected {' | '.join(Package._fields)}, got {line!r}")
        packages[columns[0]] = Package(*columns)
    return packages


def find(program: str) -> str | None:
    return shutil.which(program, path=SEARCH)


def missing(packages: Iterable[Package], find: Find = find) -> list[Package]:
    return [package for package in packages if find(package.program) is None]


def obstacle(package: Package, find: Find = find, run: Run = subprocess.run) -> str:
    """Why tests that need it are left out here, and what would help, in one line; empty when they can run."""
    left_out = f"left out here: tests of {package.purpose}"
    if find(package.program) is None:
        return f"{left_out}; they need the Debian package {package.name} (sudo apt-get install {package.name})"
    trial = run(shlex.split(package.trial), env={**os.environ, "PATH": SEARCH}, capture_output=True, text=True)
    if trial.returncode == 0:
        return ""
    return f"{left_out}; this machine does not allow `{package.trial}`: {trial.stderr.strip()}"


def install(packages: list[Package], run: Run = subprocess.run) -> str:
    """Install all of these; the sentence to stop with when apt-get cannot, else nothing."""
    names = [package.name for package in packages]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (UPDATE, (*INSTALL, *names)):
        done = run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        if done.returncode != 0:
            return f"{shlex.join(command)} failed with code {done.returncode}; its reason stands above"
    return ""


def main() -> str:
    """What is wrong, in a sentence; empty when the suite can start."""
    packages = known(LIST.read_text()).values()
    absent = missing(packages)
    if absent and os.geteuid() == 0 and find("apt-get"):
        sys.stdout.write(f"Installing for the tests: {', '.join(package.name for package in absent)}\n")
        if problem := install(absent):
            return problem
    for line in filter(None, map(obstacle, packages)):
        sys.stdout.write(f"{line}\n")
    return ""


if __name__ == "__main__":
    sys.exit(main() or 0)
