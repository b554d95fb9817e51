"""A missing Debian package is installed by root, named to anybody else, and never hides a test in silence."""

import subprocess

import pytest

from tests.system import packages

TOOL = packages.Package("toolbox", "tool", "tool --turn screw", "turning a screw")


def ending(code, errors=""):
    """A `run` that notes what it is asked to run and ends with this code."""
    commands = []

    def run(command, **_):
        commands.append(tuple(command))
        return subprocess.CompletedProcess(command, code, "", errors)

    run.commands = commands
    return run


def test_the_list_itself_can_be_read():
    # Promise: every line names a package, its program, what must work with it, and what it is for.
    assert "iproute2" in packages.known(packages.LIST.read_text())


def test_a_line_of_the_list_that_says_too_little_is_named():
    # Promise: whoever adds a package hears which line is incomplete.
    with pytest.raises(ValueError, match=r"packages\.txt:2: .*'toolbox \| tool'"):
        packages.known("# comment\ntoolbox | tool\n")


def test_only_packages_whose_program_is_absent_are_missing():
    # Promise: what is there is not installed again.
    other = packages.Package("other", "there", "there", "something")
    assert packages.missing([TOOL, other], {"there": "/bin/there"}.get) == [TOOL]


def test_a_test_that_is_left_out_says_what_it_would_have_shown_and_how_to_get_it():
    # Promise: one line holds purpose, package and the command to type.
    line = packages.obstacle(TOOL, {}.get)
    assert "tests of turning a screw" in line
    assert "sudo apt-get install toolbox" in line


def test_a_machine_that_forbids_what_the_program_does_is_told_from_one_that_lacks_it():
    # Promise: in a locked-down container nobody is sent to install what is there already.
    line = packages.obstacle(TOOL, {"tool": "/bin/tool"}.get, ending(1, "no screws here\n"))
    assert line.endswith("this machine does not allow `tool --turn screw`: no screws here")


def test_nothing_stands_in_the_way_where_the_trial_succeeds():
    # Promise: with the program there and allowed, every test runs.
    run = ending(0)
    assert packages.obstacle(TOOL, {"tool": "/bin/tool"}.get, run) == ""
    assert run.commands == [("tool", "--turn", "screw")]


def test_root_gets_the_packages_installed_after_the_lists_are_refreshed():
    # Promise: one call of `make test` is enough on a fresh machine.
    run = ending(0)
    assert packages.install([TOOL], run) == ""
    assert run.commands == [packages.UPDATE, (*packages.INSTALL, "toolbox")]


def test_an_apt_get_that_cannot_is_named_and_stops_the_run():
    # Promise: a machine without a Debian mirror says so in one sentence instead of skipping quietly.
    assert packages.install([TOOL], ending(100)).startswith("apt-get -qq update failed with code 100")
