"""What a stranger gets who installs this: honest metadata, whole packages, a command that starts, reasoned parts."""

import importlib
import re
import tomllib
from pathlib import Path

import pytest

import scanner

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]


def requirement_name(requirement):
    return re.match(r"[A-Za-z0-9._-]+", requirement)[0].lower()


def reasons(readme):
    """The table under `What it is built on`: package → reason."""
    _, _, section = readme.partition("\n## What it is built on\n")
    section = section.partition("\n## ")[0]
    return {name.lower(): reason for name, reason in re.findall(r"^\| `([^`]+)` \| (.+?) \|$", section, re.MULTILINE)}


def test_the_package_says_what_it_is_and_what_it_needs():
    # Promise: name, description, licence, Python version and readme stand in the metadata.
    assert PROJECT["requires-python"] == ">=3.11"
    assert PROJECT["license"] == "Apache-2.0"
    assert PROJECT["description"].endswith(".")
    for file in (PROJECT["readme"], *PROJECT["license-files"]):
        assert (ROOT / file).stat().st_size > 0
    assert "Apache License" in (ROOT / "LICENSE").read_text()


@pytest.mark.parametrize("requirement", [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]])
def test_every_requirement_has_a_floor_and_a_ceiling(requirement):
    # Promise: neither an older release than we tried nor a future incompatible one is installed.
    assert ">=" in requirement
    assert ",<" in requirement


def test_the_version_stands_in_one_place():
    # Promise: a release changes one line; the changelog's newest entry is about that version.
    assert PROJECT["dynamic"] == ["version"]
    assert PYPROJECT["tool"]["hatch"]["version"]["path"] == "scanner/__init__.py"
    headings = re.findall(r"^## \[(\S+)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == scanner.__version__


def test_the_console_script_leads_somewhere():
    # Promise: `scanner` starts after an install.
    module, _, function = PROJECT["scripts"]["scanner"].partition(":")
    assert callable(getattr(importlib.import_module(module), function))


def test_every_folder_with_code_is_a_package():
    # Promise: an installed scanner has the same rooms as the checkout.
    folders = {path.parent for path in (ROOT / "scanner").rglob("*.py")}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_types_are_shipped():
    # Promise: who imports the scanner gets its annotations checked.
    assert (ROOT / "scanner" / "py.typed").is_file()
    assert "Typing :: Typed" in PROJECT["classifiers"]


def test_every_dependency_has_its_reason_in_the_readme():
    # Promise: nothing is installed that the README does not justify, and nothing is justified that is not there.
    given = reasons((ROOT / "README.md").read_text())
    assert given.keys() == {requirement_name(requirement) for requirement in PROJECT["dependencies"]}
    assert [name for name, reason in given.items() if len(reason.split()) < 5] == []


def test_reasons_are_read_from_their_section_only():
    # Promise: a table elsewhere in the README justifies nothing.
    readme = "| `a` | x y |\n\n## What it is built on\n\n| `B` | one two |\n| --- | --- |\n\n## Next\n| `c` | z |\n"
    assert reasons(readme) == {"b": "one two"}
