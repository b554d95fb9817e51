"""What a simulation is asked to be, as plain data: it travels to a child process as it is."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from scanner.sim.faults import Fault


class Options(Struct, frozen=True):
    """Everything `serve` needs to know."""

    exchanges: tuple[str, ...] = ("upbit", "bithumb")
    scenario: str = "quiet"
    seed: int = 1
    replay: tuple[str, ...] = ()
    """Paths of the raw captures to serve instead of a simulated market: frames, REST answers, or both."""
    speed: float = 0.0
    """How many times as fast as it was recorded; 0 is as fast as the client reads."""
    faults: tuple[Fault, ...] = ()
    after_error: Literal["open", "close"] = "open"
    """What becomes of a connection whose request was refused: no venue says, so both must be survived."""
    host: str = "127.0.0.1"
    port: int = 0
    """First of two ports for each venue, REST and then WebSocket; 0 picks free ones."""
    origin_ns: int = 0
    """Unix time at which the simulated market begins; 0 is now."""
    tls_cert: str = ""
    """Path of a certificate (chain) in PEM form, by which both ports speak TLS; empty for plain text."""
    tls_key: str = ""
    """Path of its key."""


class CannotServe(Exception):
    """What was asked for is impossible on this machine or with this file; the text says what, and what would do."""
