"""`scanner alerts`: what was told and what became of it, from the state folder alone, whoever runs beside it."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from itertools import pairwise

import pytest

from scanner.cli.alerts.command import COMMANDS
from scanner.model.moments import SECOND, rfc3339
from scanner.store import outbox, receivers
from scanner.store.database import DATABASE
from scanner.store.folder import Claim, Holder
from tests.cli.alerts.kept import Kept, alerts, lines, refused


@pytest.fixture
def kept(tmp_path):
    return Kept(tmp_path / "state")


def objects(result):
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


# The group.


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command):
    # Promise: -h works everywhere, and every row of the table leads to a command.
    result = alerts(command, "-h")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: scanner alerts {command}")


def test_the_group_lists_its_commands_and_loads_none():
    # Promise: `scanner alerts -h` answers at once.
    assert all(says in alerts("-h").stdout for _, says in COMMANDS.values())
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom scanner.cli.main import scanner\n"
        "CliRunner().invoke(scanner, ['alerts', '-h'])\n"
        "print(*(name for name in sys.modules if name.startswith(('scanner.sinks', 'scanner.settings', 'rich'))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == ""


def test_an_unknown_command_is_answered_with_the_nearest():
    assert refused(alerts("lits")) == (
        f"scanner: unknown command lits, expected one of {', '.join(COMMANDS)}; did you mean list? "
        "(scanner alerts -h explains)"
    )


# The folder.


def test_a_folder_in_which_no_scanner_ran_is_told(tmp_path):
    # Promise: exit code 1, which folder, and what it means.
    for command in (["list"], ["show", "a"], ["retry", "--dead"], ["silence", "list"]):
        line = refused(alerts(*command, "--state", tmp_path / "none"), exit_code=1)
        assert line == (
            f"scanner: there is no {DATABASE} in {tmp_path / 'none'}: no scanner has run with this state folder yet"
        )


def test_who_finds_nothing_in_the_default_folder_hears_where_simulations_keep_theirs(tmp_path):
    # Promise: who tried `--sim` and looks for its alerts is not left alone.
    line = refused(alerts("list", XDG_STATE_HOME=str(tmp_path)), exit_code=1)
    assert str(tmp_path / "market-scanner") in line
    assert line.endswith(
        "a run with --sim keeps its state in a folder that is thrown away, unless it is given one with --state DIR"
    )


def test_the_folder_may_stand_in_the_configuration(kept, tmp_path):
    # Promise: state.dir is the same as --state, which wins.
    kept.told(1)
    config = tmp_path / "scanner.toml"
    config.write_text(f'[state]\ndir = "{kept.folder}"\n')
    assert len(objects(alerts("list", "--json", "--config", config))) == 1
    assert refused(alerts("list", "--config", config, "--state", tmp_path / "other"), exit_code=1)


def test_a_damaged_database_is_a_sentence(kept):
    # Promise: no traceback, whatever the file holds.
    (kept.folder / DATABASE).write_bytes(b"no database" * 1000)
    line = refused(alerts("list", "--state", kept.folder), exit_code=1)
    assert "is no SQLite database" in line


def test_a_database_that_another_process_keeps_locked_is_a_sentence(kept, monkeypatch):
    # Promise: a change that cannot be made is told, and nothing is half made.
    message = kept.told(1)
    monkeypatch.setattr("scanner.cli.alerts.state.connect", _impatient)
    other = sqlite3.connect(kept.folder / DATABASE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    line = refused(alerts("retry", "--dead", "--state", kept.folder), exit_code=1)
    other.execute("ROLLBACK")
    other.close()
    assert "another process keeps it locked" in line
    assert kept.states(message) == {"phone": "waiting"}


def _impatient(path):
    return sqlite3.connect(path, timeout=0.05, isolation_level=None)


# list.


def test_what_was_told_is_listed_newest_first_with_every_receiver(kept):
    # Promise: time, severity, kind, venue, headline, and what became of it at each receiver.
    old, new = kept.told(10, ("phone", "desk")), kept.told(5, (), rule="dump", symbol="BTC/KRW", severity="high")
    kept.settled(old, "phone", "delivered")
    kept.failed(old, "desk", "desk answers HTTP 500")
    header, first, second, third = lines(alerts("list", "--state", kept.folder))
    assert header == "id time (UTC) severity kind venue what receivers"
    assert first.startswith(
        f"{new.id[:8]} {rfc3339(new.made)[5:19].replace('T', ' ')} high opened upbit BTC/KRW -5.1 %"
    )
    assert first.endswith("volume -")
    assert second.startswith(old.id[:8])
    assert second.endswith("phone: delivered")
    assert third == "desk: waiting after 1 failure"


def test_a_line_for_programs_holds_the_message_and_its_letters(kept):
    # Promise: one object a line: what was sent, and each letter's state, failures and last reason.
    message = kept.told(10)
    kept.settled(message, "phone", "dead", "phone answers HTTP 404")
    (told,) = objects(alerts("list", "--json", "--state", kept.folder))
    assert (told["message"], told["type"], told["data"]["id"]) == (message.id, "alert.opened", message.news.id)
    assert told["letters"] == [
        {
            "receiver": "phone",
            "state": "dead",
            "failed_attempts": 0,
            "at": rfc3339(kept.now),
            "due": rfc3339(message.made),
            "why": "phone answers HTTP 404",
            "reference": "message-1",
        }
    ]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ([], ["BTC/KRW", "KAVA/KRW"]),
        (["--since", "7d"], ["BTC/KRW", "KAVA/KRW", "ETH/KRW"]),
        (["--since", "8m"], ["BTC/KRW"]),
        (["--symbol", "kava/krw"], ["KAVA/KRW"]),
        (["--rule", "dump"], ["BTC/KRW"]),
        (["--only", "delivered"], ["KAVA/KRW"]),
        (["--only", "expired"], []),
        (["--limit", "1"], ["BTC/KRW"]),
    ],
)
def test_the_list_can_be_narrowed(kept, options, found):
    # Promise: by time, symbol, rule, state and number.
    kept.told(60 * 30, symbol="ETH/KRW")
    kept.settled(kept.told(10), "phone", "delivered")
    kept.told(5, rule="dump", symbol="BTC/KRW")
    told = objects(alerts("list", "--json", "--state", kept.folder, *options))
    assert [each["data"]["symbol"] for each in told] == found


def test_an_empty_list_says_so_and_where_it_looked(kept):
    # Promise: nothing on standard output, a sentence beside it, and no failure.
    result = alerts("list", "--state", kept.folder)
    assert (result.exit_code, result.stdout) == (0, "")
    assert re.fullmatch(rf"scanner: nothing like that was told since \S+, says {kept.folder}\n", result.stderr)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--since", "soon"], "'soon': expected how long ago, such as 10m or 24h, or a time (UTC) such as 12:44"),
        (["--since", "2999-01-01"], "that is still to come"),
        (["--only", "ded"], "expected one of waiting, delivered, expired, dead, dropped; did you mean dead?"),
    ],
)
def test_a_wrong_filter_is_a_usage_error(kept, args, said):
    assert said in refused(alerts("list", "--state", kept.folder, *args))


def test_what_a_receiver_answers_cannot_steer_the_terminal(kept):
    # Promise: control codes stay out of tables; programs get them as they are, escaped.
    message = kept.told(1)
    kept.failed(message, "phone", "\x1b[31mred")
    assert "\x1b" not in alerts("show", message.id, "--state", kept.folder).stdout
    (told,) = objects(alerts("list", "--json", "--state", kept.folder))
    assert told["letters"][0]["why"] == "\x1b[31mred"


# show.


def test_one_alert_is_shown_with_facts_reasons_and_letters(kept):
    # Promise: by the beginning of its id, or of its story's.
    message = kept.told(10, ("phone", "desk"))
    kept.failed(message, "desk", "desk answers HTTP 500")
    kept.settled(message, "phone", "dead", "phone answers HTTP 404")
    kept.decided(10, "first", "it opened a story", story=message.news.id)
    kept.decided(9, "cooling", "another coin's", symbol="BTC/KRW", story="somebody else's")
    for name in (message.id, message.id[:6], message.news.id[:6]):
        shown = lines(alerts("show", name, "--state", kept.folder))
        assert shown[0].endswith("warning opened, pump on upbit")
        assert shown[1] == message.news.headline
        assert f"message {message.id}, story {message.news.id}" in shown
        assert "trades 29" in shown
        assert any(line.endswith("1 failed desk answers HTTP 500") for line in shown)
        assert any(line.startswith("phone dead") and line.endswith("phone answers HTTP 404") for line in shown)
        assert shown[-1].endswith("upbit KAVA/KRW pump first it opened a story")
        assert not any("another coin" in line for line in shown)


def test_programs_get_the_same_as_one_object(kept):
    message = kept.told(10)
    kept.decided(10, "first", "it opened a story", story=message.news.id)
    (told,) = objects(alerts("show", message.id, "--json", "--state", kept.folder))
    assert told["id"] == message.news.id
    assert [each["message"] for each in told["tellings"]] == [message.id]
    assert [each["outcome"] for each in told["decisions"]] == ["first"]
    assert told["decisions"][0]["at"] == rfc3339(kept.now - 600 * SECOND)


def test_the_scanner_s_own_word_is_shown_too(kept):
    shown = lines(alerts("show", kept.troubled(3).id, "--state", kept.folder))
    assert shown[0].endswith("warning opened, venue_silent on upbit")
    assert "no letters: a terminal keeps none, and no other receiver was to hear it" in shown


def test_an_unknown_id_is_answered_with_the_nearest(kept):
    # Promise: a slip of the finger is found; something else is not made up.
    message = kept.told(1)
    wrong = message.id[:-1] + ("0" if message.id[-1] != "0" else "1")
    line = refused(alerts("show", wrong, "--state", kept.folder))
    assert line.startswith(f"scanner: there is no alert '{wrong}'; did you mean {message.id}?")
    assert refused(alerts("show", "zz", "--state", kept.folder)) == (
        "scanner: there is no alert 'zz' (scanner alerts show -h explains)"
    )


def test_an_ambiguous_beginning_names_what_it_fits(kept):
    # Promise: the nothing that all ids begin with fits none; of 20 stories two begin alike.
    stories = sorted(kept.told(minute, (), symbol=f"C{minute}/KRW").news.id for minute in range(20))
    assert "there is no alert ''" in refused(alerts("show", "", "--state", kept.folder))
    first = next(one[0] for one, other in pairwise(stories) if one[0] == other[0])
    assert re.search(rf"'{first}' fits \d+ alerts: ", refused(alerts("show", first, "--state", kept.folder)))


def test_a_whole_id_is_never_ambiguous(kept):
    # Promise: also where another one begins with it, and nothing of that other one is shown.
    short, long = kept.troubled(2, "skew-okx"), kept.troubled(1, "skew-okx-futures")
    (told,) = objects(alerts("show", "skew-okx", "--json", "--state", kept.folder))
    assert [each["message"] for each in told["tellings"]] == [short.id]
    assert f"'skew-ok' fits 2 alerts: {long.news.id}, {short.news.id}" in refused(
        alerts("show", "skew-ok", "--state", kept.folder)
    )


# retry and enable.


def test_a_dead_letter_waits_again(kept):
    # Promise: with all its attempts, for its own receiver only; what was delivered stays so.
    message = kept.told(10, ("phone", "desk", "board"))
    kept.settled(message, "phone", "dead", "gone")
    kept.settled(message, "desk", "delivered")
    kept.settled(message, "board", "expired")
    other = kept.told(5)
    kept.settled(other, "phone", "dead", "gone")
    told = lines(alerts("retry", message.id[:8], "--receiver", "phone", "--state", kept.folder))
    assert told == ["1 letter waits again, to be sent by the next `scanner start` with this folder"]
    assert kept.states(message) == {"phone": "waiting", "desk": "delivered", "board": "expired"}
    assert kept.states(other) == {"phone": "dead"}
    assert objects(alerts("retry", "--dead", "--json", "--state", kept.folder)) == [{"revived": 2, "running": False}]
    assert kept.states(message)["board"] == "waiting"
    letters = kept.change(lambda db: outbox.waiting(db, "phone"))
    assert [letter.revived > letter.notification.made for letter in letters] == [True, True]


def test_where_a_scanner_runs_it_is_sent_at_once(kept):
    kept.settled(kept.told(10), "phone", "dead")
    claim = Claim.take(kept.folder, Holder(os.getpid(), kept.now, "scanner start"))
    try:
        told = lines(alerts("retry", "--dead", "--state", kept.folder))
    finally:
        claim.release()
    assert told == ["1 letter waits again, to be sent within seconds"]


def test_nothing_to_retry_is_no_failure(kept):
    kept.told(10)
    told = lines(alerts("retry", "--dead", "--state", kept.folder))
    assert told == ["nothing to send again: no such letter was given up or has expired"]


@pytest.mark.parametrize("args", [[], ["abc", "--dead"]])
def test_retry_wants_to_know_what(kept, args):
    line = refused(alerts("retry", *args, "--state", kept.folder))
    assert line == "scanner: expected an ID, or --dead for all, and not both (scanner alerts retry -h explains)"


def test_a_receiver_that_was_removed_can_be_named_as_long_as_letters_are(kept):
    # Promise: an unknown one is answered with the nearest.
    kept.told(10, ("phone",))
    line = refused(alerts("retry", "--dead", "--receiver", "phnoe", "--state", kept.folder))
    assert line.startswith("scanner: there is no receiver 'phnoe': expected one of console, phone; did you mean phone?")


def test_a_disabled_receiver_is_served_again(kept):
    # Promise: it says why it was not; a second time there is nothing to do.
    kept.change(lambda db: receivers.disable(db, "phone", "fingerprint", "phone answers HTTP 410", kept.now))
    told = lines(alerts("enable", "phone", "--state", kept.folder))
    assert told == ["phone is served again; it was disabled: phone answers HTTP 410"]
    assert kept.change(receivers.disabled) == {}
    assert objects(alerts("enable", "console", "--json", "--state", kept.folder)) == [
        {"receiver": "console", "was_disabled": False}
    ]
