"""The command line: verbs found by name, mistakes told in one line with exit code 2, nothing heavy loaded in vain."""

import json
import subprocess
import sys
from io import StringIO

import pytest
from click.testing import CliRunner
from rich.console import Console

from scanner import __version__
from scanner.cli import version
from scanner.cli.exchanges import describe, table
from scanner.cli.main import VERBS, scanner
from scanner.config.errors import ConfigError
from scanner.exchanges.base import Limits, Window
from scanner.exchanges.registry import EXCHANGES
from scanner.telemetry.bind import PortInUse

QUOTES = sorted({quote for venue in EXCHANGES.values() for quote in venue.quotes})
HEAVY = {"trio", "httpx", "rich", "starlette", "hypercorn", "structlog", "prometheus_client", "multiprocess", "msgpack"}


def run(*args, **environment):
    return CliRunner().invoke(scanner, args, env=environment, catch_exceptions=False)


def real(*args, **changes):
    """The scanner as a process of its own, as an operator starts it."""
    return subprocess.run(
        [sys.executable, "-m", "scanner", *args], capture_output=True, text=True, timeout=60, check=False, **changes
    )


def wrong(result):
    """The one line on standard error of a run that was refused."""
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    return line


# Finding the verb.


def test_help_lists_every_verb():
    # Promise: -h and --help, in the table's order, with what each does.
    for option in ("-h", "--help"):
        result = run(option)
        assert result.exit_code == 0
        for verb, (_, says) in VERBS.items():
            assert f"  {verb} " in result.stdout
            assert says in result.stdout


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb):
    # Promise: -h works everywhere, and every row of the table leads to a command.
    result = run(verb, "-h")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: scanner {verb}")


def test_no_verb_is_answered_with_the_list():
    # Promise: who types `scanner` alone learns what to type, and a script learns that it did nothing.
    result = run()
    assert result.exit_code == 2
    assert "start" in result.stdout


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (
            ["strat"],
            f"unknown verb strat, expected one of {', '.join(VERBS)}; did you mean start? (scanner -h explains)",
        ),
        (["zzz"], f"unknown verb zzz, expected one of {', '.join(VERBS)} (scanner -h explains)"),
        (["--bogus"], "No such option '--bogus' (scanner -h explains)"),
        (
            ["config", "show", "--set", "books.tpo=3"],
            "--set: books.tpo: unknown key, expected one of top; did you mean books.top?",
        ),
        (
            ["markets", "--market", "KRWW"],
            f"--market: scanner.markets = 'KRWW': expected one of {', '.join(QUOTES)}; did you mean KRW?",
        ),
        (
            ["exchanges", "--exchange", "upbitt"],
            (
                f"--exchange: scanner.exchanges = 'upbitt': expected one of {', '.join(sorted(EXCHANGES))}; "
                "did you mean upbit?"
            ),
        ),
        (
            ["config", "check", "/nowhere.toml"],
            "--config: '/nowhere.toml': no such file or directory, expected a readable TOML file",
        ),
    ],
)
def test_a_mistake_is_one_line_on_standard_error(args, told):
    # Promise: exit code 2, what is wrong, what was expected, what is near.
    assert wrong(run(*args)) == f"scanner: {told}"


def test_an_option_without_its_value_is_told():
    # Promise: click's own complaints come in one line too, and say where help is.
    line = wrong(run("config", "show", "--set"))
    assert "--set" in line
    assert line.endswith("(scanner config -h explains)")


@pytest.mark.parametrize("error", [ConfigError("--set", ("a", "b"), expected="c"), PortInUse("cannot listen on x")])
def test_what_a_verb_finds_wrong_is_told_the_same_way(monkeypatch, error):
    # Promise: a verb raises, the front door tells.
    def refuse(**_):
        raise error

    monkeypatch.setattr(version.command, "callback", refuse)
    assert wrong(run("version")) == f"scanner: {error}"


# What is loaded.


