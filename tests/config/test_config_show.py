"""What is in force can be read, and read back; a file to begin with names every key and changes nothing."""

import re
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct, field

from scanner.config.load import load
from scanner.config.schema import Entry, Section, Table
from scanner.config.show import plain, show, starter
from scanner.model.units import Fraction, Seconds


class Step(Struct, frozen=True, forbid_unknown_fields=True):
    window: Seconds
    change: Fraction = 0.1


class Rule(Struct, frozen=True):
    steps: tuple[Step, ...] = (Step(60.0, 0.05),)
    share: Fraction = 0.5
    floors: dict[str, float] = field(default_factory=lambda: {"KRW": 1e7})


class Plain(Struct, frozen=True):
    name: str = "a \"quoted\" 'name'\twith \\ and 한글"
    wait: Seconds = 5.0
    names: tuple[str, ...] = ("a", "b")
    maybe: int | None = None
    on: bool = True


class Post(Struct, frozen=True):
    url: Annotated[str, Meta(extra={"secret": True})]
    key: Annotated[str, Meta(extra={"secret": "sealed"})] = ""


SCHEMA = {
    "plain": Section(Plain),
    "rules": Table({"move": Rule}, "detector", {"pump": Entry("move", Rule())}),
    "receivers": Table({"post": Post}, "sink"),
}
MEANINGS = {Plain: {"": "Plain things.", "wait": "How long."}}


def meanings(settings):
    return MEANINGS.get(settings, {})


def loaded(text, tmp_path):
    path = tmp_path / "scanner.toml"
    path.write_text(text, encoding="utf-8")
    return load(SCHEMA, file=str(path), environment={})


def values(said):
    return {path: (part.kind, part.options) for path, part in said.parts.items()}


def test_every_value_is_shown_with_unit_meaning_and_origin():
    # Promise: an operator sees what is in force, what it means and who said so.
    said = load(SCHEMA, environment={"SCANNER__PLAIN__ON": "no"}, sets=["plain.wait=1m"])
    text = show(SCHEMA, said, meanings)
    assert text.startswith(
        "# Plain things.\n"
        "[plain]\n"
        'name = "a \\"quoted\\" \'name\'\twith \\\\ and 한글"\n'
        "# How long. (a duration such as 500ms, 15s or 5m)\n"
        'wait = "1m"  # from --set\n'
        "# (a list, each item text)\n"
        'names = ["a", "b"]\n'
        "# (a whole number)\n"
        "# maybe is not set\n"
        "on = false  # from environment SCANNER__PLAIN__ON\n"
        "\n"
        "[rules.pump]\n"
        'detector = "move"\n'
    )
    assert 'steps = [{ window = "1m", change = "5%" }]\n' in text


@given(
    name=st.text(st.characters(exclude_categories=["Cs"])),
    names=st.lists(st.text(st.characters(exclude_categories=["Cs"]))),
    wait=st.floats(0, 1e9),
    window=st.floats(0, 1e9),
    share=st.floats(-10, 10),
    floors=st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.floats(-1e12, 1e12)),
    maybe=st.none() | st.integers(-(2**60), 2**60),
)
def test_what_is_shown_loads_back_to_the_same_values(tmp_path_factory, name, names, wait, window, share, floors, maybe):
    # Promise: `scanner config show > file` freezes what is in force.
    rule = Rule((Step(window, share),), share, floors)
    schema = {
        "plain": Section(Plain),
        "rules": Table({"move": Rule}, "detector", {"pump": Entry("move", rule)}),
    }
    before = load(schema, environment={}, sets=())
    part = before.parts["plain",]
    options = Plain(name, wait, tuple(names), maybe)
    before = type(before)({**before.parts, ("plain",): type(part)(part.path, "", options, {}, {})})
    after = loaded(show(schema, before, meanings), tmp_path_factory.mktemp("show"))
    assert values(after) == values(before)


def test_secrets_are_hidden_and_their_files_are_named(tmp_path):
    # Promise: what is shown can be pasted into a bug report.
    (tmp_path / "key").write_text("canary")
    env = {
        "SCANNER__RECEIVERS__HOOK__SINK": "post",
        "SCANNER__RECEIVERS__HOOK__URL": "http://canary",
        "SCANNER__RECEIVERS__HOOK__KEY_FILE": f"{tmp_path}/key",
    }
    said = load(SCHEMA, environment=env)
    text = show(SCHEMA, said, meanings)
    assert '# url = "***"  # from environment SCANNER__RECEIVERS__HOOK__URL' in text
    assert f'key_file = "{tmp_path}/key"  # from environment SCANNER__RECEIVERS__HOOK__KEY_FILE' in text
    assert "canary" not in text
    told = plain(SCHEMA, said)
    assert told["values"]["receivers"]["hook"] == {"sink": "post", "url": "***", "key": "***"}
    assert told["origins"]["receivers.hook.url"] == "environment SCANNER__RECEIVERS__HOOK__URL"


def test_as_plain_data_values_keep_their_units(tmp_path):
    # Promise: --json says the same as the TOML.
    told = plain(SCHEMA, loaded("[plain]\nwait = 60", tmp_path))
    assert told["values"]["plain"]["wait"] == "1m"
    assert told["values"]["rules"]["pump"]["steps"] == [{"window": "1m", "change": "5%"}]
    assert told["origins"] == {"plain.wait": f"{tmp_path}/scanner.toml:2"}


def test_a_type_is_explained_once():
    # Promise: six venues are not six times the same prose.
    schema = {"venues": Table({"a": Plain, "b": Plain})}
    assert show(schema, load(schema, environment={}), meanings).count("# How long.") == 1


def test_the_file_to_begin_with_loads_and_changes_nothing(tmp_path):
    # Promise: `config new` is safe to start with.
    assert values(loaded(starter(SCHEMA, meanings), tmp_path)) == values(load(SCHEMA, environment={}))


@pytest.mark.parametrize("missing", ['#url = ""  # has to be given', '#key_file = "/run/secrets/key"'])
def test_the_file_to_begin_with_shows_a_receiver_of_each_kind(missing):
    # Promise: nobody has to look up how a webhook is spelled, nor where its secret goes.
    text = starter(SCHEMA, meanings)
    assert '#[receivers.my-post]\n#sink = "post"\n' in text
    assert missing in text


def test_every_line_of_the_file_to_begin_with_is_right_when_uncommented(tmp_path):
    # Promise: taking a # away never makes an error, but where a value has to be given.
    text = re.sub(r"(?m)^#(?=[\w\[])", "", starter(SCHEMA, meanings)).replace('key_file = "/run/secrets/key"', "")
    said = loaded(text, tmp_path)
    assert said.section("plain") == Plain()
    assert said.table("rules") == {"pump": Entry("move", Rule())}
    assert said.table("receivers") == {"my-post": Entry("post", Post(""))}
