#!/usr/bin/env python3
"""Everything the image installs, to the version: writes `requirements.txt` from an environment whose tests pass.

pyproject.toml says what may be installed; this says what is, so that the same commit gives the same image. `tests/k8s`
says when the two do not fit together.
"""

from __future__ import annotations

import tomllib
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

OUTPUT = Path(__file__).resolve().parent / "requirements.txt"
PROJECT = OUTPUT.parents[1] / "pyproject.toml"
EXTRAS = ("apprise",)
"""Nothing can be installed into a read-only container later, so the receivers that need an extra come with it."""
NOTICE = "# Written by requirements.py: what the image holds beside the scanner, for Python 3.11 on Linux.\n"
IMAGE = {
    "python_version": "3.11",
    "python_full_version": "3.11.14",
    "sys_platform": "linux",
    "platform_system": "Linux",
}


def needs(text: str, extras: tuple[str, ...] = ()) -> bool:
    """Whether this requirement holds in the image, with these extras of the package that states it."""
    marker = Requirement(text).marker
    return marker is None or any(marker.evaluate({**IMAGE, "extra": extra}) for extra in ("", *extras))


def closure(requirements: list[str], extras: tuple[str, ...] = ()) -> dict[str, str]:
    """Package → version of all that these ask for, and that those ask for, as it is installed here."""
    found: dict[str, str] = {}

    def visit(texts: list[str], extras: tuple[str, ...]) -> None:
        for one in map(Requirement, filter(lambda text: needs(text, extras), texts)):
            name = canonicalize_name(one.name)
            if name not in found:
                found[name] = distribution(name).version
                visit(distribution(name).requires or [], tuple(sorted(one.extras)))

    visit(requirements, extras)
    return found


def asked_for() -> list[str]:
    """What pyproject.toml asks for in the image."""
    project = tomllib.loads(PROJECT.read_text("utf-8"))["project"]
    return project["dependencies"] + [one for extra in EXTRAS for one in project["optional-dependencies"][extra]]


def text(versions: dict[str, str]) -> str:
    """The whole file, by name."""
    return NOTICE + "".join(f"{name}=={version}\n" for name, version in sorted(versions.items()))


if __name__ == "__main__":
    OUTPUT.write_text(text(closure(asked_for())), "utf-8")
