"""Words that are not ours are shown as they are, in every service's grammar; addresses end where they should."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.sinks.limits import ELLIPSIS, Limits, cut, units
from scanner.sinks.markup import DISCORD, PLAIN, SLACK, TELEGRAM, Safe, one_line, quoted

ALL = [PLAIN, TELEGRAM, SLACK, DISCORD]
nasty = st.text() | st.text(alphabet="*_~`<>|[]()#@&\\\"'\n\u202e!-:", max_size=30)


@given(nasty)
def test_telegram_s_html_reads_back_as_the_words(text):
    told = TELEGRAM.safe(text)
    assert "<" not in told
    assert html.unescape(told) == one_line(text)


@given(nasty)
def test_slack_finds_no_sign_of_its_own_in_our_words(text):
    """Three entities, and look-alikes for what has none."""
    told = SLACK.safe(text)
    assert not set("<>*_~`") & set(told)
    assert re.sub(r"&(?:amp|lt|gt);", "", told).count("&") == 0
    assert len(html.unescape(told)) == len(one_line(text))


@given(nasty)
def test_discord_finds_every_sign_behind_a_backslash(text):
    told = DISCORD.safe(text)
    assert not set("*_~`<>|[]()#@\\") & set(re.sub(r"\\.", "", told))
    assert re.sub(r"\\(.)", r"\1", told) == one_line(text)


@given(nasty)
def test_words_are_one_line_that_runs_one_way(text):
    """A coin's name neither begins a new line nor turns the rest of the message around."""
    assert len(one_line(text).splitlines() or [""]) == 1
    assert not re.search("[\u202a-\u202e\u2066-\u2069\ud800-\udfff]", one_line(text))


def test_half_a_letter_cannot_be_encoded_and_is_left_out():
    assert one_line("a\ud800b").encode() == b"a b"


@pytest.mark.parametrize(
    ("markup", "bold", "link"),
    [
        (TELEGRAM, "<b>a&lt;b</b>", '<a href="https://x.org/?a=1&amp;b=%22%3E">go</a>'),
        (SLACK, "*a&lt;b*", "<https://x.org/?a=1&amp;b=%22%3E|go>"),
        (DISCORD, r"**a\<b**", "[go](https://x.org/?a=1&b=%22%3E)"),
        (PLAIN, "a<b", "go: https://x.org/?a=1&b=%22%3E"),
    ],
)
def test_bold_and_links_are_in_the_service_s_own_signs(markup, bold, link):
    assert markup.bold("a<b") == bold
    assert markup.link("go", 'https://x.org/?a=1&b=">') == link


@pytest.mark.parametrize("markup", ALL)
def test_what_is_markup_already_is_not_escaped_again(markup):
    assert markup.safe(markup.bold("a*b")) == markup.bold("a*b")


@pytest.mark.parametrize("markup", ALL)
@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "tg://user?id=1", "ftp://x.org"])
def test_only_web_addresses_become_links(markup, url):
    assert markup.link("go", url) == "go"


@pytest.mark.parametrize("markup", ALL)
def test_nothing_is_not_made_bold(markup):
    """`****` and `<b></b>` are litter."""
    assert markup.bold(" ") == ""


@given(nasty, st.integers(0, 40), st.sampled_from(ALL))
def test_what_is_cut_fits_and_breaks_no_sign_in_two(text, most, markup):
    """An entity or a backslash that lost its other half would be read as something else."""
    told = cut(one_line(text), most, markup.escape)
    assert units(told) <= most
    whole = markup.escape(one_line(text))
    if units(whole) <= most:
        assert told == whole
    elif most:
        assert told.endswith(ELLIPSIS)
        beginnings = {markup.escape(one_line(text)[:end]).rstrip() for end in range(len(text) + 1)}
        assert told.removesuffix(ELLIPSIS) in beginnings


def test_length_is_counted_as_the_strictest_service_does():
    """In UTF-16 units, so an emoji counts twice."""
    assert units("a\N{PILE OF POO}") == 3
    assert Limits(title=3, body=3, whole=6).hold("abc", "de")
    assert not Limits(title=3, body=3, whole=6).hold("abc", "def")


def test_a_service_s_words_are_quoted_short_and_without_secrets():
    told = quoted("no " + "t0ken" * 2 + "\n" + "x" * 500, "t0ken")
    assert "t0ken" not in told
    assert len(told) == 200
    assert "\n" not in told


def test_safe_text_is_text():
    assert isinstance(Safe("a"), str)
