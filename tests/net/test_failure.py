"""An operator reads which address and why, and never a credential."""

import socket
import ssl

import pytest

from scanner.net.failure import Unreachable, address_of, reason_of


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("wss://api.upbit.com/websocket/v1", "wss://api.upbit.com"),
        ("http://127.0.0.1:8080/v1?key=secret", "http://127.0.0.1:8080"),
        ("https://user:password@venue.test/x", "https://venue.test"),
    ],
)
def test_an_address_is_scheme_host_and_port_only(url, address):
    """Neither path nor query nor user info belongs in a log."""
    assert address_of(url) == address


def test_the_innermost_cause_speaks():
    """Libraries wrap; the operating system knows."""
    error = RuntimeError("all attempts failed")
    error.__cause__ = ExceptionGroup("tries", [ConnectionRefusedError(111, "whatever")])
    assert reason_of(error) == "connection refused"


def test_names_and_certificates_have_their_own_words():
    """The two failures that a firewall or a wrong clock cause most."""
    assert reason_of(socket.gaierror(-2, "Name or service not known")).startswith("the name cannot be resolved")
    bad = ssl.SSLCertVerificationError(1, "x")
    bad.verify_message = "certificate has expired"
    assert reason_of(bad) == "the certificate is not valid: certificate has expired"


def test_something_is_always_said():
    """Even an error without words has a type."""
    assert reason_of(RuntimeError()) == "RuntimeError"
    assert str(Unreachable("ws://x", "gone")) == "ws://x: gone"
