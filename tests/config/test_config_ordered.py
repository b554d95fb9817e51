"""Entries whose order counts: freely named, all of one type, asked in the order in which the file has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct, field

from scanner.config.errors import ConfigError
from scanner.config.load import load
from scanner.config.places import ENTRY_NAME
from scanner.config.schema import Assignment, Ordered, Origin, Section
from scanner.config.show import plain, show, starter


class Stop(Struct, frozen=True, kw_only=True):
    """Where it stops."""

    platforms: tuple[str, ...]
    """Which."""
    minutes: int = 1
    goes_on: bool = field(default=False, name="continue")
    """Whether it goes on from there."""


class Train(Struct, frozen=True):
    name: str = "slow"


SCHEMA = {"train": Section(Train), "stops": Ordered(Stop)}
MEANINGS = {Stop: {"": "Where it stops.", "platforms": "Which.", "goes_on": "Whether it goes on from there."}}


def meanings(settings):
    return MEANINGS.get(settings, {})


@pytest.fixture
def read(tmp_path):
    def reading(toml="", env=(), sets=(), options=()):
        path = tmp_path / "scanner.toml"
        path.write_text(toml, encoding="utf-8")
        return load(SCHEMA, file=str(path), environment=dict(env), sets=sets, options=options)

    return reading


def stops(said):
    return {name: entry.options for name, entry in said.table("stops").items()}


TWO = "[stops.west]\nplatforms = ['1']\n[stops.east]\nplatforms = ['2']\ncontinue = true\n"


def test_nothing_is_there_until_somebody_names_it(read):
    assert stops(read()) == {}


def test_entries_stand_in_the_order_of_the_file(read):
    # Promise: not in that of the alphabet, and other sections in between change nothing.
    toml = TWO.replace("[stops.east]", "[train]\nname = 'fast'\n[stops.east]")
    assert list(stops(read(toml))) == ["west", "east"]
    assert list(stops(read("stops.b.platforms = ['1']\nstops.a.platforms = ['2']"))) == ["b", "a"]


@given(st.lists(st.from_regex(ENTRY_NAME, fullmatch=True), unique=True, max_size=8))
def test_any_names_keep_their_order(tmp_path_factory, names):
    path = tmp_path_factory.mktemp("ordered") / "scanner.toml"
    path.write_text("".join(f"[stops.{name}]\nplatforms = []\n" for name in names))
    assert list(stops(load(SCHEMA, file=str(path), environment={}))) == names


def test_other_layers_change_an_entry_where_it_stands(read):
    # Promise: a variable or an option is about a key, never about the order.
    said = read(TWO, env={"SCANNER__STOPS__EAST__MINUTES": "7"}, sets=["stops.west.minutes=3"])
    assert [(name, stop.minutes) for name, stop in stops(said).items()] == [("west", 3), ("east", 7)]


def test_what_only_other_layers_name_comes_after_the_file(read):
    said = read(
        TWO,
        sets=["stops.a.platforms=9"],
        options=[Assignment(("stops", "b", "platforms"), ["8"], Origin("option", "--b"))],
    )
    assert list(stops(said)) == ["west", "east", "a", "b"]


def test_a_key_may_be_a_word_that_python_keeps_for_itself(read):
    # Promise: `continue` is written as people know it.
    assert [stop.goes_on for stop in stops(read(TWO)).values()] == [False, True]
    assert stops(read(TWO, sets=["stops.west.continue=yes"]))["west"].goes_on


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ("[stops.x]", "scanner.toml:1: stops.x.platforms = (not given): expected a list, each item text"),
        ("[stops.x]\nplatforms = []\ngoes_on = true", "stops.x.goes_on: unknown key, expected one of continue, "),
        ("[stops.x]\nplatforms = ['1']\ncontinu = true", "did you mean stops.x.continue?"),
        ("[stops.x]\nplatforms = ['1']\ncontinue = 3", "scanner.toml:3: stops.x.continue = 3: expected true or false"),
        ("[stops]\nx = 3", "scanner.toml:2: stops.x = 3: expected a key, as in stops.x.KEY, or a table [stops.x]"),
        ("stops = 3", "scanner.toml:1: stops = 3: expected a key, as in stops.NAME.KEY, or a table [stops.NAME]"),
        ("[stops.'a b']\nplatforms = []", "scanner.toml:2: stops = 'a b': expected a name of letters, digits, - and _"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_as_everywhere(read, tmp_path, toml, told):
    with pytest.raises(ConfigError) as caught:
        read(toml)
    assert told in str(caught.value).replace(f"{tmp_path}/", "")


def test_what_is_shown_loads_back_in_the_same_order(read):
    # Promise: `config show > file` freezes the order too.
    said = read(TWO, sets=["stops.a.platforms=9"])
    again = read(show(SCHEMA, said, meanings))
    assert list(stops(again).items()) == list(stops(said).items())
    assert list(plain(SCHEMA, said)["values"]["stops"]) == ["west", "east", "a"]
    assert plain(SCHEMA, said)["values"]["stops"]["east"] == {"platforms": ["2"], "minutes": 1, "continue": True}


def test_what_is_shown_explains_each_key_once(read):
    text = show(SCHEMA, read(TWO), meanings)
    assert text.count("# Whether it goes on from there.") == 1
    assert "continue = true  # from " in text


def test_a_file_to_begin_with_has_one_to_copy(read):
    # Promise: commented out, every key, and what has to be given says so; as it stands it changes nothing.
    text = starter(SCHEMA, meanings)
    assert "#[stops.my-stop]\n# Which. (a list, each item text)\n#platforms = []  # has to be given\n" in text
    assert stops(read(text)) == {}
    taken = "\n".join(
        line.removeprefix("#") if line.startswith("#") and line[1:2] != " " else line for line in text.split("\n")
    )
    assert stops(read(taken)) == {"my-stop": Stop(platforms=())}
