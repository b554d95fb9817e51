"""`[ops]`: where the scanner answers questions about itself, and how fresh is fresh."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from scanner.model.units import Port, Seconds

Host = Annotated[str, Meta(min_length=1, description="a host name or address of this machine")]


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """Metrics and health over HTTP: /metrics, /livez, /readyz."""

    host: Host = "127.0.0.1"
    """Loopback unless told otherwise: nothing here asks who is calling."""
    port: Port = 9108
    fresh_within: Seconds = 12.0
    """A venue is ready while its last data is younger than this."""
