"""An operator reads which address and why."""

import socket
import ssl

from scanner.net.failure import Unreachable, reason_of


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