@pytest.mark.parametrize("args", [["-h"], ["version"], ["--version"], ["strat"]])
def test_nothing_heavy_is_loaded_before_the_verb_is_known(args):
    # Promise: `scanner -h` answers at once.
    code = (
        "import sys\n"
        "from scanner.__main__ import main\n"
        f"sys.argv = ['scanner', *{args!r}]\n"
        "try:\n    main()\n"
        "except SystemExit:\n    pass\n"
        "print('loaded', *(name for name in sys.modules if '.' not in name))\n"
        "print('ours', *(name for name in sys.modules if name.startswith('scanner.')))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    loaded, ours = (set(line.split()[1:]) for line in done.stdout.splitlines()[-2:])
    assert not loaded & HEAVY
    assert not {name for name in ours if name.startswith(("scanner.exchanges", "scanner.settings", "scanner.app"))}


def test_the_clock_starts_before_anything_else():
    # Promise: --duration counts from the start of the process.
    code = (
        "import sys, time\n"
        "before = time.monotonic()\n"
        "import scanner.__main__\n"
        "names = [name for name in sys.modules if name.startswith('scanner.')]\n"
        "from scanner.cli.clock import STARTED\n"
        "assert before <= STARTED <= time.monotonic()\n"
        "assert names == ['scanner.cli', 'scanner.cli.early', 'scanner.cli.clock', 'scanner.__main__'], names\n"
    )
    subprocess.run([sys.executable, "-c", code], timeout=60, check=True)


# version and config.


def test_version_says_what_is_running():
    # Promise: one line for people, one object for programs.
    assert run("version").stdout.startswith(f"scanner {__version__} (Python ")
    told = json.loads(run("version", "--json").stdout)
    assert told["scanner"] == __version__
    assert {"trio", "trio-websocket", "multiprocess", "msgpack"} <= told["packages"].keys()


def test_config_show_tells_value_and_origin(tmp_path):
    # Promise: what is in force, and who said so, of all layers.
    path = tmp_path / "scanner.toml"
    path.write_text("[books]\ntop = 7\n")
    result = run("config", "show", "--config", str(path), "--set", "ops.port=0", SCANNER__LOG__LEVEL="debug")
    assert result.exit_code == 0
    assert f"top = 7  # from {path}:2\n" in result.stdout
    assert "port = 0  # from --set\n" in result.stdout
    assert 'level = "debug"  # from environment SCANNER__LOG__LEVEL\n' in result.stdout
    assert 'fresh_within = "12s"\n' in result.stdout


def test_config_show_as_json_is_one_object():
    # Promise: programs read the same.
    result = run("config", "show", "--json", "--market", "krw", "--symbol", "BTC/KRW")
    told = json.loads(result.stdout)
    assert told["values"]["scanner"]["symbols"] == ["BTC/KRW"]
    assert told["origins"] == {"scanner.markets": "--market", "scanner.symbols": "--symbol"}


def test_config_check_says_ok_or_what_is_wrong(tmp_path):
    # Promise: exit 0 or 2, as `start` would find it in this very environment.
    path = tmp_path / "scanner.toml"
    path.write_text("[books]\ntop = 7\n")
    told = wrong(run("config", "check", str(path), SCANNER__BOOKS__TOP="many"))
    assert told.startswith("scanner: environment SCANNER__BOOKS__TOP: books.top = 'many': expected ")
    result = run("config", "check", str(path))
    assert (result.exit_code, result.stdout) == (0, f"{path}: ok\n")
    path.write_text("[books]\ntop = 'x'\n")
    assert wrong(run("config", "check", str(path))).startswith(f"scanner: {path}:2: books.top = 'x': expected ")


def test_config_new_writes_a_file_once(tmp_path):
    # Promise: nobody's file is overwritten, and the new one is right.
    path = tmp_path / "new.toml"
    assert run("config", "new", str(path)).exit_code == 0
    written = path.read_text()
    assert run("config", "check", str(path)).exit_code == 0
    line = wrong(run("config", "new", str(path)))
    assert line == f"scanner: config new: {str(path)!r}: exists already, expected a new file"
    assert path.read_text() == written
    assert run("config", "new").stdout == written


def test_config_new_says_where_it_cannot_write(tmp_path):
    # Promise: a missing folder is the operator's to make.
    line = wrong(run("config", "new", str(tmp_path / "no" / "new.toml")))
    assert line.endswith("no such file or directory, expected a writable place")


def test_exchanges_tells_what_each_venue_offers():
    # Promise: channels, quotes, limits and addresses, as the settings have them.
    result = run("exchanges", "--json", "--set", "exchanges.upbit.rest_url=http://127.0.0.1:1")
    venues = {venue["exchange"]: venue for venue in map(json.loads, result.stdout.splitlines())}
    assert venues.keys() >= {"upbit", "bithumb"}
    assert venues["upbit"]["rest_url"] == "http://127.0.0.1:1"
    assert "KRW" in venues["upbit"]["quotes"]
    assert "trade" in venues["upbit"]["channels"]
    assert venues["upbit"]["limits"]["streams_per_connection"] == 50
    assert venues["upbit"]["watched"] is True
    assert venues["upbit"]["by_default"] is True
    assert "Upbit" in run("exchanges").stdout


def test_exchanges_tells_every_limit_that_there_is():
    # Promise: programs get all of them, people those that the venue has.
    limits = Limits(
        connects=(Window(300, 300.0),),
        messages=(),
        requests=(Window(6000, 60.0), Window(50, 1.0)),
        streams_per_connection=100,
        block_s=259_200.0,
        operations=(Window(240, 3600.0),),
        connections=20,
        lifetime_s=86_400.0,
        trades_top=1500,
    )
    told = describe(Named(limits), watched=False)
    assert told["by_default"] is False
    assert told["limits"] == {
        "connects": [{"count": 300, "seconds": 300.0}],
        "messages": [],
        "operations": [{"count": 240, "seconds": 3600.0}],
        "requests": [{"count": 6000, "seconds": 60.0}, {"count": 50, "seconds": 1.0}],
        "streams_per_connection": 100,
        "connections": 20,
        "lifetime_s": 86_400.0,
        "trades_top": 1500,
        "block_s": 259_200.0,
    }
    words = in_words(told)
    for line in (
        "Named takes part when named: --exchange named",
        "connects 300 in 300 s",
        "operations 240 in 3,600 s",
        "requests 6,000 in 60 s, 50 in 1 s",
        "connections at a time 20",
        "closes after 86,400 s",
        "trades of the top 1,500",
        "shuts out for 259,200 s",
    ):
        assert line in words
    for what in ("markets", "channels", "socket", "messages"):
        assert not any(line.startswith(what) for line in words)


def in_words(told):
    """The lines that people get, one space between words."""
    console = Console(width=200, file=StringIO())
    console.print(table([told]))
    return [" ".join(line.split()) for line in console.file.getvalue().splitlines()]


class Named:
    """A venue that lists no markets and takes part when it is named."""

    name, title = "named", "Named"
    by_default = False
    quotes = channels = frozenset()
    rest_url, ws_url = "https://named", ""

    def __init__(self, limits):
        self.limits = limits


def test_everything_is_included_on_request():
    # Promise: one flag, told like any other origin, and nothing is changed without it.
    told = json.loads(run("config", "show", "--json", "--include-all").stdout)
    assert told["values"]["scanner"]["exclude"] == []
    assert told["origins"] == {"scanner.exclude": "--include-all"}
    assert json.loads(run("config", "show", "--json").stdout)["origins"] == {}


# The real process.


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["version"], 0),
        (["config", "check", "/nowhere.toml"], 2),
        (["config", "show", "--set", "x=1"], 2),
        (["strat"], 2),
        ([], 2),
    ],
)
def test_the_process_exits_with_the_promised_code(args, code):
    # Promise: 0 ok, 2 wrong usage or configuration, and never a traceback.
    done = real(*args)
    assert done.returncode == code
    assert "Traceback" not in done.stderr


def test_a_reader_that_left_ends_the_program_quietly():
    # Promise: `scanner config show | head -1` shows one line and no complaint.
    done = subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} -m scanner config show | head -1"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == ""
