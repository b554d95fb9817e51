"""Every key of a TOML text is found on its line, whatever stands around it."""

import tomllib

import pytest

from scanner.config.lines import key_lines, syntax_error

TEXT = '''\
# comment
title = "[books]"

[books]
top = 3
coins = [
  "BTC",
  "ETH",  # [not.a.header]
]
words = """
[rules.pump]
up = true
"""
a.b = 1

[rules.pump]
"odd key" = { x = 1, y = 2 }

[[routes]]
to = "a"
[[routes]]
to = "b"
'''


def test_every_key_and_header_has_its_first_line():
    # Promise: arrays and texts over several lines count where they begin, and nothing inside them counts as a key.
    assert key_lines(TEXT) == {
        ("title",): 2,
        ("books",): 4,
        ("books", "top"): 5,
        ("books", "coins"): 6,
        ("books", "words"): 10,
        ("books", "a"): 14,
        ("books", "a", "b"): 14,
        ("rules", "pump"): 16,
        ("rules", "pump", "odd key"): 17,
        ("rules", "pump", "odd key", "x"): 17,
        ("rules", "pump", "odd key", "y"): 17,
        ("routes",): 19,
        ("routes", "to"): 20,
    }


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment", "[books]\r\ntop = 3\r\n"])
def test_line_ends_and_emptiness_are_no_trouble(text):
    # Promise: files from any editor are read.
    assert key_lines(text).get(("books", "top"), 2) == 2


@pytest.mark.parametrize(
    ("text", "line"), [("a = 1\nb = ", 2), ("a = 1\n\n= 3", 3), ("a = [1,\n2", 2), ('x = "\n"', 1), ("[a]\n[a]\n", 2)]
)
def test_a_syntax_error_is_found_on_its_line(text, line):
    # Promise: the line is where an editor should jump; the rest is what is wrong there.
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    found, problem = syntax_error(caught.value, text)
    assert found == line
    assert "line" not in problem
