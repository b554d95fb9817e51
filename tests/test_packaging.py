"""What a stranger gets who installs this: honest metadata, whole packages, a command that starts, reasoned parts."""

import importlib
import re
import tomllib
from base64 import b64encode
from pathlib import Path

import pytest

import scanner
from scanner.cli import start
from scanner.config.show import plain
from scanner.settings import configuration, schema

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]

SECRETS = {
    "url_file": "https://example.org/hook",
    "secret_file": f"whsec_{b64encode(bytes(32)).decode()}",
    "token_file": "123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
}
"""What stands in the files that examples name."""


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


EXTRAS = PROJECT["optional-dependencies"]


def test_who_tests_has_every_other_extra_too():
    # Promise: what is optional is run by the tests, and so does not rot.
    others = ",".join(sorted(extra for extra in EXTRAS if extra != "test"))
    assert EXTRAS["test"][0] == f"{PROJECT['name']}[{others}]"


@pytest.mark.parametrize("requirement", [one for one in EXTRAS["bench"] if "trustme" not in one])
def test_every_peer_is_pinned(requirement):
    # Promise: a comparison names what it was made with.
    assert re.fullmatch(r"[a-z]+==\d+\.\d+\.\*", requirement)


@pytest.mark.parametrize("requirement", [*PROJECT["dependencies"], *EXTRAS["apprise"], *EXTRAS["test"][1:]])
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


def toml_examples():
    return re.findall(r"^```toml\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)


def values(text, folder):
    """What is in force with this file, as plain data."""
    file = folder / "scanner.toml"
    file.write_text(text)
    return plain(schema(), configuration(file=str(file), environment={}))["values"]


def test_the_defaults_in_the_readme_are_the_defaults(tmp_path):
    # Promise: the README's example can be copied as it stands and changes nothing.
    assert values(toml_examples()[0], tmp_path) == values("", tmp_path)


def test_the_defaults_in_the_readme_are_complete(tmp_path):
    # Promise: no key exists that the README does not show, where it says that it shows them all.
    shown = tomllib.loads(toml_examples()[0])
    for section, keys in values("", tmp_path).items():
        told = set().union(
            *({key, *inner} if isinstance(inner, dict) else {key} for key, inner in shown[section].items())
        )
        asked = set().union(*({key, *inner} if isinstance(inner, dict) else {key} for key, inner in keys.items()))
        assert asked - told <= {"json", "key", "url"}, section  # one has no default, the others may not stand in a file


@pytest.mark.parametrize("example", toml_examples()[1:])
def test_every_other_example_in_the_readme_is_accepted(example, tmp_path):
    # Promise: a reader who copies an example gets no error for it.
    for key, content in SECRETS.items():
        (tmp_path / key).write_text(content)
        example = re.sub(rf'{key} = "/run/secrets/[^"]*"', f'{key} = "{tmp_path / key}"', example)
    values(example, tmp_path)


def test_the_readme_names_every_option_of_start():
    # Promise: nothing can be typed that is not explained, and nothing is explained that cannot be typed.
    _, _, section = (ROOT / "README.md").read_text().partition("\n## Live use\n")
    table = section.partition("\nWith make")[0]
    asked = {option for parameter in start.command.params for option in parameter.opts}
    assert set(re.findall(r"^\| `(--[a-z-]+)", table, re.MULTILINE)) == asked


def test_the_readme_names_every_metric():
    # Promise: whoever builds a dashboard finds each series, and none that does not exist.
    metric = r"\bscanner_[a-z_]+\b"
    sources = [path.read_text() for path in (ROOT / "scanner").rglob("*.py")]
    exported = {name for source in sources for name in re.findall(f'"({metric})"', source)}
    assert set(re.findall(f"`({metric})`", (ROOT / "README.md").read_text())) == exported
