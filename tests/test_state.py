"""A run's state folder: claimed while it lasts, and gone afterwards where nobody asked for one."""

import json
from pathlib import Path

import pytest

from scanner import state
from scanner.store.folder import Held, holder


def test_a_folder_is_held_while_the_run_lasts(tmp_path):
    """Whoever looks into it then learns who lives there, and where its ops server is; afterwards nobody does."""
    with state.claimed(tmp_path) as home:
        home.listens("http://127.0.0.1:9108")
        found = holder(tmp_path)
        assert home.database.parent == tmp_path
    assert (found.command, found.ops) == ("scanner start", "http://127.0.0.1:9108")
    assert holder(tmp_path) is None
    assert tmp_path.is_dir()


def test_two_runs_never_share_a_folder(tmp_path):
    """The second one is told who was first."""
    with state.claimed(tmp_path), pytest.raises(Held, match="scanner start"), state.claimed(tmp_path):
        pass


def test_a_command_line_never_stands_in_the_folder(tmp_path, monkeypatch):
    """It may hold the address of a webhook, which is a secret."""
    monkeypatch.setattr("sys.argv", ["scanner", "start", "--webhook", "https://hooks.example/CANARY"])
    with state.claimed(tmp_path):
        assert "CANARY" not in (tmp_path / "lock").read_text()
        assert json.loads((tmp_path / "lock").read_text())["command"] == "scanner start"


def test_a_folder_that_nobody_asked_for_is_thrown_away():
    """With all that is in it, also when the run fails."""
    with pytest.raises(ZeroDivisionError), state.claimed(None) as home:
        home.database.write_text("something")
        where = home.database.parent
        _ = 1 / 0
    assert not where.exists()


def test_the_usual_folder_is_the_users_own(monkeypatch, tmp_path):
    """As the XDG specification says; what is configured comes first, and may begin at home."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", "/home/somebody")
    assert state.folder("") == tmp_path / "market-scanner"
    assert state.folder("~/scanner") == Path("/home/somebody/scanner")
