"""A configuration is laid together from layers, and every value is read as its type wants."""

import pytest

from scanner.config.load import load
from scanner.config.schema import Assignment, Entry, Origin
from tests.config.standins import SCHEMA, Books, Move, Post, Step, Venue, Volume

# Layers.


def test_without_any_layer_everything_has_its_default(reading):
    # Promise: a scanner without a configuration file runs.
    said = reading()
    assert said.section("books") == Books()
    assert said.table("exchanges") == {"upbit": Entry("upbit", Venue()), "bithumb": Entry("bithumb", Venue())}
    assert said.table("rules") == {"pump": Entry("move", Move())}
    assert said.table("receivers") == {}
    assert str(said.origin("books", "top")) == "default"


LAYERS = [
    ("default", {}),
    ("scanner.toml:2", {"toml": "[books]\ntop = 1"}),
    ("environment SCANNER__BOOKS__TOP", {"env": {"SCANNER__BOOKS__TOP": "2"}}),
    ("--set", {"sets": ["books.top=3"]}),
    ("--top", {"options": [Assignment(("books", "top"), 4, Origin("option", "--top"))]}),
]


@pytest.mark.parametrize("highest", range(len(LAYERS)))
def test_each_layer_goes_over_all_below_it(reading, tmp_path, highest):
    # Promise: defaults < file < environment < --set < the verb's own options, and the winner is named.
    layers = {}
    for _, layer in LAYERS[: highest + 1]:
        layers |= layer
    said = reading(**layers)
    assert said.section("books").top == [30, 1, 2, 3, 4][highest]
    assert str(said.origin("books", "top")).replace(f"{tmp_path}/", "") == LAYERS[highest][0]


def test_the_last_of_two_words_in_one_layer_counts(reading):
    # Promise: --set given twice behaves as shells' users expect.
    assert reading(sets=["books.top=3", "books.top=4"]).section("books").top == 4


def test_the_variable_names_the_file_where_no_option_does(tmp_path):
    # Promise: SCANNER_CONFIG serves containers, --config goes before it.
    for name, top in (("a.toml", 1), ("b.toml", 2)):
        (tmp_path / name).write_text(f"[books]\ntop = {top}")
    environment = {"SCANNER_CONFIG": str(tmp_path / "a.toml")}
    assert load(SCHEMA, environment=environment).section("books").top == 1
    assert load(SCHEMA, environment=environment, file=str(tmp_path / "b.toml")).section("books").top == 2


def test_foreign_variables_are_none_of_ours(reading):
    # Promise: what Kubernetes puts into every container (SCANNER_PORT …) is no mistake of the operator's.
    assert (
        reading(env={"SCANNER_PORT": "tcp://10.0.0.1", "PATH": "/bin", "MYSCANNER__X": "1"}).section("books") == Books()
    )


# Values.


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("top", "50", 50),
        ("wait", "1m", 60.0),
        ("wait", "90", 90.0),
        ("share", "5%", 0.05),
        ("share", "0.25", 0.25),
        ("ratio", "3", 3.0),
        ("deep", "yes", True),
        ("deep", "FALSE", False),
        ("side", "ask", "ask"),
        ("coins", "ETH, XRP", ("ETH", "XRP")),
        ("coins", '["ETH", "X,Y"]', ("ETH", "X,Y")),
        ("coins", "", ()),
        ("label", "a = b", "a = b"),
        ("label", "", ""),
        ("limit", "7", 7),
        ("limit", "", None),
        ("floors", "{ KRW = 5, BTC = 0.1 }", {"KRW": 5.0, "BTC": 0.1}),
    ],
)
def test_text_is_read_as_the_key_s_type_wants(reading, key, text, value):
    # Promise: --set and the environment can say everything, in the words of people.
    assert getattr(reading(sets=[f"books.{key}={text}"]).section("books"), key) == value
    assert getattr(reading(env={f"SCANNER__BOOKS__{key.upper()}": text}).section("books"), key) == value


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        ("wait = '15s'", "wait", 15.0),
        ("wait = 15", "wait", 15.0),
        ("share = '5%'", "share", 0.05),
        ("ratio = 3", "ratio", 3.0),
        ("coins = ['ETH']", "coins", ("ETH",)),
        ("floors = { KRW = 5 }", "floors", {"KRW": 5.0}),
    ],
)
def test_toml_values_may_carry_units(reading, line, key, value):
    # Promise: a file says 15s and 5%, or plain numbers.
    assert getattr(reading(f"[books]\n{line}").section("books"), key) == value


def test_structs_inside_lists_carry_units_too(reading):
    # Promise: a rule's steps read like everything else, in a file and on the command line.
    wanted = (Step(15.0, 0.05), Step(60.0, 0.08))
    steps = '[{ window = "15s", change = "5%" }, { window = "1m", change = "8%" }]'
    assert reading(f"[rules.pump]\nsteps = {steps}").table("rules")["pump"].options.steps == wanted
    assert reading(sets=[f"rules.pump.steps={steps}"]).table("rules")["pump"].options.steps == wanted


# Named entries.


