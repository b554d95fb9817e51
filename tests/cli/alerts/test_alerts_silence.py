"""`scanner alerts silence`: what an operator does not want to hear for a while, and why."""

import json
import re

import pytest

from scanner.model.moments import SECOND
from scanner.model.silence import Silence
from scanner.store import silences
from tests.cli.alerts.kept import Kept, alerts, lines, refused

HOUR = 3600 * SECOND


@pytest.fixture
def kept(tmp_path):
    return Kept(tmp_path / "state")


def keep(kept, silence):
    kept.change(lambda db: silences.add(db, silence))


def stored(kept):
    return kept.change(silences.all)


def test_a_silence_is_kept_with_its_end_and_its_reason(kept):
    # Promise: it says what it made; who made it is noted.
    result = alerts(
        *("silence", "add", "symbol=DOGE/*", "rule=pump", "--for", "2h", "--comment", " listing "),
        *("--state", kept.folder),
        LOGNAME="mina",
    )
    (made,) = stored(kept)
    assert re.fullmatch(rf"silence {made.id}: symbol=DOGE/\* rule=pump until \S+\n", result.stdout)
    assert (made.matchers, made.comment, made.by) == (("symbol=DOGE/*", "rule=pump"), "listing", "mina")
    assert made.until - made.created == pytest.approx(2 * HOUR, abs=SECOND)


def test_programs_get_it_as_an_object(kept):
    result = alerts(
        "silence", "add", "exchange=okx", "--until", "2d", "--comment", "x", "--json", "--state", kept.folder
    )
    told = json.loads(result.stdout)
    assert told["id"] == stored(kept)[0].id
    assert told["until"].endswith("Z")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["rule=pump", "--comment", "x"], "expected --for or --until, and not both"),
        (["rule=pump", "--for", "1h", "--until", "2h", "--comment", "x"], "expected --for or --until, and not both"),
        (["rule=pump", "--for", "1h"], "Missing option '--comment'"),
        (["rule=pump", "--for", "1h", "--comment", " "], "expected words after --comment"),
        (["--for", "1h", "--comment", "x"], "Missing argument"),
        (["rulle=pump", "--for", "1h", "--comment", "x"], "there is no 'rulle'"),
        (["pump", "--for", "1h", "--comment", "x"], "'pump': expected a matcher such as symbol=DOGE/*"),
        (["rule=pump", "--for", "tomorrow", "--comment", "x"], "'tomorrow': expected a duration such as 2h"),
        (["rule=pump", "--until", "2020-01-01", "--comment", "x"], "is over already"),
    ],
)
def test_a_mistake_is_told_and_nothing_is_kept(kept, args, said):
    assert said in refused(alerts("silence", "add", *args, "--state", kept.folder))
    assert stored(kept) == []


def test_those_that_last_are_listed_with_what_is_left(kept):
    # Promise: who ends first comes first; those that are over on request only.
    now = kept.now
    for name, until in (("late", now + 3 * HOUR), ("soon", now + HOUR + 60 * SECOND), ("over", now - HOUR)):
        keep(kept, Silence(name, ("rule=pump",), until, "why", now, "mina"))
    header, *rows = lines(alerts("silence", "list", "--state", kept.folder))
    assert header == "id ends (UTC) left what why by"
    assert [row.split()[0] for row in rows] == ["soon", "late"]
    assert re.search(r" 1h 0\dm rule=pump why mina$", rows[0])
    every = alerts("silence", "list", "--all", "--json", "--state", kept.folder).stdout.splitlines()
    assert [json.loads(line)["id"] for line in every] == ["over", "soon", "late"]


def test_where_nothing_is_silenced_that_is_said(kept):
    result = alerts("silence", "list", "--state", kept.folder)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "scanner: nothing is silenced\n")


def test_a_silence_ends_when_it_is_removed(kept):
    # Promise: by the beginning of its id, when that fits only one.
    for name in ("abcd", "abef"):
        keep(kept, Silence(name, ("rule=pump",), kept.now + HOUR, "why", kept.now))
    assert "'ab' fits 2 silences: abcd, abef" in refused(alerts("silence", "remove", "ab", "--state", kept.folder))
    assert "did you mean abcd?" in refused(alerts("silence", "remove", "abxd", "--state", kept.folder))
    assert lines(alerts("silence", "remove", "abc", "--state", kept.folder)) == ["silence abcd is over: rule=pump"]
    assert [each.id for each in stored(kept)] == ["abef"]


def test_there_is_a_most(kept, monkeypatch):
    # Promise: a script that adds silences and forgets them cannot make every alert wade through them; the old ones end.
    monkeypatch.setattr(silences, "MOST", 2)
    now = kept.now
    for name, until in (("over", now - HOUR), ("one", now + HOUR)):
        keep(kept, Silence(name, ("rule=pump",), until, "why", now, "mina"))
    one_more = ("silence", "add", "rule=dump", "--for", "1h", "--comment", "x", "--state", kept.folder)
    assert alerts(*one_more).exit_code == 0
    result = alerts(*one_more)
    assert (result.exit_code, "2 silences are in force, which is the most" in result.stderr) == (1, True)
    assert len(stored(kept)) == 3
