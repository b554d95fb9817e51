"""`[supervisor]`: how patient the supervisor is."""

from __future__ import annotations

from msgspec import Struct

from scanner.model.units import Positive, Seconds


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """Restart limits and waits, in OTP's manner."""

    restarts: Positive = 5
    """More restarts of one worker than this within `period` put it in quarantine."""
    period: Seconds = 60.0
    backoff_min: Seconds = 1.0
    """First ceiling of the wait before a restart; the first restart after a healthy while comes at once."""
    backoff_max: Seconds = 30.0
    pulse_patience: Seconds = 10.0
    """A worker without a pulse for this long hangs and is killed."""
    quarantine: Seconds = 600.0
    """How long a quarantined worker rests before it is tried again."""
    grace: Seconds = 1.5
    """From asking a worker to stop until SIGTERM; two seconds later comes SIGKILL. Usually it leaves within 0.3 s."""