def test_an_entry_takes_its_kind_from_the_choosing_key(reading):
    # Promise: a new rule names its detector, and gets that detector's settings.
    said = reading("[rules.burst]\ndetector = 'volume'\nratio = 5")
    assert said.table("rules")["burst"] == Entry("volume", Volume(5.0))


def test_a_default_entry_is_changed_key_by_key(reading):
    # Promise: one changed key leaves the rest of a default rule alone.
    assert reading(sets=["rules.pump.up=false"]).table("rules")["pump"] == Entry("move", Move(up=False))


def test_a_default_entry_of_another_kind_starts_afresh(reading):
    # Promise: no key of the old kind leaks into the new one.
    assert reading("[rules.pump]\ndetector = 'volume'").table("rules")["pump"] == Entry("volume", Volume())


def test_an_empty_entry_exists(reading):
    # Promise: naming a receiver and its kind is enough where all keys have defaults.
    assert reading("[receivers.out]\nsink = 'print'\n[rules]\n").table("receivers") == {"out": Entry("print", Volume())}


def test_variables_reach_names_with_dashes_and_capitals(reading):
    # Promise: every entry that a file names can be changed from the environment.
    toml = "[receivers.My-Hook]\nsink = 'post'\nurl = 'a'"
    assert reading(toml, env={"SCANNER__RECEIVERS__MY_HOOK__URL": "b"}).table("receivers")["My-Hook"].options.url == "b"


def test_variables_alone_make_an_entry(reading):
    # Promise: a container needs no file to have a receiver.
    env = {"SCANNER__RECEIVERS__HOOK__SINK": "post", "SCANNER__RECEIVERS__HOOK__URL": "http://x"}
    assert reading(env=env).table("receivers") == {"hook": Entry("post", Post("http://x"))}


# Secrets.


def test_a_secret_may_stand_in_a_file_of_its_own(reading, tmp_path):
    # Promise: KEY_file takes the content without its line end, from any layer, and the file is remembered.
    (tmp_path / "token").write_text("hush\n")
    toml = f"[receivers.hook]\nsink = 'post'\nurl = 'a'\ntoken_file = '{tmp_path}/token'"
    said = reading(toml)
    assert said.table("receivers")["hook"].options.token == "hush"  # noqa: S105  # a stand-in
    assert said.parts["receivers", "hook"].files == {"token": f"{tmp_path}/token"}
    said = reading(toml, env={"SCANNER__RECEIVERS__HOOK__TOKEN": "louder"})
    assert said.parts["receivers", "hook"].files == {}
    assert said.table("receivers")["hook"].options.token == "louder"  # noqa: S105  # a stand-in


HOOK = "[receivers.hook]\nsink = 'post'\nurl = 'a'\n"


def test_of_a_secret_and_its_file_the_later_layer_counts(reading, tmp_path):
    # Promise: the same order of layers as for any other key, however often it is said.
    (tmp_path / "token").write_text("second")
    env = {"SCANNER__RECEIVERS__HOOK__TOKEN_FILE": str(tmp_path / "token")}
    said = reading(HOOK + "token = 'first'", env=env, sets=["receivers.hook.token=third"])
    assert said.table("receivers")["hook"].options.token == "third"  # noqa: S105  # a stand-in


@pytest.mark.parametrize(
    "where", [{"toml": HOOK + "key = 'canary'"}, {"toml": HOOK, "sets": ["receivers.hook.key=canary"]}]
)
def test_a_sealed_secret_is_refused_where_others_can_read_it(complaint, where):
    # Promise: neither files in a repository nor process lists hold it, and the way out is named.
    told = complaint(**where)
    assert "receivers.hook.key = ***: a secret does not belong here" in told
    assert "SCANNER__RECEIVERS__HOOK__KEY in the environment, or key_file" in told
    assert "canary" not in told


def test_a_sealed_secret_comes_from_the_environment(reading):
    # Promise: that is where it belongs.
    said = reading(HOOK, env={"SCANNER__RECEIVERS__HOOK__KEY": "hush"})
    assert said.table("receivers")["hook"].options.key == "hush"


def test_a_wrong_secret_is_not_repeated(complaint):
    # Promise: errors end up in logs, secrets do not.
    told = complaint(HOOK + "token = ['canary']")
    assert "receivers.hook.token = ***: expected text" in told
    assert "canary" not in told


def test_two_sources_of_one_secret_in_one_layer_contradict_each_other(complaint):
    # Promise: nobody has to guess which of them counts.
    env = {"SCANNER__RECEIVERS__HOOK__TOKEN": "a", "SCANNER__RECEIVERS__HOOK__TOKEN_FILE": "b"}
    assert complaint(HOOK, env=env) == (
        "environment SCANNER__RECEIVERS__HOOK__TOKEN_FILE: receivers.hook.token: "
        "expected either token or token_file, not both"
    )


def test_a_secret_s_missing_file_is_told(complaint):
    # Promise: path and reason, not a traceback.
    assert complaint(HOOK + "token_file = '/nowhere/x'") == (
        "scanner.toml:4: receivers.hook.token_file = '/nowhere/x': no such file or directory, "
        "expected a readable text file"
    )
