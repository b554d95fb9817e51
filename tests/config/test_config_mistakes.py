"""Every mistake is told in one line: where it was made, path, value, what was expected, and what is near."""

import pytest

from scanner.config.errors import ConfigError
from scanner.config.load import load
from tests.config.standins import SCHEMA


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        (
            "[bocks]\ntop = 3",
            (
                "scanner.toml:1: bocks: unknown section, expected one of books, exchanges, receivers, rules; "
                "did you mean books?"
            ),
        ),
        (
            "\n[books]\n# c\ntpo = 3",
            (
                "scanner.toml:4: books.tpo: unknown key, expected one of coins, deep, floors, label, "
                "limit, ratio, share, side, top, wait; did you mean books.top?"
            ),
        ),
        ("[books]\ntop = 'x'", "scanner.toml:2: books.top = 'x': expected a whole number, 0 or more"),
        ("[books]\ntop = -1", "scanner.toml:2: books.top = -1: expected a whole number, 0 or more"),
        ("[books]\ntop = 3.5", "scanner.toml:2: books.top = 3.5: expected a whole number, 0 or more"),
        ("[books]\ntop = true", "scanner.toml:2: books.top = True: expected a whole number, 0 or more"),
        ("[books]\nratio = nan", "scanner.toml:2: books.ratio = nan: expected a number"),
        ("[books]\ndeep = 'yes'", "scanner.toml:2: books.deep = 'yes': expected true or false"),
        ("[books]\nlabel = 3", "scanner.toml:2: books.label = 3: expected text"),
        ("[books]\ncoins = 'BTC'", "scanner.toml:2: books.coins = 'BTC': expected a list, each item text"),
        ("[books]\ncoins = [\n'BTC',\n3]", "scanner.toml:2: books.coins = ['BTC', 3]: expected a list, each item text"),
        ("[books]\nside = 'bit'", "scanner.toml:2: books.side = 'bit': expected one of ask, bid; did you mean bid?"),
        ("[books]\nfloors = 3", "scanner.toml:2: books.floors = 3: expected a table, each value a number"),
        ("books = 3", "scanner.toml:1: books = 3: expected a key, as in books.KEY, or a table [books]"),
        (
            "[exchanges]\nupbit = 3",
            (
                "scanner.toml:2: exchanges.upbit = 3: expected a key, as in exchanges.upbit.KEY, "
                "or a table [exchanges.upbit]"
            ),
        ),
        (
            "[exchanges.upbot]",
            (
                "scanner.toml:1: exchanges.upbot: unknown name, expected one of bithumb, upbit; "
                "did you mean exchanges.upbit?"
            ),
        ),
        (
            "[rules.pumpp]\nup = true",
            "scanner.toml:2: rules.pumpp.detector = (not given): expected one of move, volume; did you mean pump?",
        ),
        (
            "[rules.x]\ndetector = 'mov'",
            "scanner.toml:2: rules.x.detector = 'mov': expected one of move, volume; did you mean move?",
        ),
        (
            "[rules.x]\ndetector = 'move'\nratio = 3",
            "scanner.toml:3: rules.x.ratio: unknown key, expected one of detector, steps, up",
        ),
        (
            "[rules.'a b']\ndetector = 'move'",
            "scanner.toml:2: rules = 'a b': expected a name of letters, digits, - and _, at most 64",
        ),
        (
            "[rules.pump]\nsteps = [{ window = '0s', change = 1 }]",
            (
                "scanner.toml:2: rules.pump.steps = [{'window': '0s', 'change': 1}]: a window is longer than 0 s, "
                "expected a list, each item { window = a duration such as 500ms, 15s or 5m, "
                "change = a share such as 5% or 0.05 }"
            ),
        ),
        (
            "[rules.pump]\nsteps = [{ windw = '1s' }]",
            (
                "scanner.toml:2: rules.pump.steps = [{'windw': '1s'}]: unknown key windw, expected a list, each item "
                "{ window = a duration such as 500ms, 15s or 5m, change = a share such as 5% or 0.05 }; "
                "did you mean window?"
            ),
        ),
        ("[receivers.x]\nsink = 'post'", "scanner.toml:2: receivers.x.url = (not given): expected text"),
        (
            "[receivers.x]\nsink = 'post'\nurl = 'a'\nhigh = 0\nlow = 3",
            "scanner.toml:4: receivers.x: low must not be above high",
        ),
    ],
)
def test_a_mistake_in_a_file_is_told_with_its_line(complaint, toml, told):
    # Promise: one line with file, line, path, value, what was expected and the nearest known name.
    assert complaint(toml) == told


