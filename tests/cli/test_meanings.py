"""Docstrings below fields are what `config show` prints beside them."""

from msgspec import Struct

from scanner.cli.meanings import meanings


class Kettle(Struct):
    """For tea.

    More about kettles.
    """

    litres: float = 1.0
    """How much goes in,
    without spilling.

    In SI units.
    """
    lid: bool = True
    colour: str = "black"
    "Seen from outside."


def test_each_key_has_the_first_paragraph_below_it():
    # Promise: one line each, keys without words left out, the struct's own words under the empty key.
    assert meanings(Kettle) == {
        "": "For tea.",
        "litres": "How much goes in, without spilling.",
        "colour": "Seen from outside.",
    }


class Samovar(Kettle):
    """For guests."""

    taps: int = 1
    """At the front."""


def test_inherited_keys_keep_their_meaning():
    # Promise: what all receivers can be told is explained at each kind of them; the struct's own words are its own.
    assert meanings(Samovar) == {**meanings(Kettle), "": "For guests.", "taps": "At the front."}


def test_a_struct_without_source_has_no_meanings():
    # Promise: a bundled program without source files still shows its configuration.
    assert meanings(type("Made", (Struct,), {})) == {}
