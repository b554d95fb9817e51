"""Debian packages behind tests marked `system(package)`: installed where root can, named where only a person can.

Run by `make test` before the suite; `tests/conftest.py` asks the same questions, so both always agree.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

LIST = Path(__file__).with_name("packages.txt")
SEARCH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"))
"""Debian leaves the sbin folders out of an ordinary person's PATH; the programs there run all the same."""

UPDATE = ("apt-get", "-qq", "update")
INSTALL = ("apt-get", "-qq", "install", "--yes", "--no-install-recommends")


class Package(NamedTuple):
    name: str
    program: str
    purpose: str


def known(text: str) -> dict[str, Package]:
    """The list by package name; ValueError names a line that does not say all three things."""
    packages = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        words = line.split(maxsplit=2)
        if len(words) != len(Package._fields):
            raise ValueError(f"{LIST.name}:{number}: expected package, program and purpose, got {line!r}")
        packages[words[0]] = Package(*words)
    return packages


def find(program: str) -> str | None:
    return shutil.which(program, path=SEARCH)


def missing(packages: Mapping[str, Package], find: Callable[[str], str | None] = find) -> list[Package]:
    return [package for package in packages.values() if find(package.program) is None]


def left_out(package: Package) -> str:
    """One line for a person: what is not tested here, and the command that changes it."""
    return (
        f"left out here: tests of {package.purpose}; they need the Debian package {package.name} "
        f"(sudo apt-get install {package.name})"
    )


def install(packages: list[Package], run: Callable[..., object] = subprocess.run) -> str:
    """Install all of these; the sentence to stop with when apt-get cannot, else nothing."""
    names = [package.name for package in packages]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (UPDATE, (*INSTALL, *names)):
        try:
            run(command, check=True, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        except subprocess.CalledProcessError as error:
            return f"{' '.join(command)} failed with code {error.returncode}; its reason stands above"
    return ""


def main() -> str:
    """What is wrong, in a sentence; empty when the suite can start."""
    needed = missing(known(LIST.read_text()))
    if needed and os.geteuid() == 0 and find("apt-get"):
        sys.stdout.write(f"Installing for the tests: {', '.join(package.name for package in needed)}\n")
        return install(needed)
    for package in needed:
        sys.stdout.write(left_out(package) + "\n")
    return ""


if __name__ == "__main__":
    sys.exit(main() or 0)