@pytest.mark.parametrize(
    ("layers", "told"),
    [
        ({"sets": ["books"]}, "--set: 'books': expected section.key=value, such as books.top=50"),
        ({"sets": ["=3"]}, "--set: '=3': expected section.key=value, such as books.top=50"),
        ({"sets": ["books=3"]}, "--set: books = '3': expected a key, as in books.KEY, or a table [books]"),
        (
            {"sets": ["exchanges=3"]},
            "--set: exchanges = '3': expected a key, as in exchanges.NAME.KEY, or a table [exchanges.NAME]",
        ),
        ({"sets": ["books.wait=soon"]}, "--set: books.wait = 'soon': expected a duration such as 500ms, 15s or 5m"),
        ({"sets": ["books.wait=inf"]}, "--set: books.wait = 'inf': expected a duration such as 500ms, 15s or 5m"),
        ({"sets": ["books.ratio=inf"]}, "--set: books.ratio = 'inf': expected a number"),
        ({"sets": ["books.coins=[oops"]}, "--set: books.coins = '[oops': expected a list, each item text"),
        ({"sets": ["books.deep=maybe"]}, "--set: books.deep = 'maybe': expected true or false"),
        (
            {"sets": ["exchanges.upbit.ulr=x"]},
            "--set: exchanges.upbit.ulr: unknown key, expected one of retry, url; did you mean exchanges.upbit.url?",
        ),
        (
            {"env": {"SCANNER__BOOKS__TPO": "3"}},
            (
                "environment SCANNER__BOOKS__TPO: books.tpo: unknown key, expected one of "
                "coins, deep, floors, label, limit, ratio, share, side, top, wait; did you mean books.top?"
            ),
        ),
        (
            {"env": {"SCANNER__BOOKS__TOP": "x"}},
            "environment SCANNER__BOOKS__TOP: books.top = 'x': expected a whole number, 0 or more",
        ),
        (
            {"env": {"SCANNER__": "x"}},
            "environment SCANNER__: unknown section, expected one of books, exchanges, receivers, rules",
        ),
    ],
)
def test_a_mistake_outside_the_file_is_told_with_its_place(complaint, layers, told):
    # Promise: the variable or option is named, as it was written.
    assert complaint(**layers) == told


@pytest.mark.parametrize(
    ("toml", "line"), [("[books]\ntop = 1\ntop = 2", 3), ("[books\ntop = 1", 1), ("[books]\ncoins = [", 2)]
)
def test_what_is_no_toml_is_told_with_its_line(complaint, toml, line):
    # Promise: the parser's own words stand between the place and what was expected.
    told = complaint(toml)
    assert told.startswith(f"scanner.toml:{line}: ")
    assert told.endswith(", expected TOML")


def test_a_long_value_is_not_repeated_whole(complaint):
    # Promise: one mistake stays one line that fits a terminal's scrollback.
    assert len(complaint(sets=[f"books.top={'9' * 5000}x"])) < 400


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xff\xfe", "--config: {path!r}: not UTF-8 text, expected a readable TOML file"),
        (b"#" * (1024 * 1024 + 1), "--config: {path!r}: larger than 1048576 bytes, expected a readable TOML file"),
        (None, "--config: {path!r}: no such file or directory, expected a readable TOML file"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(tmp_path, content, told):
    # Promise: an unreadable file is the operator's to mend, in one line.
    path = tmp_path / "scanner.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load(SCHEMA, file=str(path), environment={})
    assert str(caught.value) == told.format(path=str(path))


def test_a_folder_is_no_file(tmp_path):
    # Promise: neither is it a crash; the variable that named it is told.
    with pytest.raises(ConfigError, match=r"^SCANNER_CONFIG: .*: is a directory, expected a readable TOML file$"):
        load(SCHEMA, environment={"SCANNER_CONFIG": str(tmp_path)})
