"""A missing Debian package is installed by root, named to anybody else, and never hides a test in silence."""

import subprocess

import pytest

from tests.system import packages

TOOL = packages.Package("toolbox", "tool", "turning a screw")


def test_the_list_itself_can_be_read():
    # Promise: every line names a package, the program that proves it is there, and what it is for.
    for package in packages.known(packages.LIST.read_text()).values():
        assert package.program
        assert package.purpose


def test_a_line_of_the_list_that_says_too_little_is_named():
    # Promise: whoever adds a package hears which line is incomplete.
    with pytest.raises(ValueError, match=r"packages\.txt:2: .*'toolbox tool'"):
        packages.known("# comment\ntoolbox tool\n")


def test_only_packages_whose_program_is_absent_are_missing():
    # Promise: what is there is not installed again.
    other = packages.Package("other", "there", "does something")
    found = packages.missing({"toolbox": TOOL, "other": other}, {"there": "/bin/there"}.get)
    assert found == [TOOL]


def test_a_test_that_is_left_out_says_what_it_would_have_shown_and_how_to_get_it():
    # Promise: one line holds package, purpose and the command to type.
    line = packages.left_out(TOOL)
    assert "tests of turning a screw" in line
    assert "sudo apt-get install toolbox" in line


def test_root_gets_the_packages_installed_without_being_asked_anything():
    # Promise: lists are refreshed first, and nothing waits for a keyboard.
    commands = []

    def run(command, *, env, stdin, **_):
        commands.append(command)
        assert env["DEBIAN_FRONTEND"] == "noninteractive"
        assert stdin is subprocess.DEVNULL

    assert packages.install([TOOL], run) == ""
    assert commands == [packages.UPDATE, (*packages.INSTALL, "toolbox")]


def test_an_apt_get_that_cannot_is_named_and_stops_the_run():
    # Promise: a machine without a Debian mirror says so in one sentence instead of skipping quietly.
    def run(command, **_):
        raise subprocess.CalledProcessError(100, command)

    assert packages.install([TOOL], run).startswith("apt-get -qq update failed with code 100")
