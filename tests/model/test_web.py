"""What everybody who speaks HTTP has to read alike."""

import math

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scanner.model.web import MOST_CHARACTERS, address_of, check_url, redacted, retry_after

NOON = 1_790_337_600.0


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://user:word@hooks.example.org/a/b?c=d#e", "https://hooks.example.org"),
        ("http://[::1]:8080/secret", "http://[::1]:8080"),
        ("https://hooks.example.org:8443", "https://hooks.example.org:8443"),
    ],
)
def test_an_address_is_told_without_its_secrets(url, said):
    assert address_of(url) == said


@pytest.mark.parametrize(
    "url",
    [
        "http://a",
        "https://hooks.example.org:8443/a/b?c=d#e",
        "https://user:word@hooks.example.org./",
        "http://127.0.0.1:65535/",
        "http://[::1]:80/",
        "http://[fe80::1%eth0]/",
        "http://under_score/",
        "http://xn--bcher-kva.example/",
        "http://a:/",
    ],
)
def test_an_address_that_a_client_can_use_is_let_through(url):
    """Whether anybody is there is another matter."""
    check_url(url, ("http", "https"))
    httpx.Request("POST", url)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", "an address that starts with http:// or https://"),
        ("s3cret", "an address that starts with http:// or https://"),
        ("ftp://s3cret", "an address that starts with http:// or https://"),
        ("http://s3cret/\x01", "printable ASCII"),
        ("http://s3cret/\n", "printable ASCII"),
        ("http://s3cret /", "printable ASCII"),
        ("http://s3cr\N{LATIN SMALL LETTER E WITH ACUTE}t/", "printable ASCII"),
        ("http://s3cret/" + "a" * MOST_CHARACTERS, "printable ASCII"),
        ("http://s3cret:99999", "a port from 1 to 65535"),
        ("http://s3cret:0", "a port from 1 to 65535"),
        ("http://s3cret:port", "a port from 1 to 65535"),
        ("http://[s3cret", "brackets only around an IPv6 address"),
        ("http://[s3cret]/", "IPv6|the name of a host"),
        ("http://[v1.s3cret]/", "the name of a host"),
        ("http://[127.0.0.1]/", "IPv6|the name of a host"),
        ("http://", "the name of a host"),
        ("http:///s3cret", "the name of a host"),
        ("http://:80/s3cret", "the name of a host"),
        ("http://./", "the name of a host"),
        ("http://s3cret..b/", "the name of a host"),
        ("http://.s3cret/", "the name of a host"),
        ("http://" + "s3cret" * 11 + "/", "the name of a host"),
        ("http://" + "s3cret." * 37 + "/", "the name of a host"),
        ("http://s3cret%41/", "the name of a host"),
        ("http://s3cret\\b/", "the name of a host"),
        ("http://999.1.1.1/", "the name of a host"),
        ("http://xn--/", "the name of a host"),
        ("http://xn--a/", "the name of a host"),
        ("http://xn--zz--zz/", "the name of a host"),
    ],
)
def test_an_address_that_no_client_can_use_is_refused_without_repeating_it(url, expected):
    """Before anything runs, rather than at the first alert; it may hold a token anywhere."""
    with pytest.raises(ValueError, match=expected) as refusal:
        check_url(url, ("http", "https"))
    assert "s3cret" not in str(refusal.value)


@given(st.text(max_size=30) | st.from_regex(r"[a-z0-9.@:\[\]%_\\-]{0,20}(/[ -~]{0,10})?", fullmatch=True))
@example("a\\b")
@example("a@b@c/")
@example("u[:p@h/")
def test_what_is_let_through_can_be_asked(rest):
    """No address passes here and then fails the client; it has a name to call it by, too."""
    url = f"http://{rest}"
    try:
        check_url(url, ("http", "https"))
    except ValueError:
        return
    host = httpx.Request("POST", url).url.raw_host.decode("ascii")
    assert host.encode("idna")
    assert address_of(url).startswith((f"http://{host}", f"http://[{host}]"))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ws://user:s3cret@127.0.0.1:99999/s3cret?s3cret#s3cret", "ws://127.0.0.1:99999"),
        ("ws://", "ws://"),
        ("127.0.0.1:80/s3cret", "127.0.0.1:80"),
        ("user:s3cret@host", "host"),
        ("wss://user:s3/cret@host", "wss://…"),
        ("wss://host?s3cret=a@s3cret", "wss://…"),
        ("user:s3cret@host?x://y", "host"),
    ],
)
def test_what_is_no_address_is_told_without_its_secrets_too(url, said):
    """Where it cannot be known what is a password, nothing is told."""
    assert redacted(url) == said


@pytest.mark.parametrize(
    ("headers", "after_s"),
    [
        ({}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": " 7 "}, 7.0),
        ({"retry-after": "Friday, 25-Sep-26 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Fri Sep 25 12:00:30 2026"}, 30.0),
        ({"retry-after": "Fri, 25 Sep 2026 18:00:30 GMT", "date": "Fri, 25 Sep 2026 18:00:00 GMT"}, 30.0),
        ({"retry-after": "Fri, 25 Sep 2026 12:00:30 GMT", "date": "yesterday"}, 30.0),
    ],
)
def test_retry_after_is_read_in_every_form_that_http_allows(headers, after_s):
    """A date is held against the answer's own clock where it shows one: ours may be another."""
    assert retry_after(headers, NOON) == after_s


@given(st.text() | st.integers().map(str), st.text())
def test_no_retry_after_is_too_strange_to_judge(wish, date):
    """It is a wait of no negative length, or none at all."""
    after_s = retry_after({"retry-after": wish, "date": date}, NOON)
    assert after_s is None or (after_s >= 0 and not math.isnan(after_s))
